#include "job_builder.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "file_io.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::cc {
namespace {

using Words = std::vector<std::string>;

/// Clang and the compiler library.
constexpr int kDeviceHalfJobs = 2;

void Append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// Names of files need not be UTF-8, which JSON is.
std::string Dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool IsCxxStandard(const std::string& standard) { return standard.find("++") != std::string::npos; }

}  // namespace

JobBuilder::JobBuilder(const DriverOptions& options, const Toolchain& toolchain,
                       std::string scratch_dir)
    : options_(options), toolchain_(toolchain), scratch_dir_(std::move(scratch_dir)) {}

void JobBuilder::Add(Words words, int diagnostic_group, const std::string& output) {
  jobs_.push_back({std::move(words), diagnostic_group, output});
}

std::string JobBuilder::ObjectSuffix() const {
  if (options_.half == Half::kDevice) {
    if (options_.phase == Phase::kAssembly) return "-supa-device.ll";
    return options_.emit_llvm ? "-supa-device.bc" : ".supafb";
  }
  if (options_.emit_llvm) return options_.phase == Phase::kAssembly ? ".ll" : ".bc";
  return options_.phase == Phase::kAssembly ? ".s" : ".o";
}

std::string JobBuilder::OutputFor(const Input& input, const std::string& suffix) const {
  if (!options_.output.empty()) return options_.output;
  return WithoutExtension(BaseName(input.path)) + suffix;
}

std::string JobBuilder::Temporary(size_t index, const std::string& suffix) const {
  const std::string stem = WithoutExtension(BaseName(options_.inputs[index].path));
  const auto same_stem = [&](const Input& input) {
    return WithoutExtension(BaseName(input.path)) == stem;
  };
  const bool unique = std::count_if(options_.inputs.begin(), options_.inputs.end(), same_stem) == 1;
  if (options_.save_temps && unique) {
    return scratch_dir_ == "." ? stem + suffix : absl::StrCat(scratch_dir_, "/", stem, suffix);
  }
  return absl::StrCat(scratch_dir_, "/", index, "-", stem, suffix);
}

