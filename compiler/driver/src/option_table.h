#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "opensupa/base/status.h"

namespace opensupa::cc {

/// How an option takes its value.
enum class Form {
  kFlag,              // -c
  kJoined,            // -O2: the rest of the word, may be empty
  kSeparate,          // -Xclang word
  kJoinedOrSeparate,  // -Idir or -I dir
  kEquals,            // --supa-gpu-arch=br106
  kEqualsOrSeparate,  // -ccbin=g++ or -ccbin g++
};

/// Steps that receive an option which brcc itself does not interpret. A set of bits.
enum Route : uint32_t {
  kNowhere = 0,
  kDevice = 1u << 0,   // clang, device half of a .su or .cu file
  kHost = 1u << 1,     // clang, host half
  kBackend = 1u << 2,  // clang, host bitcode to object or assembly
  kPlain = 1u << 3,    // C and C++ files
  kLink = 1u << 4,     // the link step
  kPreprocessing = kDevice | kHost | kPlain,
  kCompiling = kPreprocessing | kBackend,
};

/// What brcc does with an option.
enum class OptionId {
  kPass,    // hand it to the steps of its route as it stands
  kNote,    // accept, tell that it has no meaning here
  kIgnore,  // accept in silence: spellings of other drivers that have nothing to switch here
  kRefuse,  // known elsewhere and not possible here; `help` says why
  kOutput,
  kCompile,
  kAssembly,
  kPreprocess,
  kSyntaxOnly,
  kEmitLlvm,
  kLanguage,
  kStandard,
  kOptimize,
  kDebug,
  kDeviceDebug,
  kFeature,  // -f...
  kMachine,  // -m...
  kShared,
  kLibrary,
  kLinkPass,  // to the linker, in the order of the inputs
  kDependOnly,
  kDependWrite,
  kDependFile,
  kDependTarget,
  kGpuArch,
  kNative,
  kSupaPath,
  kSupaLink,
  kHostOnly,
  kDeviceOnly,
  kRelocatable,
  kNotRelocatable,
  kRelocatableValue,
  kRelocatableCompile,
  kCcbin,
  kMllvm,
  kXcompiler,
  kXlinker,
  kFastMath,
  kFusedMultiplyAdd,
  kDefaultStream,
  kRuntimeLibrary,
  kLineInfo,
  kRemarks,
  kVerbose,
  kDryRun,
  kSaveTemps,
  kVersion,
  kHelp,
  kQuery,
};

struct OptionSpec {
  const char* name;  // with its dashes, without '='
  Form form;
  OptionId id;
  uint32_t route;    // for kPass
  const char* meta;  // name of the value in the help, or null
  const char* help;  // null hides the option from --help
};

/// Every option that brcc knows, in the order of the help text.
std::span<const OptionSpec> OptionTable();

/// One word of the command line (or two, for a separate value), understood.
struct Argument {
  const OptionSpec* option = nullptr;  // null for an input file
  std::string value;                   // the option's value, or the file's name
  std::vector<std::string> words;      // as written
};

/// Splits the command line, after response files have been put in, into arguments. An unknown
/// option is kInvalidArgument, with the nearest known one as a hint.
StatusOr<std::vector<Argument>> ParseArguments(std::span<const std::string> words);

/// The help text.
std::string HelpText();

}  // namespace opensupa::cc
