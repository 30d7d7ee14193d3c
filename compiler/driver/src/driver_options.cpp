#include "driver_options.h"

#include <regex.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "file_io.h"
#include "opensupa/binary/targets.h"

namespace opensupa::cc {

std::vector<std::string> DefaultNativeTargets() {
  std::vector<std::string> names;
  for (const binary::NativeTarget& target : binary::kDefaultNativeTargets) {
    names.push_back(binary::TargetName(target.level, target.engine));
  }
  return names;
}

namespace {

template <typename List>
bool Contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

template <typename List>
std::string Joined(const List& list, const char* separator) {
  return absl::StrJoin(list, separator,
                       [](std::string* out, std::string_view name) { out->append(name); });
}

constexpr Architecture kArchitectures[] = {
    {"br100", "__BR100_ARCH__"}, {"br104", "__BR104_ARCH__"}, {"br106", "__BR106_ARCH__"},
    {"br110", "__BR110_ARCH__"}, {"br166", "__BR166_ARCH__"}, {"arch_20", "__BR_ARCH_20__"},
    {"generic", nullptr},
};

struct LanguageName {
  const char* name;
  Language language;
};
constexpr LanguageName kLanguages[] = {
    {"supa", Language::kSupa}, {"su", Language::kSupa}, {"cuda", Language::kCuda},
    {"cu", Language::kCuda},   {"c++", Language::kCxx}, {"c", Language::kC},
};
constexpr LanguageName kSuffixes[] = {
    {".su", Language::kSupa},  {".cu", Language::kCuda},  {".cpp", Language::kCxx},
    {".cc", Language::kCxx},   {".cxx", Language::kCxx},  {".C", Language::kCxx},
    {".c++", Language::kCxx},  {".CPP", Language::kCxx},  {".cp", Language::kCxx},
    {".c", Language::kC},      {".i", Language::kOther},  {".ii", Language::kOther},
    {".s", Language::kOther},  {".S", Language::kOther},  {".sx", Language::kOther},
    {".ll", Language::kOther}, {".bc", Language::kOther}, {".m", Language::kOther},
};

bool StartsWith(const std::string& text, const char* prefix) {
  return text.compare(0, std::strlen(prefix), prefix) == 0;
}

Language LanguageOfSuffix(const std::string& path) {
  const std::string suffix = Extension(path);
  for (const LanguageName& entry : kSuffixes) {
    if (suffix == entry.name) return entry.language;
  }
  return Language::kLinkerInput;
}

/// Options of clang that make no sense, or are errors, for device code.
bool IsHostOnlyFeature(const std::string& word) {
  static constexpr const char* kPrefixes[] = {
      "-fsanitize",        "-fno-sanitize", "-flto",       "-fno-lto",      "-fprofile",
      "-fcoverage",        "-fcf-",         "-fstack-",    "-fxray",        "-fsplit-stack",
      "-fplugin",          "-fpass-plugin", "-fuse-ld",    "-fopenmp",      "-fembed-bitcode",
      "-ftest-cov",        "-fvisibility",  "-fPI",        "-fpi",          "-fpch",
      "-fno-plt",          "-fbasic-blo",   "-fpatchable", "-finstrument-", "-ftime-trace",
      "-fno-semantic-int",
  };
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](const char* prefix) { return StartsWith(word, prefix); });
}

/// Features that the link step must know, too.
bool IsLinkFeature(const std::string& word) {
  static constexpr const char* kPrefixes[] = {
      "-fsanitize", "-fno-sanitize", "-flto",   "-fno-lto",     "-fprofile", "-fcoverage",
      "-fopenmp",   "-fuse-ld",      "-fPI",    "-fpi",         "-fxray",    "-fno-pi",
      "-fno-PI",    "-ftest-cov",    "-fcs-pr", "-fsplit-stack"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](const char* prefix) { return StartsWith(word, prefix); });
}

uint32_t FeatureRoute(const std::string& word) {
  uint32_t route = kHost | kBackend | kPlain;
  if (!IsHostOnlyFeature(word)) route |= kDevice;
  if (IsLinkFeature(word)) route |= kLink;
  return route;
}