/// Names the translation unit in symbols that the halves share (static device variables). Equal
/// command lines give equal names, so that builds repeat.
std::string JobBuilder::UnitId(const Input& input) const {
  std::error_code error;
  std::string text = std::filesystem::absolute(input.path, error).lexically_normal().string();
  for (const PassedOption& option : options_.passed) {
    if ((option.route & kDevice) == 0) continue;
    for (const std::string& word : option.words) absl::StrAppend(&text, "\n", word);
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return binary::ContentHash({bytes, text.size()}).substr(0, 16);
}

JobBuilder::Words JobBuilder::Definitions(const Input& input) const {
  Words words = {"-D__NVCC__=1", "-D__CUDA_ARCH_LIST__=900"};
  if (input.language == Language::kCuda) words.push_back("-DOPENSUPA_CUDA_SOURCE=1");
  for (const Architecture& architecture : Architectures()) {
    const bool wanted = std::find(options_.architectures.begin(), options_.architectures.end(),
                                  architecture.name) != options_.architectures.end();
    if (wanted && architecture.macro != nullptr) {
      words.push_back(absl::StrCat("-D", architecture.macro, "=1"));
    }
  }
  return words;
}

JobBuilder::Words JobBuilder::FrontEnd(size_t index, Half half) const {
  const Input& input = options_.inputs[index];
  const bool device = half == Half::kDevice;
  // No CUDA toolkit is looked for; the version makes both halves agree on the launch protocol.
  Words words = {toolchain_.clang, "-x", "cuda", device ? "--cuda-device-only" : "--cuda-host-only",
                 absl::StrCat("--cuda-gpu-arch=", kClangDeviceArch),
                 "--cuda-path=/nonexistent/no-cuda", "-nogpuinc", "-nogpulib", "-Qunused-arguments",
                 "-Wno-unknown-cuda-version", "-Xclang",
                 absl::StrCat("-target-sdk-version=", kClangSdkVersion),
                 // The driver's own option does not reach the host half.
                 "-fuse-cuid=none", "-Xclang", "-cuid=" + UnitId(input)};
  // Kernels read memory as other types than it was written as, and atomics of 16 bytes are no
  // calls.
  if (device) Append(words, {"-fno-strict-aliasing", "-Wno-atomic-alignment"});
  Append(words, Definitions(input));
  // Found by way of -isystem, so that it is a system header for warnings and dependencies.
  // In front of the standard library, some of whose headers it completes for device code.
  Append(words, {"-isystem", toolchain_.include_dir + "/opensupa/std", "-isystem",
                 toolchain_.include_dir, "-include", "opensupa/device/prelude.h"});
  if (options_.relocatable) words.push_back("-fgpu-rdc");
  if (IsCxxStandard(options_.standard)) words.push_back("-std=" + options_.standard);
  const std::string level =
      device ? absl::StrCat(options_.DeviceOptimizationLevel()) : options_.optimization;
  if (!level.empty()) words.push_back("-O" + level);
  Append(words, options_.WordsFor(device ? kDevice : kHost));
  if (isatty(STDERR_FILENO) != 0) words.push_back("-fcolor-diagnostics");
  return words;
}

void JobBuilder::DeviceHalf(size_t index, const char* emit, const std::string& output) {
  const Input& input = options_.inputs[index];
  const std::string bitcode = Temporary(index, "-device.bc");
  Words words = FrontEnd(index, Half::kDevice);
  // So that messages about the device IR name lines; taken out again unless it was asked for.
  if (!options_.debug && !options_.device_line_info) words.push_back("-gline-tables-only");
  // LLVM's passes run when a backend compiles the portable IR, not here.
  Append(words, {"-emit-llvm", "-c", "-Xclang", "-disable-llvm-passes", "-o", bitcode, input.path});
  Add(std::move(words), static_cast<int>(index), bitcode);

  nlohmann::ordered_json json;
  json["opt_level"] = options_.DeviceOptimizationLevel();
  json["relocatable"] = options_.relocatable;
  json["source"] = input.path;
  json["architectures"] =
      options_.architectures.empty() ? std::vector<std::string>{"generic"} : options_.architectures;
  json["native_targets"] = options_.native_targets;
  json["debug"] = options_.debug || options_.device_line_info;
  if (!options_.remarks.empty()) json["remarks"] = options_.remarks;
  json["emit"] = emit;
  Add({toolchain_.brcc, "-supacc-finalize", Dump(json), bitcode, "-o", output},
      static_cast<int>(index), output);
}

void JobBuilder::AddDependencyFile(const Input& input, Words& words) const {
  if (options_.depend_flag.empty() || options_.phase == Phase::kDependencies) return;
  const bool named = !options_.output.empty();
  std::string file = options_.depend_file;
  if (file.empty()) {
    file =
        (named ? WithoutExtension(options_.output) : WithoutExtension(BaseName(input.path))) + ".d";
  }
  Append(words, {options_.depend_flag, "-MF", file});
  if (options_.depend_targets.empty()) {
    Append(words, {"-MQ", named ? options_.output : WithoutExtension(BaseName(input.path)) + ".o"});
  }
  for (const auto& [flag, target] : options_.depend_targets) Append(words, {flag, target});
}

/// Coverage files are named when the front end runs, whose own output is temporary.
void JobBuilder::AddCoverageFiles(const Input& input, Words& words) const {
  static constexpr const char* kNames[] = {"--coverage", "-coverage", "-ftest-coverage",
                                           "-fprofile-arcs"};
  const bool wanted = std::find_first_of(words.begin(), words.end(), std::begin(kNames),
                                         std::end(kNames)) != words.end();
  if (!wanted) return;
  const bool named = !options_.output.empty() && options_.phase != Phase::kLink;
  std::error_code error;
  const std::string stem = std::filesystem::absolute(
      WithoutExtension(named ? options_.output : BaseName(input.path)), error);
  Append(words, {"-Xclang", absl::StrCat("-coverage-notes-file=", stem, ".gcno"), "-Xclang",
                 absl::StrCat("-coverage-data-file=", stem, ".gcda")});
}

void JobBuilder::AddBackendPhase(Words& words) const {
  if (options_.phase == Phase::kAssembly) {
    words.push_back("-S");
  } else {
    words.push_back("-c");
  }
  if (options_.emit_llvm) words.push_back("-emit-llvm");
}

void JobBuilder::HostHalf(size_t index, const std::string& fat_binary, const std::string& output) {
  const Input& input = options_.inputs[index];
  const std::string bitcode = Temporary(index, "-host.bc");
  Words front = FrontEnd(index, Half::kHost);
  // Clang writes the registration around an empty fat binary, so that it needs not wait for the
  // device half, which is put in afterwards.
  if (!fat_binary.empty()) {
    Append(front, {"-Xclang", "-fcuda-include-gpubinary", "-Xclang", "/dev/null"});
  }
  AddDependencyFile(input, front);
  AddCoverageFiles(input, front);
  std::erase_if(front, [](const std::string& word) { return word.rfind("-flto", 0) == 0; });
  // As in the device half.
  if (!options_.debug) front.push_back("-gline-tables-only");
  Append(front, {"-emit-llvm", "-c", "-Xclang", "-disable-llvm-passes", "-o", bitcode, input.path});
  Add(std::move(front), static_cast<int>(index), bitcode);
  if (!fat_binary.empty()) jobs_.back().independent_of = kDeviceHalfJobs;

  const std::string embedded = Temporary(index, "-host-supa.bc");
  nlohmann::ordered_json json;
  json["relocatable"] = options_.relocatable;
  json["source"] = input.path;
  json["debug"] = options_.debug;
  const Words host_words = options_.WordsFor(kHost);
  json["warnings"] = std::find(host_words.begin(), host_words.end(), "-w") == host_words.end();
  json["emit"] = "bitcode";
  Words embed = {toolchain_.brcc, "-supacc-embed", Dump(json), bitcode};
  if (!fat_binary.empty()) embed.push_back(fat_binary);
  Append(embed, {"-o", embedded});
  Add(std::move(embed), static_cast<int>(index), embedded);

  Words back = {toolchain_.clang, "-x", "ir", "-Qunused-arguments", "-Wno-override-module"};
  if (!options_.optimization.empty()) back.push_back("-O" + options_.optimization);
  Append(back, options_.WordsFor(kBackend));
  AddBackendPhase(back);
  Append(back, {"-o", output, embedded});
  Add(std::move(back), static_cast<int>(index), output);
}

void JobBuilder::CompileKernelFile(size_t index, const std::string& output) {
  if (options_.half == Half::kDevice) {
    const bool text = options_.phase == Phase::kAssembly;
    DeviceHalf(index, text ? "ir" : options_.emit_llvm ? "bitcode" : "fatbin", output);
    return;
  }
  std::string fat_binary;
  if (options_.half == Half::kBoth) {
    fat_binary = Temporary(index, ".supafb");
    DeviceHalf(index, "fatbin", fat_binary);
  }
  HostHalf(index, fat_binary, output);
}

JobBuilder::Words JobBuilder::HostRoute(uint32_t route) const {
  Words words;
  for (const PassedOption& option : options_.passed) {
    if ((option.route & route) == 0) continue;
    const std::string& first = option.words[0];
    if (!toolchain_.host_is_clang &&
        (first == "-Xclang" || first == "-mllvm" || first == "-Qunused-arguments")) {
      continue;
    }
    Append(words, option.words);
  }
  return words;
}

JobBuilder::Words JobBuilder::PlainCommand(const Input& input) const {
  Words words = {toolchain_.host_compiler};
  const bool is_c = input.language == Language::kC;
  if (input.language == Language::kCxx || is_c) {
    Append(words, {"-x", is_c ? "c" : "c++", "-isystem", toolchain_.include_dir});
    // One command line may have files of both languages; the standard names one of them.
    if (!options_.standard.empty() && IsCxxStandard(options_.standard) == !is_c) {
      words.push_back("-std=" + options_.standard);
    }
  } else if (!input.clang_language.empty()) {
    Append(words, {"-x", input.clang_language});
  }
  if (!options_.optimization.empty()) words.push_back("-O" + options_.optimization);
  Append(words, HostRoute(kPlain));
  if (options_.verbose) words.push_back("-v");
  return words;
}

void JobBuilder::CompilePlainFile(size_t index, const std::string& output) {
  const Input& input = options_.inputs[index];
  Words words = PlainCommand(input);
  AddDependencyFile(input, words);
  if (options_.save_temps) words.push_back("-save-temps");
  AddBackendPhase(words);
  Append(words, {"-o", output, input.path});
  Add(std::move(words), -1, output);
}

void JobBuilder::Preprocess(size_t index) {
  const Input& input = options_.inputs[index];
  const bool kernel_file = input.IsKernelFile();
  const Half half = options_.half == Half::kDevice ? Half::kDevice : Half::kHost;
  Words words = kernel_file ? FrontEnd(index, half) : PlainCommand(input);
  if (options_.phase == Phase::kDependencies) {
    words.push_back(options_.depend_flag);
    if (!options_.depend_file.empty()) Append(words, {"-MF", options_.depend_file});
    for (const auto& [flag, target] : options_.depend_targets) Append(words, {flag, target});
  } else {
    words.push_back("-E");
    AddDependencyFile(input, words);
  }
  if (!options_.output.empty()) Append(words, {"-o", options_.output});
  words.push_back(input.path);
  Add(std::move(words), -1, options_.output == "-" ? "" : options_.output);
}

void JobBuilder::CheckSyntax(size_t index) {
  const Input& input = options_.inputs[index];
  if (!input.IsKernelFile()) {
    Words words = PlainCommand(input);
    Append(words, {"-fsyntax-only", input.path});
    Add(std::move(words), -1, "");
    return;
  }
  for (Half half : {Half::kDevice, Half::kHost}) {
    if (options_.half != Half::kBoth && options_.half != half) continue;
    Words words = FrontEnd(index, half);
    Append(words, {"-fsyntax-only", input.path});
    Add(std::move(words), static_cast<int>(index), "");
  }
}

void JobBuilder::Link() {
  const std::string output = options_.output.empty() ? "a.out" : options_.output;
  Words words = {toolchain_.host_compiler};
  Append(words, HostRoute(kLink));
  if (!options_.optimization.empty()) words.push_back("-O" + options_.optimization);
  if (options_.verbose) words.push_back("-v");
  Append(words, {"-o", output});
  // Before the user's folders, so that -lcudart finds the one that belongs to this tree.
  words.push_back("-L" + toolchain_.library_dir);
  if (options_.link_cuda_names) {
    const std::string compat_dir = toolchain_.library_dir + "/compat";
    Append(words, {"-L" + compat_dir, "-Xlinker", "-rpath", "-Xlinker", compat_dir});
  }
  for (const LinkItem& item : options_.link_items) {
    if (item.input_index < 0) {
      Append(words, item.words);
      continue;
    }
    const size_t index = static_cast<size_t>(item.input_index);
    words.push_back(objects_[index].empty() ? options_.inputs[index].path : objects_[index]);
  }
  const Words link_words = options_.WordsFor(kLink);
  const auto has = [&](const char* word) {
    return std::find(link_words.begin(), link_words.end(), word) != link_words.end();
  };
  if (options_.link_runtime && !has("-r") && !has("-nostdlib") && !has("-nodefaultlibs")) {
    Append(words, {"-lsupart", "-lsupa", "-Xlinker", "-rpath", "-Xlinker", toolchain_.library_dir});
    if (!toolchain_.host_links_cxx) Append(words, {"-lstdc++", "-lm"});
  }
  Add(std::move(words), -1, output);
  if (!has("-r")) Add({toolchain_.brcc, "-supacc-check-link", output}, -1, output);
}

void JobBuilder::LinkDevice() {
  const std::string output = options_.output.empty() ? "dlink.supafb" : options_.output;
  nlohmann::ordered_json json;
  json["native_targets"] = options_.native_targets;
  json["opt_level"] = options_.DeviceOptimizationLevel();
  Words words = {toolchain_.brcc, "-supacc-link", Dump(json), "-o", output};
  for (size_t i = 0; i < options_.inputs.size(); ++i) {
    words.push_back(objects_[i].empty() ? options_.inputs[i].path : objects_[i]);
  }
  Add(std::move(words), -1, output);
}

Status JobBuilder::Check() const {
  if (options_.inputs.empty()) return absl::InvalidArgumentError("no input files");
  size_t compiled = 0;
  for (const Input& input : options_.inputs) {
    if (input.language != Language::kLinkerInput) ++compiled;
    if (input.path == "-" && input.IsKernelFile() && options_.phase != Phase::kPreprocess &&
        options_.phase != Phase::kDependencies) {
      return absl::InvalidArgumentError(
          "a kernel file is read twice and cannot be standard input, except with -E and -M");
    }
    if (input.language == Language::kOther && toolchain_.host_is_clang == false &&
        (Extension(input.path) == ".ll" || Extension(input.path) == ".bc")) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the host compiler '", toolchain_.host_compiler, "' cannot read '", input.path, "'"));
    }
  }
  const bool many_outputs = options_.phase != Phase::kLink && compiled > 1;
  if (many_outputs && !options_.output.empty()) {
    return absl::InvalidArgumentError("cannot specify -o when generating multiple output files");
  }
  return absl::OkStatus();
}

