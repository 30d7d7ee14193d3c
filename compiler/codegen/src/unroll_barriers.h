#pragma once

#include "llvm/IR/PassManager.h"

namespace opensupa::cc {

/// Unrolls loops that threads wait in for each other and that run a known number of times, so that
/// what changes from one iteration to the next, mostly a distance between threads, is a constant in
/// each. Loops must be simplified and in LCSSA form.
class UnrollBarrierLoopsPass : public llvm::PassInfoMixin<UnrollBarrierLoopsPass> {
 public:
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace opensupa::cc
