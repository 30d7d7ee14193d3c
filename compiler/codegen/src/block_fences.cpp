#include "block_fences.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

void NarrowBlockFences(llvm::Module& module) {
  const llvm::SyncScope::ID block = module.getContext().getOrInsertSyncScopeID("block");
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      auto* fence = llvm::dyn_cast<llvm::FenceInst>(&instruction);
      if (fence == nullptr || fence->getSyncScopeID() != block) continue;
      fence->setSyncScopeID(llvm::SyncScope::SingleThread);
    }
  }
}

}  // namespace opensupa::cc
