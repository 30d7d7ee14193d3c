#include "warp_lockstep.h"

#include <algorithm>
#include <vector>

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kGenericAddressSpace = 0;
constexpr unsigned kSharedAddressSpace = 3;

bool HasSharedVariables(const llvm::Module& module) {
  return std::any_of(module.global_begin(), module.global_end(),
                     [](const llvm::GlobalVariable& variable) {
                       return variable.getAddressSpace() == kSharedAddressSpace;
                     });
}

/// What the kernel's caller passes lies in global memory.
bool IsKernelArgument(const llvm::Value& value) {
  const auto* argument = llvm::dyn_cast<llvm::Argument>(&value);
  return argument != nullptr && argument->getParent()->use_empty() &&
         !argument->getParent()->hasLocalLinkage();
}

/// False only if `pointer` is known to point elsewhere.
bool MayBeShared(const llvm::Value& pointer) {
  llvm::SmallVector<const llvm::Value*, 4> objects;
  llvm::getUnderlyingObjects(&pointer, objects, /*LI=*/nullptr, /*MaxLookup=*/0);
  return std::any_of(objects.begin(), objects.end(), [](const llvm::Value* object) {
    const unsigned space = object->getType()->getPointerAddressSpace();
    if (space != kGenericAddressSpace) return space == kSharedAddressSpace;
    return !llvm::isa<llvm::AllocaInst, llvm::GlobalVariable>(object) && !IsKernelArgument(*object);
  });
}

/// Where `instruction` stores if it is one of `stores`, or null.
const llvm::Value* StoredTo(const llvm::Instruction& instruction, Lockstep stores) {
  if (stores == Lockstep::kVolatile && !instruction.isVolatile()) return nullptr;
  if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    return store->isAtomic() ? nullptr : store->getPointerOperand();
  }
  const auto* fill_or_copy = llvm::dyn_cast<llvm::MemIntrinsic>(&instruction);
  return fill_or_copy == nullptr ? nullptr : fill_or_copy->getRawDest();
}

/// Lets a copy of fixed size read all before it writes, as one load and one store would.
llvm::Instruction* SplitCopy(llvm::Instruction& instruction) {
  auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(&instruction);
  if (copy == nullptr || !MayBeShared(*copy->getRawSource())) return &instruction;
  const auto* size = llvm::dyn_cast<llvm::ConstantInt>(copy->getLength());
  if (size == nullptr) return &instruction;
  llvm::Function& function = *copy->getFunction();
  llvm::IRBuilder<> entry(&*function.getEntryBlock().getFirstInsertionPt());
  llvm::AllocaInst* buffer =
      entry.CreateAlloca(llvm::ArrayType::get(entry.getInt8Ty(), size->getZExtValue()));
  const llvm::Align kBufferAlign(16);
  buffer->setAlignment(kBufferAlign);
  llvm::IRBuilder<> builder(copy);
  builder.CreateMemCpy(buffer, kBufferAlign, copy->getRawSource(), copy->getSourceAlign(),
                       copy->getLength(), copy->isVolatile());
  llvm::Instruction* store =
      builder.CreateMemCpy(copy->getRawDest(), copy->getDestAlign(), buffer, kBufferAlign,
                           copy->getLength(), copy->isVolatile());
  copy->eraseFromParent();
  return store;
}

}  // namespace

void KeepWarpsInStep(llvm::Module& module, Lockstep stores) {
  if (!HasSharedVariables(module)) return;
  std::vector<llvm::Instruction*> found;
  for (llvm::Function& function : module) {
    for (llvm::Instruction& instruction : llvm::instructions(function)) {
      const llvm::Value* target = StoredTo(instruction, stores);
      if (target != nullptr && MayBeShared(*target)) found.push_back(&instruction);
    }
  }
  // Lanes that run together meet where they ask who they are.
  llvm::FunctionCallee meet = module.getOrInsertFunction(
      "__su_active_mask",
      llvm::FunctionType::get(llvm::Type::getInt32Ty(module.getContext()), false));
  for (llvm::Instruction* instruction : found) {
    llvm::Instruction* store = SplitCopy(*instruction);
    llvm::IRBuilder<>(store).CreateCall(meet);
    llvm::IRBuilder<>(store->getNextNode()).CreateCall(meet);
  }
}

}  // namespace opensupa::cc
