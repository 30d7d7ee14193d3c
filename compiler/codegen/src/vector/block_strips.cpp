#include "vector/block_strips.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "lower_externs.h"
#include "retarget.h"
#include "vector/vectorize.h"

namespace opensupa::cc {
namespace {

/// True for what looks at its block by other means than the index in x that a strip changes.
bool NeedsBlockAlone(const llvm::Instruction& instruction) {
  if (instruction.getMetadata(kBlockOnlyMetadata) != nullptr) return true;
  const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
  if (call == nullptr || llvm::isa<llvm::IntrinsicInst>(call)) return false;
  // A function called looks at the block by itself.
  return call->getMetadata(kHookMetadata) == nullptr;
}

}  // namespace

bool CanRunStrips(llvm::Function& body) {
  if (UsesWarps(body) || UsesBarriers(body)) return false;
  for (const llvm::Instruction& instruction : llvm::instructions(body)) {
    if (NeedsBlockAlone(instruction)) return false;
  }
  const bool one_row = body.getArg(kFirstIndexParameter + 1)->use_empty() &&
                       body.getArg(kFirstIndexParameter + 2)->use_empty();
  if (one_row) return true;
  // What a loop reads in one row of a block, the next row of the same block often reads again.
  const llvm::DominatorTree dominators(body);
  return llvm::LoopInfo(dominators).empty();
}

std::vector<llvm::LoadInst*> FindBlockIndexLoads(llvm::Function& function) {
  std::vector<llvm::LoadInst*> loads;
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (instruction.getMetadata(kBlockIndexMetadata) == nullptr) continue;
    loads.push_back(llvm::cast<llvm::LoadInst>(&instruction));
  }
  return loads;
}

}  // namespace opensupa::cc
