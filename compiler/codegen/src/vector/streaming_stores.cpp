#include "vector/streaming_stores.h"

#include <algorithm>
#include <vector>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "lower_externs.h"

namespace opensupa::cc {
namespace {

// How often the body of a loop is thought to run.
constexpr uint64_t kIterations = 16;
constexpr uint64_t kMostBytesPerThread = uint64_t{1} << 20;

/// True for what promises others an order of memory, or may do so in a function called.
bool MayOrderMemory(const llvm::Instruction& instruction) {
  if (const auto* fence = llvm::dyn_cast<llvm::FenceInst>(&instruction)) {
    return fence->getSyncScopeID() != llvm::SyncScope::SingleThread;
  }
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) return load->isAtomic();
  if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) return !store->isSimple();
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
    if (call->isInlineAsm()) return true;
    const llvm::Function* callee = call->getCalledFunction();
    if (callee != nullptr && callee->isDeclaration()) return false;  // of the device or LLVM's
    return call->getMetadata(kHookMetadata) == nullptr;
  }
  // Read-modify-write operations are full fences on hosts that let streaming stores pass others.
  return llvm::isa<llvm::InvokeInst>(instruction);
}

/// The parameter that `pointer` comes from, or null if that is not known.
const llvm::Argument* ParameterOf(const llvm::Value* pointer) {
  return llvm::dyn_cast<llvm::Argument>(llvm::getUnderlyingObject(pointer, /*MaxLookup=*/0));
}

}  // namespace

StreamingStores::StreamingStores(llvm::Function& kernel) {
  std::set<const llvm::Argument*> read;
  std::vector<const llvm::StoreInst*> found;
  for (const llvm::Instruction& instruction : llvm::instructions(kernel)) {
    if (MayOrderMemory(instruction)) return;
    // Prefetches, of what is stored, too, read nothing.
    const auto* intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
    if (intrinsic != nullptr && intrinsic->getIntrinsicID() == llvm::Intrinsic::prefetch) continue;
    if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
      if (ParameterOf(store->getPointerOperand()) != nullptr) found.push_back(store);
    } else if (instruction.mayReadFromMemory()) {
      // Atomic updates and copies, too.
      for (const llvm::Value* operand : instruction.operands()) {
        if (operand->getType()->isPointerTy()) read.insert(ParameterOf(operand));
      }
    }
  }
  if (found.empty()) return;
  const llvm::DominatorTree dominators(kernel);
  const llvm::LoopInfo loops(dominators);
  const llvm::DataLayout& layout = kernel.getParent()->getDataLayout();
  uint64_t bytes = 0;
  for (const llvm::StoreInst* store : found) {
    if (read.contains(ParameterOf(store->getPointerOperand()))) continue;
    stores_.insert(store);
    uint64_t each = layout.getTypeStoreSize(store->getValueOperand()->getType()).getFixedValue();
    for (unsigned depth = loops.getLoopDepth(store->getParent()); depth > 0; --depth) {
      each = std::min(each * kIterations, kMostBytesPerThread);
    }
    bytes += each;
  }
  bytes_per_thread_ = static_cast<uint32_t>(std::min(bytes, kMostBytesPerThread));
}

}  // namespace opensupa::cc
