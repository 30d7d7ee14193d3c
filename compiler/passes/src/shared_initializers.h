#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Clang keeps the initial value of a local array or structure in a constant variable. Where such a
/// value holds the address of a shared variable, which is known only while a block runs, every
/// function that uses it makes it anew on its stack.
void MakeSharedInitializersLocal(llvm::Module& module);

}  // namespace opensupa::cc
