#include "unroll_barriers.h"

#include <algorithm>

#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/Transforms/Utils/LoopUtils.h"
#include "llvm/Transforms/Utils/UnrollLoop.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kMostIterations = 64;
constexpr size_t kMostInstructions = 3000;

size_t InstructionCount(const llvm::Loop& loop) {
  size_t count = 0;
  for (const llvm::BasicBlock* block : loop.blocks()) count += block->size();
  return count;
}

class Unroller {
 public:
  Unroller(llvm::Function& function, llvm::FunctionAnalysisManager& analyses)
      : loops_(analyses.getResult<llvm::LoopAnalysis>(function)),
        evolution_(analyses.getResult<llvm::ScalarEvolutionAnalysis>(function)),
        dominators_(analyses.getResult<llvm::DominatorTreeAnalysis>(function)),
        assumptions_(analyses.getResult<llvm::AssumptionAnalysis>(function)),
        target_(analyses.getResult<llvm::TargetIRAnalysis>(function)),
        remarks_(analyses.getResult<llvm::OptimizationRemarkEmitterAnalysis>(function)),
        left_(kMostInstructions) {}

  bool Run() {
    bool changed = false;
    // An inner loop may run a known number of times once the outer one is unrolled.
    while (UnrollOne()) changed = true;
    return changed;
  }

 private:
  bool UnrollOne() {
    for (llvm::Loop* loop : loops_.getLoopsInPreorder()) {
      const unsigned iterations = evolution_.getSmallConstantTripCount(loop);
      if (iterations == 0 || iterations > kMostIterations || !HasBarrier(*loop)) continue;
      const size_t size = InstructionCount(*loop) * iterations;
      if (size > left_) continue;
      left_ -= size;
      llvm::UnrollLoopOptions options = {};
      options.Count = iterations;
      options.Force = true;
      options.Runtime = false;
      options.AllowExpensiveTripCount = true;
      options.UnrollRemainder = false;
      options.ForgetAllSCEV = true;
      if (llvm::UnrollLoop(loop, options, &loops_, &evolution_, &dominators_, &assumptions_,
                           &target_, &remarks_,
                           /*PreserveLCSSA=*/true) == llvm::LoopUnrollResult::FullyUnrolled) {
        return true;
      }
    }
    return false;
  }

  llvm::LoopInfo& loops_;
  llvm::ScalarEvolution& evolution_;
  llvm::DominatorTree& dominators_;
  llvm::AssumptionCache& assumptions_;
  const llvm::TargetTransformInfo& target_;
  llvm::OptimizationRemarkEmitter& remarks_;
  size_t left_;
};

}  // namespace

llvm::PreservedAnalyses UnrollBarrierLoopsPass::run(llvm::Function& function,
                                                    llvm::FunctionAnalysisManager& analyses) {
  return Unroller(function, analyses).Run() ? llvm::PreservedAnalyses::none()
                                            : llvm::PreservedAnalyses::all();
}

}  // namespace opensupa::cc
