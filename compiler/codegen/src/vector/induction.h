#pragma once

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

/// What `phi` of the head of `loop` grows by from one iteration to the next, if that stays the same
/// throughout the loop; null for others.
llvm::Value* StepOf(const llvm::PHINode& phi, const llvm::Loop& loop);

}  // namespace opensupa::cc
