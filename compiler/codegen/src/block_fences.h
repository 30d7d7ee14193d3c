#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Fences of block scope order memory for the threads of one block only. All of these run on one
/// host thread, so only the compiler has to keep the order.
void NarrowBlockFences(llvm::Module& module);

}  // namespace opensupa::cc
