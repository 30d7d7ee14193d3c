#pragma once

#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

/// Marks local variables whose contents no thread needs beyond a barrier, so that one place serves
/// all vectors of a block in turn. Barriers are the last things of their blocks.
void MarkPartLocals(llvm::Function& function);

/// Whether MarkPartLocals has marked `local`.
bool IsPartLocal(const llvm::AllocaInst& local);

}  // namespace opensupa::cc
