#include "vector/jam_loops.h"

#include <map>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Metadata.h"
#include "llvm/Transforms/Scalar/DeadStoreElimination.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LoopUnrollAndJamPass.h"
#include "llvm/Transforms/Utils/LCSSA.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "vector/pass_analyses.h"

namespace opensupa::cc {
namespace {

using llvm::Loop;

constexpr int kLevel = 3;  // of optimisation
constexpr unsigned kMostIterations = 4;
// Of the outer loop without the inner one, and of the inner one.
constexpr size_t kMostInstructions = 150;
constexpr size_t kMostInnerInstructions = 24;

size_t Instructions(const Loop& loop) {
  size_t count = 0;
  for (const llvm::BasicBlock* block : loop.blocks()) count += block->size();
  return count;
}

/// Whether `loop` goes over a local array in a way that does not depend on `outer`.
bool UpdatesLocalsAlike(const Loop& loop, const Loop& outer, llvm::ScalarEvolution& evolution) {
  for (llvm::Instruction& instruction : *loop.getHeader()) {
    auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
    if (store == nullptr) continue;
    llvm::Value* address = store->getPointerOperand();
    if (!llvm::isa<llvm::AllocaInst>(llvm::getUnderlyingObject(address))) continue;
    const auto* steps = llvm::dyn_cast<llvm::SCEVAddRecExpr>(evolution.getSCEV(address));
    if (steps != nullptr && steps->getLoop() == &loop &&
        evolution.isLoopInvariant(steps->getStart(), &outer)) {
      return true;
    }
  }
  return false;
}

/// How many iterations of `outer` are worth running side by side; 1 leaves it as it is.
unsigned IterationsAtOnce(const Loop& outer, llvm::ScalarEvolution& evolution) {
  if (outer.getSubLoops().size() != 1) return 1;
  const Loop& inner = *outer.getSubLoops().front();
  if (!inner.isInnermost() || inner.getNumBlocks() != 1) return 1;
  const size_t size = Instructions(inner);
  if (size > kMostInnerInstructions || Instructions(outer) - size > kMostInstructions) return 1;
  if (!UpdatesLocalsAlike(inner, outer, evolution)) return 1;
  const unsigned count = evolution.getSmallConstantTripCount(&outer);
  unsigned iterations = kMostIterations;
  while (iterations > 1 && (count == 0 || count % iterations != 0)) iterations /= 2;
  return iterations;
}

/// Asks LLVM's pass for it, which finds out whether it is safe.
void Ask(Loop& loop, unsigned iterations) {
  llvm::LLVMContext& context = loop.getHeader()->getContext();
  llvm::Metadata* count[] = {llvm::MDString::get(context, "llvm.loop.unroll_and_jam.count"),
                             llvm::ConstantAsMetadata::get(llvm::ConstantInt::get(
                                 llvm::Type::getInt32Ty(context), iterations))};
  llvm::Metadata* self[] = {nullptr, llvm::MDNode::get(context, count)};
  llvm::MDNode* id = llvm::MDNode::getDistinct(context, self);
  id->replaceOperandWith(0, id);
  loop.setLoopID(id);
}

/// The iterations side by side count alike: one counter for all of them.
void MergeCounters(const llvm::LoopInfo& loops, llvm::ScalarEvolution& evolution) {
  for (const Loop* loop : loops.getLoopsInPreorder()) {
    std::map<const llvm::SCEV*, llvm::PHINode*> counters;
    for (llvm::PHINode& phi : llvm::make_early_inc_range(loop->getHeader()->phis())) {
      if (!phi.getType()->isIntegerTy()) continue;
      const llvm::SCEV* value = evolution.getSCEV(&phi);
      if (!llvm::isa<llvm::SCEVAddRecExpr>(value)) continue;
      llvm::PHINode*& first = counters[value];
      if (first == nullptr) {
        first = &phi;
        continue;
      }
      evolution.forgetValue(&phi);
      phi.replaceAllUsesWith(first);
      llvm::RecursivelyDeleteDeadPHINode(&phi);
    }
  }
}

}  // namespace

void JamLoops(llvm::Function& function) {
  PassAnalyses analyses;
  llvm::FunctionAnalysisManager& functions = analyses.functions();
  auto& evolution = functions.getResult<llvm::ScalarEvolutionAnalysis>(function);
  bool any = false;
  for (Loop* loop : functions.getResult<llvm::LoopAnalysis>(function).getLoopsInPreorder()) {
    const unsigned iterations = IterationsAtOnce(*loop, evolution);
    if (iterations == 1) continue;
    Ask(*loop, iterations);
    any = true;
  }
  if (!any) return;
  llvm::FunctionPassManager jam;
  jam.addPass(llvm::LoopSimplifyPass());
  jam.addPass(llvm::LCSSAPass());
  jam.addPass(llvm::createFunctionToLoopPassAdaptor(llvm::LoopUnrollAndJamPass(kLevel)));
  jam.run(function, functions);
  functions.clear();
  MergeCounters(functions.getResult<llvm::LoopAnalysis>(function),
                functions.getResult<llvm::ScalarEvolutionAnalysis>(function));
  functions.clear();
  llvm::FunctionPassManager clean;
  clean.addPass(llvm::EarlyCSEPass(/*UseMemorySSA=*/true));
  clean.addPass(llvm::DSEPass());
  clean.run(function, functions);
}

}  // namespace opensupa::cc
