#include "atomic_scopes.h"

#include "annotations.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {
namespace {

constexpr char kScopeAnnotation[] = "supa.scope";

/// Scopes as the headers number them, which is the order of supa::thread_scope.
llvm::SyncScope::ID ScopeOf(uint64_t number, llvm::LLVMContext& context) {
  if (number == 1) return context.getOrInsertSyncScopeID("device");
  if (number == 2 || number == 3) return context.getOrInsertSyncScopeID("block");
  return llvm::SyncScope::System;
}

void SetScope(llvm::Function& function, llvm::SyncScope::ID scope) {
  for (llvm::Instruction& instruction : llvm::instructions(function)) {
    if (auto* update = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) {
      update->setSyncScopeID(scope);
    } else if (auto* exchange = llvm::dyn_cast<llvm::AtomicCmpXchgInst>(&instruction)) {
      exchange->setSyncScopeID(scope);
    } else if (auto* fence = llvm::dyn_cast<llvm::FenceInst>(&instruction)) {
      fence->setSyncScopeID(scope);
    } else if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
      if (load->isAtomic()) load->setSyncScopeID(scope);
    } else if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
      if (store->isAtomic()) store->setSyncScopeID(scope);
    }
  }
}

}  // namespace

void ApplyAtomicScopes(llvm::Module& module) {
  for (const Annotation& annotation : ReadAnnotations(module)) {
    auto* function = llvm::dyn_cast<llvm::Function>(annotation.target);
    if (annotation.name != kScopeAnnotation || function == nullptr) continue;
    const uint64_t number = annotation.numbers.empty() ? 0 : annotation.numbers.front();
    SetScope(*function, ScopeOf(number, module.getContext()));
  }
}

}  // namespace opensupa::cc