/// The name as the user wrote it, for messages.
std::string Spelling(const Argument& argument) { return absl::StrJoin(argument.words, " "); }

/// Turns the arguments into DriverOptions, one by one and in their order.
class Interpreter {
 public:
  StatusOr<DriverOptions> Run(const std::vector<Argument>& arguments);

 private:
  Status Interpret(const Argument& argument);
  Status InterpretSupa(const Argument& argument);
  Status InterpretForeign(const Argument& argument);
  Status InterpretDriver(const Argument& argument);
  Status AddInput(const std::string& path);
  Status AddArchitectures(const std::string& list);
  Status AddNativeTargets(const std::string& list);
  Status SetBoolean(const Argument& argument, bool& value);
  void AddLibrary(const std::string& name);
  void AddLinkWords(const Argument& argument);
  void AddHostCompilerOptions(const std::string& list);
  void AddPassed(const Argument& argument);
  void Pass(std::vector<std::string> words, uint32_t route) {
    options_.passed.push_back({std::move(words), route});
  }
  void LimitPhase(Phase phase) { options_.phase = std::max(options_.phase, phase); }
  void Note(const std::string& text) { options_.notes.push_back(text); }
  Status SetOptimization(const Argument& argument);
  Status AddRemarks(const Argument& argument);
  Status Finish();

  DriverOptions options_;
  std::string language_;  // what -x says for the files that follow
};

Status Interpreter::AddInput(const std::string& path) {
  Input input{path, Language::kLinkerInput, language_};
  if (language_.empty()) {
    if (path == "-") {
      return absl::InvalidArgumentError("-x is required when the input is standard input");
    }
    input.language = LanguageOfSuffix(path);
  } else {
    input.language = Language::kOther;
    for (const LanguageName& entry : kLanguages) {
      if (language_ == entry.name) input.language = entry.language;
    }
  }
  if (path != "-" && !FileExists(path)) {
    return absl::NotFoundError(absl::StrCat("no such file or directory: '", path, "'"));
  }
  options_.link_items.push_back({static_cast<int>(options_.inputs.size()), {}});
  options_.inputs.push_back(std::move(input));
  return absl::OkStatus();
}

Status Interpreter::AddArchitectures(const std::string& list) {
  for (const std::string& name : std::vector<std::string>(absl::StrSplit(list, ','))) {
    const bool known =
        std::any_of(std::begin(kArchitectures), std::end(kArchitectures),
                    [&](const Architecture& architecture) { return name == architecture.name; });
    if (!known) {
      std::vector<std::string> names;
      for (const Architecture& architecture : kArchitectures) names.push_back(architecture.name);
      return absl::InvalidArgumentError(absl::StrCat("unknown architecture '", name,
                                                     "' in --supa-gpu-arch; known are ",
                                                     absl::StrJoin(names, ", ")));
    }
    std::vector<std::string>& list_so_far = options_.architectures;
    if (std::find(list_so_far.begin(), list_so_far.end(), name) == list_so_far.end()) {
      list_so_far.push_back(name);
    }
  }
  return absl::OkStatus();
}

Status Interpreter::AddNativeTargets(const std::string& list) {
  options_.native_targets.clear();
  for (const std::string& name : std::vector<std::string>(absl::StrSplit(list, ','))) {
    if (name == "none") continue;
    const std::vector<std::string> parts = absl::StrSplit(name, absl::MaxSplits('/', 1));
    const std::string engine = parts.size() == 2 ? parts[1] : std::string(binary::kDefaultEngine);
    if (!Contains(binary::kNativeLevels, parts[0]) || !Contains(binary::kEngines, engine)) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown level '", name, "' in --supa-native; known are ",
                       Joined(binary::kNativeLevels, ", "), ", each alone or with /",
                       Joined(binary::kEngines, " or /"), ", and none"));
    }
    options_.native_targets.push_back(binary::TargetName(parts[0], engine));
  }
  return absl::OkStatus();
}

Status Interpreter::SetBoolean(const Argument& argument, bool& value) {
  if (argument.value != "true" && argument.value != "false") {
    return absl::InvalidArgumentError(absl::StrCat("invalid value '", argument.value, "' in '",
                                                   Spelling(argument), "'; it is true or false"));
  }
  value = argument.value == "true";
  return absl::OkStatus();
}

