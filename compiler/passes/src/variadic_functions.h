#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Takes the `...` from functions that never look at it, as the standard library writes them, and
/// from the calls of these. Functions that use it, or whose address is used, stay.
void DropUnusedVariableArguments(llvm::Module& module);

}  // namespace opensupa::cc
