#include "supacc_steps.h"

#include <elf.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "device_images.h"
#include "driver_options.h"
#include "file_io.h"
#include "opensupa/base/options.h"
#include "opensupa/binary/fat_binary.h"
#include "supacc_library.h"
#include "toolchain.h"

namespace opensupa::cc {
namespace {

/// Shows the library's text, whose lines are complete diagnostics or plain sentences.
void PrintLog(const std::string& log) {
  if (log.empty()) return;
  std::fputs(log.c_str(), stderr);
  if (log.back() != '\n') std::fputc('\n', stderr);
}

StatusOr<SupaccLibrary> OpenLibrary() {
  std::string path = options::Get(options::kCompilerLibrary);
  if (path.empty()) {
    SUPA_ASSIGN_OR_RETURN(std::string own_path, OwnPath());
    path = DirectoryName(DirectoryName(own_path)) + "/lib/libsupacc.so";
  }
  return SupaccLibrary::Open(path);
}

struct StepArguments {
  std::string options_json;
  std::string output;
  std::vector<std::string> inputs;
};

StatusOr<StepArguments> ParseStep(std::span<const std::string> words) {
  StepArguments arguments;
  if (words.size() > 1) arguments.options_json = words[1];
  for (size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "-o" && i + 1 < words.size()) {
      arguments.output = words[++i];
    } else {
      arguments.inputs.push_back(words[i]);
    }
  }
  if (arguments.output.empty() || arguments.inputs.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("usage: brcc ", words[0], " OPTIONS INPUT... -o OUTPUT"));
  }
  return arguments;
}

/// The file that the user wrote: for messages, which must not differ from run to run as the names
/// of temporary files do.
std::string SourceName(const StepArguments& arguments) {
  const nlohmann::json json = nlohmann::json::parse(arguments.options_json, nullptr, false);
  if (json.is_object() && json.contains("source") && json["source"].is_string()) {
    return json["source"].get<std::string>();
  }
  return arguments.inputs[0];
}

Status Transform(std::span<const std::string> words) {
  SUPA_ASSIGN_OR_RETURN(StepArguments arguments, ParseStep(words));
  SUPA_ASSIGN_OR_RETURN(SupaccLibrary library, OpenLibrary());
  const std::string& input = arguments.inputs[0];
  SUPA_ASSIGN_OR_RETURN(std::string bitcode, ReadFile(input));
  const std::string name = SourceName(arguments);
  std::string fat_binary;
  if (arguments.inputs.size() > 1) {
    SUPA_ASSIGN_OR_RETURN(fat_binary, ReadFile(arguments.inputs[1]));
  }
  SUPA_ASSIGN_OR_RETURN(SupaccResult result,
                        words[0] == "-supacc-finalize"
                            ? library.FinalizeDevice(bitcode, name, arguments.options_json)
                            : library.EmbedHost(bitcode, fat_binary, name, arguments.options_json));
  PrintLog(result.log);
  return WriteFile(arguments.output, result.bytes.data(), result.bytes.size());
}

Status Link(std::span<const std::string> words) {
  SUPA_ASSIGN_OR_RETURN(StepArguments arguments, ParseStep(words));
  std::vector<DeviceImage> images;
  for (const std::string& input : arguments.inputs) {
    SUPA_ASSIGN_OR_RETURN(std::vector<DeviceImage> found, ReadDeviceImages(input));
    std::move(found.begin(), found.end(), std::back_inserter(images));
  }
  if (images.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("none of the ", arguments.inputs.size(),
                                                   " files given to --supa-link has device code"));
  }
  SUPA_ASSIGN_OR_RETURN(SupaccLibrary library, OpenLibrary());
  SUPA_ASSIGN_OR_RETURN(SupaccResult result, library.Link(images, arguments.options_json));
  PrintLog(result.log);
  return WriteFile(arguments.output, result.bytes.data(), result.bytes.size());
}

Status CheckLink(std::span<const std::string> words) {
  if (words.size() != 2) {
    return absl::InvalidArgumentError("usage: brcc -supacc-check-link FILE");
  }
  SUPA_ASSIGN_OR_RETURN(std::string content, ReadFile(words[1]));
  if (content.compare(0, SELFMAG, ELFMAG) != 0) return absl::OkStatus();
  SUPA_ASSIGN_OR_RETURN(std::vector<DeviceImage> images, FindDeviceImages(content, words[1]));
  std::erase_if(images, [](const DeviceImage& image) { return !image.relocatable; });
  if (images.empty()) return absl::OkStatus();
  SUPA_ASSIGN_OR_RETURN(SupaccLibrary library, OpenLibrary());
  SUPA_ASSIGN_OR_RETURN(SupaccResult result, library.Link(images, "{}"));
  PrintLog(result.log);
  return absl::OkStatus();
}

/// The options name the target; the output is a JSON list of what became of each image's kernels.
Status Explain(std::span<const std::string> words) {
  SUPA_ASSIGN_OR_RETURN(StepArguments arguments, ParseStep(words));
  SUPA_ASSIGN_OR_RETURN(std::vector<DeviceImage> images, ReadDeviceImages(arguments.inputs[0]));
  SUPA_ASSIGN_OR_RETURN(SupaccLibrary library, OpenLibrary());
  std::vector<DeviceImage> parts;
  std::erase_if(images, [&](DeviceImage& image) {
    if (image.relocatable) parts.push_back(std::move(image));
    return image.relocatable;
  });
  if (!parts.empty()) {
    SUPA_ASSIGN_OR_RETURN(SupaccResult linked, library.Link(parts, "{}"));
    images.push_back({arguments.inputs[0], std::move(linked.bytes), false});
  }
  nlohmann::ordered_json answers = nlohmann::ordered_json::array();
  for (const DeviceImage& image : images) {
    const auto* bytes = reinterpret_cast<const std::byte*>(image.bytes.data());
    SUPA_ASSIGN_OR_RETURN(const binary::FatBinary fat_binary,
                          binary::ParseFatBinary({bytes, image.bytes.size()}));
    const std::string bitcode(reinterpret_cast<const char*>(fat_binary.bitcode.data()),
                              fat_binary.bitcode.size());
    SUPA_ASSIGN_OR_RETURN(SupaccResult result,
                          library.Compile(bitcode, fat_binary.source, arguments.options_json,
                                          R"({"emit":"explanation"})"));
    PrintLog(result.log);
    answers.push_back(nlohmann::ordered_json::parse(result.bytes, nullptr, false));
  }
  const std::string text = answers.dump();
  return WriteFile(arguments.output, text.data(), text.size());
}

}  // namespace

bool IsSupaccStep(const std::string& word) {
  return word == "-supacc-finalize" || word == "-supacc-embed" || word == "-supacc-link" ||
         word == "-supacc-check-link" || word == "-supacc-explain";
}

int RunSupaccStep(std::span<const std::string> words) {
  const Status status = words[0] == "-supacc-link"         ? Link(words)
                        : words[0] == "-supacc-check-link" ? CheckLink(words)
                        : words[0] == "-supacc-explain"    ? Explain(words)
                                                           : Transform(words);
  if (status.ok()) return 0;
  // Some of the library's lines are complete diagnostics.
  for (const absl::string_view line : absl::StrSplit(status.message(), '\n', absl::SkipEmpty())) {
    const bool complete = absl::StrContains(line, ": error: ") || absl::StrContains(line, "note: ");
    PrintLog(complete ? std::string(line) : absl::StrCat("brcc: error: ", line));
  }
  return 1;
}

}  // namespace opensupa::cc
