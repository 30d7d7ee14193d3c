#include "json_options.h"

#include <algorithm>
#include <functional>
#include <map>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "opensupa/base/status.h"

namespace opensupa::cc {
namespace {

using nlohmann::json;

absl::StatusOr<json> ParseObject(const char* text) {
  if (text == nullptr || *text == '\0') return json::object();
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("The compiler options (%s) are no JSON object.", text));
  }
  return parsed;
}

absl::Status Wrong(const std::string& key, const json& value, const char* expected) {
  return absl::InvalidArgumentError(
      absl::StrFormat("The compiler option %s (%s) must be %s.", key, value.dump(), expected));
}

absl::Status ReadLevel(const std::string& key, const json& value, std::optional<int>& level) {
  if (!value.is_number_integer() || value < 0 || value > 3) {
    return Wrong(key, value, "a whole number from 0 to 3");
  }
  level = value.get<int>();
  return absl::OkStatus();
}

absl::Status ReadFlag(const std::string& key, const json& value, bool& flag) {
  if (!value.is_boolean()) return Wrong(key, value, "true or false");
  flag = value.get<bool>();
  return absl::OkStatus();
}

absl::Status ReadText(const std::string& key, const json& value, std::string& text) {
  if (!value.is_string()) return Wrong(key, value, "a text");
  text = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status ReadList(const std::string& key, const json& value, std::vector<std::string>& list) {
  if (!value.is_array()) return Wrong(key, value, "a list of texts");
  for (const json& entry : value) {
    if (!entry.is_string()) return Wrong(key, value, "a list of texts");
    list.push_back(entry.get<std::string>());
  }
  return absl::OkStatus();
}

/// {"kernel": name, "block": [x, y, z]}
absl::Status ReadSpecialization(const std::string& key, const json& value,
                                std::optional<Specialization>& specialization) {
  const auto is_size = [](const json& size) {
    return size.is_number_unsigned() && size >= 1 && size <= 1024;
  };
  const bool fits = value.is_object() && value.size() == 2 && value.contains("kernel") &&
                    value["kernel"].is_string() && value.contains("block") &&
                    value["block"].is_array() && value["block"].size() == 3 &&
                    std::all_of(value["block"].begin(), value["block"].end(), is_size);
  if (!fits) return Wrong(key, value, "a kernel and the three sizes of its blocks, 1 to 1024");
  specialization.emplace();
  specialization->kernel = value["kernel"].get<std::string>();
  specialization->block = value["block"].get<std::array<uint32_t, 3>>();
  return absl::OkStatus();
}

absl::Status ReadEmit(const std::string& key, const json& value, EmitKind& emit) {
  const std::map<std::string, EmitKind> kinds = {{"fatbin", EmitKind::kFatBinary},
                                                 {"bitcode", EmitKind::kBitcode},
                                                 {"ir", EmitKind::kText},
                                                 {"explanation", EmitKind::kExplanation}};
  const auto found = value.is_string() ? kinds.find(value.get<std::string>()) : kinds.end();
  if (found == kinds.end())
    return Wrong(key, value, "\"fatbin\", \"bitcode\", \"ir\" or \"explanation\"");
  emit = found->second;
  return absl::OkStatus();
}

absl::Status ReadOption(const std::string& key, const json& value, CallOptions& options) {
  if (key == "opt_level") return ReadLevel(key, value, options.opt_level);
  if (key == "debug") return ReadFlag(key, value, options.debug);
  if (key == "warnings") return ReadFlag(key, value, options.warnings);
  if (key == "relocatable") return ReadFlag(key, value, options.relocatable);
  if (key == "warp_lockstep") return ReadFlag(key, value, options.warp_lockstep);
  if (key == "dump_folder") return ReadText(key, value, options.dump_folder);
  if (key == "specialize") return ReadSpecialization(key, value, options.specialization);
  if (key == "source") return ReadText(key, value, options.source);
  if (key == "architectures") return ReadList(key, value, options.architectures);
  if (key == "native_targets") return ReadList(key, value, options.native_targets);
  if (key == "remarks") return ReadList(key, value, options.remarks);
  if (key == "emit") return ReadEmit(key, value, options.emit);
  return absl::InvalidArgumentError(absl::StrFormat("The compiler option %s is not known.", key));
}

}  // namespace

absl::StatusOr<CallOptions> ParseCallOptions(const char* text) {
  SUPA_ASSIGN_OR_RETURN(const json object, ParseObject(text));
  CallOptions options;
  for (const auto& [key, value] : object.items()) {
    SUPA_RETURN_IF_ERROR(ReadOption(key, value, options));
  }
  return options;
}

}  // namespace opensupa::cc
