#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "opensupa/base/status.h"

namespace opensupa::options {

enum class Type { kString, kInteger, kBoolean };

/// One behaviour switch: the environment variable that sets it, its type, default and meaning.
/// The environment is read each time a value is asked for; callers that need a stable value keep a
/// copy.
struct Option {
  const char* name;
  Type type;
  const char* default_value;
  const char* description;
};

// clang-format off
inline constexpr Option kDevices{"OPENSUPA_DEVICES", Type::kString, "emu:BR106M", "Cards to offer: backend:MODEL[*COUNT], comma separated; empty for none."};
inline constexpr Option kEmulatorWorkers{"OPENSUPA_EMU_WORKERS", Type::kInteger, "0", "Worker threads of the emulated cards; 0 means one for each host core, at least two."};
inline constexpr Option kEmulatorSeed{"OPENSUPA_EMU_SEED", Type::kInteger, "0", "Seed of the order in which the reference engine runs threads; 0 means ascending."};
inline constexpr Option kEmulatorStackBytes{"OPENSUPA_EMU_STACK_BYTES", Type::kInteger, "65536", "Stack of one device thread on the reference engine, in bytes."};
inline constexpr Option kEmulatorStreamBytes{"OPENSUPA_EMU_STREAM_BYTES", Type::kInteger, "-1", "From how many bytes that a grid writes its stores bypass the host's caches, where the fast engine can; -1 means the size of the last cache, at most 32 MiB."};
inline constexpr Option kEngine{"OPENSUPA_ENGINE", Type::kString, "fast", "Execution engine of the emulated compute units: fast or reference."};
inline constexpr Option kHostLevel{"OPENSUPA_HOST_LEVEL", Type::kString, "", "Instruction set level of generated code (x86-64-v2, x86-64-v3, x86-64-v4); empty means the best this host has."};
inline constexpr Option kCacheDir{"OPENSUPA_CACHE_DIR", Type::kString, "", "Folder of the kernel cache; empty means $XDG_CACHE_HOME/opensupa or ~/.cache/opensupa."};
inline constexpr Option kCacheDisable{"OPENSUPA_CACHE_DISABLE", Type::kBoolean, "0", "Neither reads nor writes the kernel cache."};
inline constexpr Option kCacheMaxBytes{"OPENSUPA_CACHE_MAX_BYTES", Type::kInteger, "1073741824", "Size of the kernel cache; the least recently used entries are removed when it is exceeded."};
inline constexpr Option kClang{"OPENSUPA_CLANG", Type::kString, "", "Clang 19 used by brcc as its frontend; empty means the one found when OpenSUPA was built."};
inline constexpr Option kCompilerLibrary{"OPENSUPA_COMPILER_LIBRARY", Type::kString, "", "Path of libsupacc.so; empty means beside the runtime library."};
inline constexpr Option kJitDump{"OPENSUPA_JIT_DUMP", Type::kString, "", "Folder into which the code generator's input is written as LLVM IR whenever device code is compiled at run time; empty means nowhere. What the kernel cache holds is not compiled: see OPENSUPA_CACHE_DISABLE."};
inline constexpr Option kJitOptLevel{"OPENSUPA_JIT_OPT_LEVEL", Type::kInteger, "-1", "Optimisation level, 0 to 3, at which portable device code is compiled when it is first used; -1 means the level that brcc was called with."};
inline constexpr Option kWarpLockstep{"OPENSUPA_WARP_LOCKSTEP", Type::kBoolean, "0", "Keeps the lanes of a warp in step at every store to shared memory, not only at volatile ones, for programs that leave out __syncwarp; slow. For portable device code that is compiled when it is first used."};
inline constexpr Option kSpecialize{"OPENSUPA_SPECIALIZE", Type::kString, "auto", "Whether kernels that are launched again and again get code for their block size: auto, in the background; eager, before the first launch returns; off."};
inline constexpr Option kLog{"OPENSUPA_LOG", Type::kString, "error", "Messages on standard error: error, warning, info or debug."};
inline constexpr Option kRecord{"OPENSUPA_RECORD", Type::kString, "", "File that receives everything that crosses the port; empty for none."};
inline constexpr Option kTrace{"OPENSUPA_TRACE_API", Type::kBoolean, "0", "Prints every API call with its result to standard error."};
inline constexpr Option kVisibleDevices{"SUPA_VISIBLE_DEVICES", Type::kString, "", "Device indices that the program sees, comma separated; unset means all."};
inline constexpr Option kCudaVisibleDevices{"CUDA_VISIBLE_DEVICES", Type::kString, "", "As SUPA_VISIBLE_DEVICES, used when that is not set."};
inline constexpr Option kLaunchBlocking{"SUPA_LAUNCH_BLOCKING", Type::kBoolean, "0", "Makes every launch wait for its end."};
inline constexpr Option kCudaLaunchBlocking{"CUDA_LAUNCH_BLOCKING", Type::kBoolean, "0", "As SUPA_LAUNCH_BLOCKING."};
// Variables of the system that options refer to; not options of this project, so not in All().
inline constexpr Option kXdgCacheHome{"XDG_CACHE_HOME", Type::kString, "", "The user's folder for caches."};
inline constexpr Option kHome{"HOME", Type::kString, "", "The user's folder."};
// clang-format on

/// All options, for documentation and supa-doctor.
std::span<const Option* const> All();

/// The value of a string option, or its default when the variable is not set.
std::string Get(const Option& option);

/// True when the environment sets the option, to whatever value.
bool IsSet(const Option& option);

/// The value of an integer option. A value that is no number is an error that names the option.
StatusOr<int64_t> GetInteger(const Option& option);

/// The value of a boolean option: 1, true, yes, on (any case) are true, all else is false.
bool GetBoolean(const Option& option);

}  // namespace opensupa::options
