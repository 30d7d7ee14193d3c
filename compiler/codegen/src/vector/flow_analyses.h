#pragma once

#include <vector>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Function.h"

namespace opensupa::cc {

/// What the control flow of a scalar function looks like, as far as it matters to its lanes.
struct FlowAnalyses {
  llvm::DominatorTree dominators;
  llvm::LoopInfo loops;
  llvm::PostDominatorTree post_dominators;
  std::vector<llvm::BasicBlock*> order;  // reverse post-order

  explicit FlowAnalyses(llvm::Function& function);
};

}  // namespace opensupa::cc