void JobBuilder::Compile(size_t index) {
  const Input& input = options_.inputs[index];
  if (options_.half == Half::kDevice && !input.IsKernelFile()) return;
  std::string output;
  if (options_.phase == Phase::kLink) {
    output = objects_[index] = Temporary(index, ObjectSuffix());
  } else {
    output = OutputFor(input, ObjectSuffix());
  }
  if (input.IsKernelFile()) {
    CompileKernelFile(index, output);
  } else {
    CompilePlainFile(index, output);
  }
}

StatusOr<std::vector<Job>> JobBuilder::Build() {
  SUPA_RETURN_IF_ERROR(Check());
  objects_.resize(options_.inputs.size());
  for (size_t i = 0; i < options_.inputs.size(); ++i) {
    if (options_.inputs[i].language == Language::kLinkerInput) continue;
    if (options_.phase == Phase::kPreprocess || options_.phase == Phase::kDependencies) {
      Preprocess(i);
    } else if (options_.phase == Phase::kSyntaxOnly) {
      CheckSyntax(i);
    } else {
      Compile(i);
    }
  }
  if (options_.phase == Phase::kLink) {
    if (options_.half == Half::kDevice) {
      LinkDevice();
    } else {
      Link();
    }
  }
  return std::move(jobs_);
}

}  // namespace opensupa::cc