void Interpreter::AddLibrary(const std::string& name) {
  // Device-side runtime libraries have nothing to add here.
  if (name == "cudadevrt" || name == "supadevrt") return;
  const std::string shared_name = name == "cudart_static" ? "cudart" : name;
  if (shared_name == "cudart" || shared_name == "cuda") options_.link_cuda_names = true;
  options_.link_items.push_back({-1, {"-l" + shared_name}});
}

void Interpreter::AddLinkWords(const Argument& argument) {
  // The long spelling of nvcc is handed on as -L.
  const bool long_name = StartsWith(argument.option->name, "--");
  options_.link_items.push_back(
      {-1, long_name ? std::vector<std::string>{"-L" + argument.value} : argument.words});
}

void Interpreter::AddHostCompilerOptions(const std::string& list) {
  std::vector<std::string> words = absl::StrSplit(list, absl::ByAnyChar(", "), absl::SkipEmpty());
  for (std::string& word : words) {
    uint32_t route = kHost | kBackend | kPlain;
    if (StartsWith(word, "-W") || StartsWith(word, "-D") || StartsWith(word, "-I")) {
      route = kHost | kPlain;
    } else if (StartsWith(word, "-f") ? IsLinkFeature(word)
                                      : StartsWith(word, "-p") || StartsWith(word, "-rdynamic")) {
      route |= kLink;
    }
    Pass({std::move(word)}, route);
  }
  // The list may hold warnings of another compiler than the one that reads it.
  Pass({"-Wno-unknown-warning-option"}, kHost | kPlain);
}

void Interpreter::AddPassed(const Argument& argument) {
  const OptionSpec& spec = *argument.option;
  // Long spellings of nvcc name the short one in place of a help text.
  if (spec.help != nullptr && spec.help[0] == '-') {
    Pass({absl::StrCat(spec.help, argument.value)}, spec.route);
  } else {
    Pass(argument.words, spec.route);
  }
}

