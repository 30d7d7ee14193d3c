#pragma once

#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

/// Replaces a call of inline PTX assembly that has an exact counterpart in the device IR, and
/// returns true; leaves any other call as it is.
bool ReplacePtxAssembly(llvm::CallInst& call);

}  // namespace opensupa::cc
