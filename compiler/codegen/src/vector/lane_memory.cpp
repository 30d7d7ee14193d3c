#include "vector/lane_memory.h"

#include "llvm/IR/Module.h"

namespace opensupa::cc {
namespace {

/// True for types of which memory holds a plain array.
bool IsPlainElement(llvm::Type* type, const llvm::DataLayout& layout) {
  if (type->isPointerTy() || type->isFloatTy() || type->isDoubleTy() || type->isHalfTy() ||
      type->isBFloatTy()) {
    return true;
  }
  return type->isIntegerTy() && type->getIntegerBitWidth() >= 8 &&
         type->getIntegerBitWidth() <= 64 &&
         layout.getTypeSizeInBits(type) == layout.getTypeStoreSizeInBits(type) &&
         llvm::isPowerOf2_32(type->getIntegerBitWidth());
}

}  // namespace

bool LaneMemory::IsContiguous(llvm::Value* pointer, llvm::Type* element) {
  const LaneShape shape = values_.shapes().Of(pointer);
  const llvm::DataLayout& layout = values_.builder().GetInsertBlock()->getModule()->getDataLayout();
  return shape.strided() &&
         shape.stride == static_cast<int64_t>(layout.getTypeStoreSize(element).getFixedValue());
}

template <typename Together, typename Apart>
llvm::Value* LaneMemory::ByStride(llvm::Value* holds, Together together, Apart apart) {
  if (holds == nullptr) return together();
  llvm::BasicBlock* contiguous = values_.NewBlock("contiguous");
  llvm::BasicBlock* scattered = values_.NewBlock("scattered");
  llvm::BasicBlock* after = values_.NewBlock("accessed");
  builder().CreateCondBr(holds, contiguous, scattered);
  const LaneValues::Known known = values_.Mark();
  builder().SetInsertPoint(contiguous);
  llvm::Value* first = together();
  contiguous = builder().GetInsertBlock();
  builder().CreateBr(after);
  values_.Return(known);
  builder().SetInsertPoint(scattered);
  llvm::Value* second = apart();
  scattered = builder().GetInsertBlock();
  builder().CreateBr(after);
  values_.Return(known);
  builder().SetInsertPoint(after);
  if (first->getType()->isVoidTy()) return first;
  llvm::PHINode* result = builder().CreatePHI(first->getType(), 2);
  result->addIncoming(first, contiguous);
  result->addIncoming(second, scattered);
  return result;
}

bool LaneMemory::EmitLoad(llvm::LoadInst& load, llvm::Value* mask) {
  llvm::Type* element = load.getType();
  llvm::Value* pointer = load.getPointerOperand();
  if (!load.isSimple() || !IsPlainElement(element, load.getModule()->getDataLayout())) {
    return false;
  }
  llvm::Type* wide = values_.Widen(element);
  const auto gather = [&]() -> llvm::Value* {
    return builder().CreateMaskedGather(wide, values_.Vector(pointer), load.getAlign(),
                                        values_.MaskOrAll(mask), llvm::PoisonValue::get(wide));
  };
  if (!IsContiguous(pointer, element)) {
    values_.Define(load, gather());
    return true;
  }
  const auto together = [&]() -> llvm::Value* {
    if (mask == nullptr) {
      return builder().CreateAlignedLoad(wide, values_.Scalar(pointer), load.getAlign());
    }
    return builder().CreateMaskedLoad(wide, values_.Scalar(pointer), load.getAlign(), mask,
                                      llvm::PoisonValue::get(wide));
  };
  llvm::Value* holds = values_.StrideHolds(values_.shapes().Of(pointer));
  values_.Define(load, ByStride(holds, together, gather));
  return true;
}

llvm::Value* LaneMemory::LastActive(llvm::Value* value, llvm::Value* mask) {
  if (values_.shapes().IsUniform(value)) return values_.Scalar(value);
  llvm::Value* lane = builder().getInt32(values_.lanes() - 1);
  if (mask != nullptr) {
    llvm::Value* bits = values_.Bits(mask);
    llvm::Value* zeros =
        builder().CreateBinaryIntrinsic(llvm::Intrinsic::ctlz, bits, builder().getTrue());
    lane = builder().CreateSub(lane, builder().CreateZExtOrTrunc(zeros, builder().getInt32Ty()));
  }
  return builder().CreateExtractElement(values_.Vector(value), lane);
}

bool LaneMemory::EmitStore(llvm::StoreInst& store, llvm::Value* mask) {
  llvm::Value* value = store.getValueOperand();
  llvm::Value* pointer = store.getPointerOperand();
  if (!store.isSimple() || !IsPlainElement(value->getType(), store.getModule()->getDataLayout())) {
    return false;
  }
  if (values_.shapes().IsUniform(pointer)) {
    // All lanes store to one place: the last one's value stays, as if they had come in order.
    builder().CreateAlignedStore(LastActive(value, mask), values_.Scalar(pointer),
                                 store.getAlign());
    return true;
  }
  const auto scatter = [&]() -> llvm::Value* {
    return builder().CreateMaskedScatter(values_.Vector(value), values_.Vector(pointer),
                                         store.getAlign(), values_.MaskOrAll(mask));
  };
  if (!IsContiguous(pointer, value->getType())) {
    scatter();
    return true;
  }
  const auto together = [&]() -> llvm::Value* {
    llvm::Value* wide = values_.Vector(value);
    if (mask == nullptr) {
      return builder().CreateAlignedStore(wide, values_.Scalar(pointer), store.getAlign());
    }
    return builder().CreateMaskedStore(wide, values_.Scalar(pointer), store.getAlign(), mask);
  };
  ByStride(values_.StrideHolds(values_.shapes().Of(pointer)), together, scatter);
  return true;
}

}  // namespace opensupa::cc
