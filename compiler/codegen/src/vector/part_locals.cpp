#include "vector/part_locals.h"

#include <map>
#include <set>
#include <vector>

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/IntrinsicInst.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

constexpr llvm::StringLiteral kPartLocalMetadata = "supa.part_local";

/// What is done with one local variable.
class LocalUses {
 public:
  /// False if its address may go anywhere.
  bool Find(const llvm::Value& pointer) {
    for (const llvm::Use& use : pointer.uses()) {
      const auto* user = llvm::cast<llvm::Instruction>(use.getUser());
      if (user->isLifetimeStartOrEnd()) {
        limits_.insert(user);
        continue;
      }
      if (llvm::isa<llvm::GetElementPtrInst>(user)) {
        if (!Find(*user)) return false;
        continue;
      }
      uses_.insert(user);
      const auto* store = llvm::dyn_cast<llvm::StoreInst>(user);
      if (store != nullptr && store->getValueOperand() == use.get()) return false;
      const bool is_access = llvm::isa<llvm::LoadInst, llvm::StoreInst, llvm::MemIntrinsic>(user);
      if (!is_access && !IsMatrixOperation(*user)) return false;
    }
    return true;
  }

  /// Whether some thread needs the contents behind a barrier.
  bool Outlive(const llvm::Function& function) {
    std::set<const llvm::BasicBlock*> needed;  // at their start
    const auto at_end = [&](const llvm::BasicBlock& block) {
      for (const llvm::BasicBlock* next : llvm::successors(&block)) {
        if (needed.contains(next)) return true;
      }
      return false;
    };
    bool changed = true;
    while (changed) {
      changed = false;
      for (const llvm::BasicBlock* block : llvm::post_order(&function)) {
        bool is_needed = at_end(*block);
        for (auto one = block->rbegin(); one != block->rend(); ++one) {
          if (limits_.contains(&*one)) is_needed = false;
          if (uses_.contains(&*one)) is_needed = true;
        }
        if (is_needed) changed |= needed.insert(block).second;
      }
    }
    for (const llvm::BasicBlock& block : function) {
      if (BarrierAtEndOf(block) != nullptr && at_end(block)) return true;
    }
    return false;
  }

 private:
  std::set<const llvm::Instruction*> uses_;
  std::set<const llvm::Instruction*> limits_;  // the contents begin or end
};

}  // namespace

void MarkPartLocals(llvm::Function& function) {
  for (llvm::Instruction& instruction : function.getEntryBlock()) {
    auto* local = llvm::dyn_cast<llvm::AllocaInst>(&instruction);
    LocalUses uses;
    if (local == nullptr || !uses.Find(*local) || uses.Outlive(function)) continue;
    local->setMetadata(kPartLocalMetadata, llvm::MDNode::get(function.getContext(), {}));
  }
}

bool IsPartLocal(const llvm::AllocaInst& local) {
  return local.getMetadata(kPartLocalMetadata) != nullptr;
}

}  // namespace opensupa::cc
