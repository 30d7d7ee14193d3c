#include "atomic_scopes.h"

#include "llvm/IR/Constants.h"
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

bool IsScopeAnnotation(const llvm::Constant& entry) {
  if (entry.getNumOperands() < 5) return false;
  const auto* text = llvm::dyn_cast<llvm::GlobalVariable>(entry.getOperand(1)->stripPointerCasts());
  if (text == nullptr || !text->hasInitializer()) return false;
  const auto* data = llvm::dyn_cast<llvm::ConstantDataArray>(text->getInitializer());
  return data != nullptr && data->isCString() && data->getAsCString() == kScopeAnnotation;
}

/// The number behind the annotation's name; 0 when there is none.
uint64_t NumberOf(const llvm::Constant& entry) {
  const auto* list = llvm::dyn_cast<llvm::GlobalVariable>(entry.getOperand(4)->stripPointerCasts());
  if (list == nullptr || !list->hasInitializer()) return 0;
  const llvm::Constant* first = list->getInitializer()->getAggregateElement(0u);
  const auto* number = llvm::dyn_cast_or_null<llvm::ConstantInt>(first);
  return number == nullptr ? 0 : number->getZExtValue();
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
  const llvm::GlobalVariable* annotations = module.getNamedGlobal("llvm.global.annotations");
  if (annotations == nullptr || !annotations->hasInitializer()) return;
  for (const llvm::Use& use : annotations->getInitializer()->operands()) {
    const auto& entry = *llvm::cast<llvm::Constant>(use.get());
    if (!IsScopeAnnotation(entry)) continue;
    auto* function = llvm::dyn_cast<llvm::Function>(entry.getOperand(0)->stripPointerCasts());
    if (function != nullptr) SetScope(*function, ScopeOf(NumberOf(entry), module.getContext()));
  }
}

}  // namespace opensupa::cc
