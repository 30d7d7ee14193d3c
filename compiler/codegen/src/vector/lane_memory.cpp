#include "vector/lane_memory.h"

#include <set>
#include <vector>

#include "context_access.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "lower_externs.h"
#include "opensupa/binary/device_abi.h"
#include "retarget.h"
#include "vector/prefetch.h"
#include "vector/spread_load.h"

namespace opensupa::cc {
namespace {

constexpr uint64_t kLineBytes = 64;  // of a cache

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

bool LaneMemory::IsContiguous(const LaneShape& shape, const llvm::Instruction& access,
                              llvm::Type& element) {
  const llvm::DataLayout& layout = access.getModule()->getDataLayout();
  return !access.isVolatile() && !access.isAtomic() && IsPlainElement(&element, layout) &&
         shape.strided() &&
         shape.stride == static_cast<int64_t>(layout.getTypeStoreSize(&element).getFixedValue());
}

/// True for addresses that lanes compute from their indices in a way that shapes do not follow, for
/// instance with bit operations; what is loaded from memory says nothing about neighbours.
bool LaneMemory::MayTurnOutContiguous(llvm::Value* pointer) {
  if (values_.rows() > 1) return false;
  if (!values_.shapes().Of(pointer).varying()) return false;
  std::vector<llvm::Value*> work = {pointer};
  std::set<llvm::Value*> seen;
  bool computes = false;
  while (!work.empty()) {
    auto* instruction = llvm::dyn_cast<llvm::Instruction>(work.back());
    work.pop_back();
    if (instruction == nullptr || !values_.shapes().Of(instruction).varying()) continue;
    if (!seen.insert(instruction).second) continue;
    if (!llvm::isa<llvm::BinaryOperator, llvm::CastInst, llvm::GetElementPtrInst>(instruction)) {
      return false;
    }
    computes |= llvm::isa<llvm::BinaryOperator>(instruction);
    for (llvm::Value* operand : instruction->operands()) work.push_back(operand);
  }
  return computes;
}

/// The 32-bit index, computed in the block of `access`, of its pointer into an array of elements of
/// `bytes` bytes, if there is one.
LaneMemory::NarrowIndex LaneMemory::FindNarrowIndex(const llvm::Instruction& access,
                                                    llvm::Value* pointer, int64_t bytes) {
  const auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(pointer);
  if (gep == nullptr || gep->getNumIndices() != 1) return {};
  const llvm::DataLayout& layout = gep->getModule()->getDataLayout();
  auto* wide = llvm::dyn_cast<llvm::CastInst>(gep->getOperand(1));
  if (wide == nullptr || !wide->getSrcTy()->isIntegerTy(32) ||
      !wide->getDestTy()->isIntegerTy(64) ||
      !values_.shapes().IsUniform(gep->getPointerOperand()) ||
      layout.getTypeAllocSize(gep->getSourceElementType()) != static_cast<uint64_t>(bytes)) {
    return {};
  }
  const bool is_signed = wide->getOpcode() == llvm::Instruction::SExt;
  if (!is_signed && wide->getOpcode() != llvm::Instruction::ZExt) return {};
  if (gep->getParent() != access.getParent() || wide->getParent() != access.getParent()) return {};
  NarrowIndex index;
  index.base = const_cast<llvm::Value*>(gep->getPointerOperand());
  index.narrow = wide->getOperand(0);
  index.is_signed = is_signed;
  return index;
}

LaneMemory::Neighbours LaneMemory::AskByIndex(const NarrowIndex& index, llvm::Type* element,
                                              llvm::Value* mask) {
  llvm::Value* indices = values_.Vector(index.narrow);
  if (mask != nullptr) indices = builder().CreateFreeze(indices);
  llvm::Value* first = builder().CreateExtractElement(indices, uint64_t{0});
  llvm::Value* distance =
      builder().CreateSub(indices, builder().CreateVectorSplat(values_.lanes(), first));
  llvm::Value* apart =
      builder().CreateICmpNE(distance, values_.LaneNumbers(builder().getInt32Ty(), 1));
  if (mask != nullptr) apart = builder().CreateAnd(apart, mask);
  // The index must not wrap on the way to the last lane.
  const llvm::APInt most =
      index.is_signed ? llvm::APInt::getSignedMaxValue(32) : llvm::APInt::getMaxValue(32);
  llvm::Constant* limit = builder().getInt(most - (values_.lanes() - 1));
  llvm::Value* fits = index.is_signed ? builder().CreateICmpSLE(first, limit)
                                      : builder().CreateICmpULE(first, limit);
  llvm::Value* are = builder().CreateAnd(builder().CreateIsNull(values_.Bits(apart)), fits);
  llvm::Value* wide = index.is_signed ? builder().CreateSExt(first, builder().getInt64Ty())
                                      : builder().CreateZExt(first, builder().getInt64Ty());
  return {are, builder().CreateGEP(element, values_.Scalar(index.base), wide)};
}

/// Asks whether the lanes' addresses are those of neighbours.
LaneMemory::Neighbours LaneMemory::AskForNeighbours(const llvm::Instruction& access,
                                                    llvm::Value* pointer, llvm::Type* element,
                                                    llvm::Value* mask) {
  const llvm::DataLayout& layout = builder().GetInsertBlock()->getModule()->getDataLayout();
  const auto bytes = static_cast<int64_t>(layout.getTypeStoreSize(element).getFixedValue());
  if (const NarrowIndex index = FindNarrowIndex(access, pointer, bytes); index.narrow != nullptr) {
    return AskByIndex(index, element, mask);
  }
  llvm::Value* addresses = values_.Vector(pointer);
  // Lanes that do not take part may hold anything.
  if (mask != nullptr) addresses = builder().CreateFreeze(addresses);
  llvm::Value* first = builder().CreateExtractElement(addresses, uint64_t{0});
  llvm::Type* number = builder().getInt64Ty();
  llvm::Value* distance = builder().CreateSub(
      builder().CreatePtrToInt(addresses, values_.Widen(number)),
      builder().CreateVectorSplat(values_.lanes(), builder().CreatePtrToInt(first, number)));
  llvm::Value* apart = builder().CreateICmpNE(distance, values_.LaneNumbers(number, bytes));
  if (mask != nullptr) apart = builder().CreateAnd(apart, mask);
  return {builder().CreateIsNull(values_.Bits(apart)), first};
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
  if (first == nullptr || first->getType()->isVoidTy() || second->getType()->isVoidTy()) {
    return first;
  }
  llvm::PHINode* result = builder().CreatePHI(first->getType(), 2);
  result->addIncoming(first, contiguous);
  result->addIncoming(second, scattered);
  return result;
}

void LaneMemory::EmitPrefetch(llvm::IntrinsicInst& prefetch) {
  constexpr int64_t kLineBytes = 64;
  llvm::Value* pointer = prefetch.getArgOperand(0);
  const LaneShape shape = values_.shapes().Of(pointer);
  if (!shape.strided() || shape.stride <= 0 || shape.stride > kLineBytes) return;
  constexpr int64_t kMostElementBytes = 8;
  const bool may_stream = prefetch.getMetadata(kMayStreamMetadata) != nullptr;
  if (may_stream && shape.stride <= kMostElementBytes) return;
  for (unsigned row = 0; row < values_.ScalarsOf(pointer); ++row) {
    for (int64_t bytes = 0; bytes < shape.stride * values_.row_lanes(); bytes += kLineBytes) {
      llvm::Value* address = builder().CreateConstGEP1_64(
          builder().getInt8Ty(), values_.Scalar(pointer, row), static_cast<uint64_t>(bytes));
      auto* copy = llvm::cast<llvm::IntrinsicInst>(prefetch.clone());
      copy->setArgOperand(0, address);
      builder().Insert(copy);
    }
  }
}

LaneValues::Scalars LaneMemory::AddressesOfRows(llvm::Value& pointer, llvm::Value* mask) {
  LaneValues::Scalars addresses, active;
  llvm::Value* some = nullptr;
  for (unsigned row = 0; row < values_.rows(); ++row) {
    addresses.push_back(values_.Scalar(&pointer, row));
    active.push_back(values_.Any(values_.Row(mask, row)));
    some = row == 0 ? addresses[row] : builder().CreateSelect(active[row], addresses[row], some);
  }
  for (unsigned row = 0; row < values_.rows(); ++row) {
    addresses[row] = builder().CreateSelect(active[row], addresses[row], some);
  }
  return addresses;
}

/// Loads neighbours in each row; once if all rows touch the same ones.
llvm::Value* LaneMemory::LoadRows(llvm::LoadInst& load, llvm::Value* mask) {
  llvm::Value* pointer = load.getPointerOperand();
  auto* wide = llvm::FixedVectorType::get(load.getType(), values_.row_lanes());
  const auto from = [&](unsigned row, llvm::Value* lanes) -> llvm::Value* {
    llvm::Value* first = values_.Scalar(pointer, row);
    if (lanes == nullptr) return builder().CreateAlignedLoad(wide, first, load.getAlign());
    return builder().CreateMaskedLoad(wide, first, load.getAlign(), lanes,
                                      llvm::PoisonValue::get(wide));
  };
  const unsigned rows = values_.rows();
  LaneValues::Scalars loaded;
  if (values_.ScalarsOf(pointer) == 1) {
    llvm::Value* lanes = values_.Row(mask, 0);
    for (unsigned row = 1; row < rows && mask != nullptr; ++row) {
      lanes = builder().CreateOr(lanes, values_.Row(mask, row));
    }
    loaded.assign(rows, from(0, lanes));
  } else {
    for (unsigned row = 0; row < rows; ++row) loaded.push_back(from(row, values_.Row(mask, row)));
  }
  return values_.JoinRows(loaded);
}

/// Stores neighbours in each row, in the order of the rows.
void LaneMemory::StoreRows(llvm::StoreInst& store, llvm::Value* mask) {
  llvm::Value* value = values_.Vector(store.getValueOperand());
  for (unsigned row = 0; row < values_.rows(); ++row) {
    llvm::Value* first = values_.Scalar(store.getPointerOperand(), row);
    StoreTogether(store, values_.Row(value, row), first, values_.Row(mask, row));
  }
}

/// False if other blocks may reach the shared memory of the block: those of its cluster, which map
/// it by a call.
bool LaneMemory::OwnsSharedMemory(const llvm::Function& function) {
  if (!owns_shared_.has_value()) {
    const auto all = llvm::instructions(function);
    owns_shared_ = std::none_of(all.begin(), all.end(), [](const llvm::Instruction& one) {
      const auto* call = llvm::dyn_cast<llvm::CallInst>(&one);
      return call != nullptr && call->getMetadata(kHookMetadata) != nullptr;
    });
  }
  return *owns_shared_;
}

/// Asks whether all windows from `base` on are in the block's shared memory, or just before it.
llvm::Value* LaneMemory::IsWithinShared(const LaneWindows& windows, llvm::Value* base) {
  using binary::abi::BlockContext;
  llvm::Type* number = builder().getInt64Ty();
  llvm::Value* block = LoadBlock(builder(), context_);
  llvm::Value* shared =
      LoadField(builder(), builder().getPtrTy(), block, offsetof(BlockContext, shared_base),
                /*invariant=*/true, "shared_base");
  llvm::Value* size =
      LoadField(builder(), builder().getInt32Ty(), block, offsetof(BlockContext, shared_bytes),
                /*invariant=*/true, "shared_bytes");
  llvm::Value* offset = builder().CreateSub(builder().CreatePtrToInt(base, number),
                                            builder().CreatePtrToInt(shared, number));
  const auto after = [&](int64_t bytes) {
    return builder().CreateAdd(offset, builder().getInt64(static_cast<uint64_t>(bytes)));
  };
  llvm::Value* begins = builder().CreateICmpSGE(
      after(windows.begin_bytes() + int64_t{binary::abi::kSharedMarginBytes}),
      builder().getInt64(0));
  llvm::Value* ends =
      builder().CreateICmpSLE(after(windows.end_bytes()), builder().CreateZExt(size, number));
  return builder().CreateAnd(begins, ends);
}

/// Finds whether the lanes of an access are at constant distances from each other, so close that a
/// gather or scatter is not needed.
std::optional<LaneMemory::Near> LaneMemory::FindNear(const llvm::Instruction& access,
                                                     llvm::Value* pointer, llvm::Type* element,
                                                     llvm::Align align, llvm::Value* mask) {
  if (values_.rows() > 1) return std::nullopt;
  const bool is_contiguous = IsContiguous(values_.shapes().Of(pointer), access, *element);
  if (is_contiguous && mask == nullptr && !LeadsToShared(pointer)) return std::nullopt;
  const llvm::DataLayout& layout = access.getModule()->getDataLayout();
  const uint64_t bytes = layout.getTypeStoreSize(element).getFixedValue();
  const auto split = splitter_.Split(pointer, *access.getParent(), mask);
  if (!split.has_value()) return std::nullopt;
  LaneWindows::Place place = {split->base, {}, element, align, false};
  bool is_run = true;
  for (const int64_t offset : split->offsets_bytes) {
    if (offset % static_cast<int64_t>(bytes) != 0) return std::nullopt;
    const int64_t index = offset / static_cast<int64_t>(bytes);
    is_run &= place.elements.empty() || index == place.elements.back() + 1;
    place.elements.push_back(index);
  }
  const uint64_t window_bytes = LaneWindows::WindowBytes(values_.lanes(), bytes);
  place.is_own = split->is_shared && split->align_bytes % window_bytes == 0 &&
                 OwnsSharedMemory(*access.getFunction());
  const bool is_own = place.is_own;
  Near near = {LaneWindows(values_, std::move(place)), nullptr, split->holds};
  const bool pays = near.windows.IsNear();
  if (is_own && pays) {
    if (mask == nullptr) return near;
    if (!llvm::isa<llvm::LoadInst>(access) && !near.windows.AreDistinct()) return std::nullopt;
    llvm::Value* within = IsWithinShared(near.windows, split->base);
    near.holds = near.holds == nullptr ? within : builder().CreateAnd(near.holds, within);
    return near;
  }
  if (is_run && (mask != nullptr || !is_contiguous)) {
    near.first = builder().CreateConstGEP1_64(builder().getInt8Ty(), split->base,
                                              static_cast<uint64_t>(split->offsets_bytes.front()));
    return near;
  }
  if (!is_run && mask == nullptr && pays) return near;
  return std::nullopt;
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
  const LaneShape shape = values_.shapes().Of(pointer);
  const auto from = [&](llvm::Value* first) -> llvm::Value* {
    if (mask == nullptr) return builder().CreateAlignedLoad(wide, first, load.getAlign());
    return builder().CreateMaskedLoad(wide, first, load.getAlign(), mask,
                                      llvm::PoisonValue::get(wide));
  };
  if (auto near = FindNear(load, pointer, element, load.getAlign(), mask)) {
    const auto together = [&] {
      return near->first == nullptr ? near->windows.Load() : from(near->first);
    };
    values_.Define(load, ByStride(near->holds, together, gather));
    return true;
  }
  if (!IsContiguous(shape, load, *element) && shape.strided() && mask == nullptr) {
    const auto spread = [&] { return EmitSpreadLoad(values_, load); };
    values_.Define(load, ByStride(values_.StrideHolds(shape), spread, gather));
    return true;
  }
  if (!IsContiguous(shape, load, *element)) {
    if (!MayTurnOutContiguous(pointer)) {
      values_.Define(load, gather());
      return true;
    }
    const Neighbours found = AskForNeighbours(load, pointer, element, mask);
    values_.Define(load, ByStride(found.are, [&] { return from(found.first); }, gather));
    return true;
  }
  const auto together = [&]() -> llvm::Value* {
    return values_.rows() > 1 ? LoadRows(load, mask) : from(values_.Scalar(pointer));
  };
  values_.Define(load, ByStride(values_.StrideHolds(shape), together, gather));
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

void LaneMemory::SetStreaming(const StreamingStores& streaming) {
  using binary::abi::BlockContext;
  streaming_ = &streaming;
  if (streaming.empty()) return;
  llvm::Value* context = builder().GetInsertBlock()->getParent()->getArg(kContextParameter);
  llvm::Value* stream =
      LoadField(builder(), builder().getInt32Ty(), LoadBlock(builder(), context),
                offsetof(BlockContext, stream_stores), /*invariant=*/true, "stream");
  keep_ = builder().CreateZExt(builder().CreateIsNull(stream), builder().getInt64Ty());
}

/// True for stores of which each row of a vector is a number of whole cache lines.
bool LaneMemory::MayStream(const llvm::StoreInst& store) {
  if (keep_ == nullptr || !streaming_->Contains(store)) return false;
  const llvm::DataLayout& layout = store.getModule()->getDataLayout();
  const uint64_t bytes = layout.getTypeStoreSize(store.getValueOperand()->getType());
  return bytes * values_.row_lanes() % kLineBytes == 0;
}

/// Stores the lanes of `mask` of `wide`, a vector or one of its rows, as neighbours from `first`
/// on.
llvm::Value* LaneMemory::StoreTogether(const llvm::StoreInst& store, llvm::Value* wide,
                                       llvm::Value* first, llvm::Value* mask) {
  if (mask != nullptr) return builder().CreateMaskedStore(wide, first, store.getAlign(), mask);
  if (!MayStream(store)) return builder().CreateAlignedStore(wide, first, store.getAlign());
  llvm::Value* address = builder().CreatePtrToInt(first, builder().getInt64Ty());
  llvm::Value* rest =
      builder().CreateAnd(builder().CreateOr(address, keep_), builder().getInt64(kLineBytes - 1));
  const auto stream = [&]() -> llvm::Value* {
    llvm::StoreInst* made = builder().CreateAlignedStore(wide, first, llvm::Align(kLineBytes));
    llvm::Metadata* one = llvm::ConstantAsMetadata::get(builder().getInt32(1));
    made->setMetadata(llvm::LLVMContext::MD_nontemporal,
                      llvm::MDNode::get(builder().getContext(), {one}));
    return made;
  };
  const auto keep = [&]() -> llvm::Value* {
    return builder().CreateAlignedStore(wide, first, store.getAlign());
  };
  return ByStride(builder().CreateIsNull(rest), stream, keep);
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
  const auto to = [&](llvm::Value* first) -> llvm::Value* {
    return StoreTogether(store, values_.Vector(value), first, mask);
  };
  if (auto near = FindNear(store, pointer, value->getType(), store.getAlign(), mask)) {
    const auto together = [&]() -> llvm::Value* {
      if (near->first != nullptr) return to(near->first);
      llvm::Value* wide = values_.Vector(value);
      if (mask != nullptr) wide = builder().CreateSelect(mask, wide, near->windows.Load());
      near->windows.Store(wide);
      return wide;
    };
    const auto apart = [&]() -> llvm::Value* { return scatter(); };
    ByStride(near->holds, together, apart);
    return true;
  }
  if (!IsContiguous(values_.shapes().Of(pointer), store, *value->getType())) {
    if (!MayTurnOutContiguous(pointer)) {
      scatter();
      return true;
    }
    const Neighbours found = AskForNeighbours(store, pointer, value->getType(), mask);
    ByStride(found.are, [&] { return to(found.first); }, scatter);
    return true;
  }
  const auto together = [&]() -> llvm::Value* {
    if (values_.rows() == 1) return to(values_.Scalar(pointer));
    StoreRows(store, mask);
    return nullptr;
  };
  ByStride(values_.StrideHolds(values_.shapes().Of(pointer)), together, scatter);
  return true;
}

}  // namespace opensupa::cc
