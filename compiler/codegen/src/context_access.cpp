#include "context_access.h"

#include "llvm/IR/MDBuilder.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::cc {

llvm::LoadInst* LoadField(llvm::IRBuilder<>& builder, llvm::Type* type, llvm::Value* base,
                          size_t offset_bytes, bool invariant, const char* name) {
  llvm::Value* address =
      builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset_bytes);
  // Fields are naturally aligned in both structures.
  const llvm::Align align(type->isPointerTy() ? alignof(void*) : alignof(uint32_t));
  llvm::LoadInst* load = builder.CreateAlignedLoad(type, address, align, name);
  if (invariant) {
    load->setMetadata(llvm::LLVMContext::MD_invariant_load,
                      llvm::MDNode::get(builder.getContext(), {}));
  }
  return load;
}

llvm::Value* LoadBlock(llvm::IRBuilder<>& builder, llvm::Value* thread_context) {
  llvm::LoadInst* block =
      LoadField(builder, builder.getPtrTy(), thread_context,
                offsetof(binary::abi::ThreadContext, block), /*invariant=*/true, "block");
  llvm::MDBuilder metadata(builder.getContext());
  block->setMetadata(
      llvm::LLVMContext::MD_dereferenceable,
      llvm::MDNode::get(builder.getContext(), metadata.createConstant(builder.getInt64(
                                                  sizeof(binary::abi::BlockContext)))));
  block->setMetadata(llvm::LLVMContext::MD_nonnull, llvm::MDNode::get(builder.getContext(), {}));
  return block;
}

}  // namespace opensupa::cc