/// Kernels become vectors in the compiler library; other passes are Clang's, for host code.
Status Interpreter::AddRemarks(const Argument& argument) {
  regex_t pattern;
  if (regcomp(&pattern, argument.value.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", argument.value, "' in '", Spelling(argument), "' is no regular expression"));
  }
  const bool matches = regexec(&pattern, "warp-vectorize", 0, nullptr, 0) == 0;
  regfree(&pattern);
  const std::string name = argument.option->name;
  if (matches) {
    options_.remarks.push_back(name == "-Rpass"          ? "passed"
                               : name == "-Rpass-missed" ? "missed"
                                                         : "analysis");
  }
  Pass({absl::StrCat(name, "=", argument.value)}, kBackend | kPlain);
  return absl::OkStatus();
}

Status Interpreter::SetOptimization(const Argument& argument) {
  const std::string& level = argument.value;
  static constexpr const char* kLevels[] = {"0", "1", "2", "3", "s", "z", "g", "fast"};
  if (level.empty()) {
    options_.optimization = "1";
  } else if (std::any_of(std::begin(kLevels), std::end(kLevels),
                         [&](const char* known) { return level == known; })) {
    options_.optimization = level;
  } else if (level.find_first_not_of("0123456789") == std::string::npos) {
    options_.optimization = "3";  // as clang takes -O4 and more
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid value '", level, "' in '", Spelling(argument), "'"));
  }
  return absl::OkStatus();
}

Status Interpreter::InterpretSupa(const Argument& argument) {
  switch (argument.option->id) {
    case OptionId::kGpuArch:
      return AddArchitectures(argument.value);
    case OptionId::kNative:
      return AddNativeTargets(argument.value);
    case OptionId::kSupaPath:
      options_.supa_path = argument.value;
      break;
    case OptionId::kSupaLink:
      options_.supa_link = true;
      break;
    case OptionId::kHostOnly:
      options_.half = Half::kHost;
      break;
    case OptionId::kDeviceOnly:
      options_.half = Half::kDevice;
      break;
    case OptionId::kRelocatable:
      options_.relocatable = true;
      break;
    case OptionId::kNotRelocatable:
      options_.relocatable = false;
      break;
    case OptionId::kRelocatableValue:
      return SetBoolean(argument, options_.relocatable);
    case OptionId::kRelocatableCompile:
      options_.relocatable = true;
      LimitPhase(Phase::kObject);
      break;
    case OptionId::kCcbin:
      options_.host_compiler = argument.value;
      break;
    case OptionId::kNote:
      Note(absl::StrCat("'", Spelling(argument), "' is accepted and has no effect in OpenSUPA"));
      break;
    default:
      return InterpretForeign(argument);
  }
  return absl::OkStatus();
}

Status Interpreter::InterpretForeign(const Argument& argument) {
  switch (argument.option->id) {
    case OptionId::kMllvm:
      if (StartsWith(argument.value, "-br-")) {
        Note(absl::StrCat("'", Spelling(argument), "' is accepted and has no effect in OpenSUPA"));
      } else {
        Pass({"-mllvm", argument.value}, kBackend | kPlain);
      }
      break;
    case OptionId::kXcompiler:
      AddHostCompilerOptions(argument.value);
      break;
    case OptionId::kXlinker:
      for (const std::string& word :
           std::vector<std::string>(absl::StrSplit(argument.value, ',', absl::SkipEmpty()))) {
        options_.link_items.push_back({-1, {"-Xlinker", word}});
      }
      break;
    case OptionId::kFastMath:
      Pass({"-fgpu-approx-transcendentals", "-freciprocal-math", "-fno-signed-zeros"}, kDevice);
      break;
    case OptionId::kFusedMultiplyAdd: {
      bool fused = true;
      SUPA_RETURN_IF_ERROR(SetBoolean(argument, fused));
      Pass({fused ? "-ffp-contract=fast" : "-ffp-contract=off"}, kDevice);
      break;
    }
    case OptionId::kDefaultStream:
      if (argument.value == "per-thread") {
        Pass({"-DSUPA_API_PER_THREAD_DEFAULT_STREAM=1", "-DCUDA_API_PER_THREAD_DEFAULT_STREAM=1"},
             kPreprocessing);
      } else if (argument.value != "legacy" && argument.value != "null") {
        return absl::InvalidArgumentError(absl::StrCat("invalid value '", argument.value, "' in '",
                                                       Spelling(argument),
                                                       "'; it is legacy or per-thread"));
      }
      break;
    case OptionId::kRuntimeLibrary:
      options_.link_runtime = argument.value != "none";
      break;
    case OptionId::kLineInfo:
      options_.device_line_info = true;
      break;
    case OptionId::kRemarks:
      return AddRemarks(argument);
    case OptionId::kDeviceDebug:
      options_.debug = true;
      options_.optimize_device = false;
      break;
    case OptionId::kRefuse:
      return absl::InvalidArgumentError(
          absl::StrCat("'", Spelling(argument), "' is not supported: ", argument.option->help));
    default:
      break;  // kIgnore
  }
  return absl::OkStatus();
}

Status Interpreter::InterpretDriver(const Argument& argument) {
  switch (argument.option->id) {
    case OptionId::kDependOnly:
      LimitPhase(Phase::kDependencies);
      options_.depend_flag = argument.words[0];
      break;
    case OptionId::kDependWrite:
      if (options_.phase != Phase::kDependencies) options_.depend_flag = argument.words[0];
      break;
    case OptionId::kDependFile:
      options_.depend_file = argument.value;
      break;
    case OptionId::kDependTarget:
      options_.depend_targets.emplace_back(argument.option->name, argument.value);
      break;
    case OptionId::kVerbose:
      options_.verbose = true;
      break;
    case OptionId::kDryRun:
      options_.dry_run = true;
      break;
    case OptionId::kSaveTemps:
      options_.save_temps = true;
      options_.save_temps_beside_output = argument.value == "obj";
      if (!argument.value.empty() && argument.value != "obj" && argument.value != "cwd") {
        return absl::InvalidArgumentError(absl::StrCat("invalid value '", argument.value, "' in '",
                                                       Spelling(argument), "'; it is cwd or obj"));
      }
      break;
    case OptionId::kVersion:
      options_.show_version = true;
      break;
    case OptionId::kHelp:
      options_.show_help = true;
      break;
    case OptionId::kQuery:
      options_.query = argument.words;
      break;
    default:
      return InterpretSupa(argument);
  }
  return absl::OkStatus();
}

Status Interpreter::Interpret(const Argument& argument) {
  if (argument.option == nullptr) return AddInput(argument.value);
  switch (argument.option->id) {
    case OptionId::kPass:
      AddPassed(argument);
      break;
    case OptionId::kOutput:
      options_.output = argument.value;
      break;
    case OptionId::kCompile:
      LimitPhase(Phase::kObject);
      break;
    case OptionId::kAssembly:
      LimitPhase(Phase::kAssembly);
      break;
    case OptionId::kPreprocess:
      LimitPhase(Phase::kPreprocess);
      break;
    case OptionId::kSyntaxOnly:
      LimitPhase(Phase::kSyntaxOnly);
      break;
    case OptionId::kEmitLlvm:
      options_.emit_llvm = true;
      break;
    case OptionId::kLanguage:
      language_ = argument.value == "none" ? "" : argument.value;
      break;
    case OptionId::kStandard:
      options_.standard = argument.value;
      break;
    case OptionId::kOptimize:
      return SetOptimization(argument);
    case OptionId::kDebug:
      options_.debug = argument.value != "0";
      Pass({argument.option->name == std::string("-g") ? argument.words[0] : "-g"},
           kDevice | kHost | kPlain | kLink);
      break;
    case OptionId::kFeature:
      Pass(argument.words, FeatureRoute(argument.words[0]));
      break;
    case OptionId::kMachine:
      Pass(argument.words, kCompiling | kLink);
      break;
    case OptionId::kShared:
      options_.shared = true;
      Pass({"-shared"}, kLink);
      break;
    case OptionId::kLibrary:
      AddLibrary(argument.value);
      break;
    case OptionId::kLinkPass:
      AddLinkWords(argument);
      break;
    default:
      return InterpretDriver(argument);
  }
  return absl::OkStatus();
}

Status Interpreter::Finish() {
  DriverOptions& o = options_;
  if (o.emit_llvm && o.phase == Phase::kLink && o.half != Half::kDevice) {
    return absl::InvalidArgumentError("-emit-llvm cannot be used when linking");
  }
  // Device code alone has no link step of its own, except the one that --supa-link names.
  if (o.half == Half::kDevice && o.phase == Phase::kLink && !o.supa_link) {
    o.phase = Phase::kObject;
  }
  if (o.device_line_info && !o.debug) Pass({"-gline-tables-only"}, kDevice);
  if (o.debug && !o.optimize_device) Pass({"-g"}, kDevice | kHost | kPlain);
  return absl::OkStatus();
}

StatusOr<DriverOptions> Interpreter::Run(const std::vector<Argument>& arguments) {
  for (const Argument& argument : arguments) SUPA_RETURN_IF_ERROR(Interpret(argument));
  SUPA_RETURN_IF_ERROR(Finish());
  return std::move(options_);
}

}  // namespace

std::span<const Architecture> Architectures() { return kArchitectures; }

int DriverOptions::DeviceOptimizationLevel() const {
  if (!optimize_device || optimization == "0") return 0;
  if (optimization == "1" || optimization == "g") return 1;
  if (optimization == "2" || optimization == "s" || optimization == "z") return 2;
  return 3;
}

std::vector<std::string> DriverOptions::WordsFor(uint32_t route) const {
  std::vector<std::string> words;
  for (const PassedOption& option : passed) {
    if ((option.route & route) != 0) {
      words.insert(words.end(), option.words.begin(), option.words.end());
    }
  }
  return words;
}

StatusOr<DriverOptions> ParseDriverOptions(std::span<const std::string> words) {
  SUPA_ASSIGN_OR_RETURN(std::vector<Argument> arguments, ParseArguments(words));
  return Interpreter().Run(arguments);
}

}  // namespace opensupa::cc
