#pragma once

#include "absl/status/status.h"

namespace llvm {
class Module;
}

namespace opensupa::cc {

/// Turns LLVM's math intrinsics that would become libm calls, and `frem`, into externs of the
/// device math library; turns traps into `__su_trap`. What the code generator expands in line
/// (sqrt, floor, fma ...) stays.
absl::Status ReplaceMathIntrinsics(llvm::Module& module);

}  // namespace opensupa::cc
