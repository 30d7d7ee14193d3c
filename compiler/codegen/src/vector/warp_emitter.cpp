#include "vector/warp_emitter.h"

#include <optional>

namespace opensupa::cc {
namespace {

using binary::abi::kWarpSize;
using binary::abi::WarpOp;
using llvm::Value;

bool IsShuffle(WarpOp op) { return op >= WarpOp::kShflIdx && op <= WarpOp::kShflXor; }

/// The lane that `lane` reads, itself if there is none.
unsigned SourceLane(WarpOp op, unsigned lane, uint32_t parameter) {
  unsigned width = parameter >> 8;
  if (width == 0 || width > kWarpSize || !llvm::isPowerOf2_32(width)) width = kWarpSize;
  const unsigned operand = parameter & (kWarpSize - 1);
  const unsigned first = lane & ~(width - 1);
  const unsigned last = first + width - 1;
  switch (op) {
    case WarpOp::kShflIdx:
      return first + (operand & (width - 1));
    case WarpOp::kShflUp:
      return lane >= first + operand ? lane - operand : lane;
    case WarpOp::kShflDown:
      return lane + operand <= last ? lane + operand : lane;
    default:
      return (lane ^ operand) <= last ? lane ^ operand : lane;
  }
}

bool IsAllOnes(const Value* bits) {
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(bits);
  return constant != nullptr && constant->isMinusOne();
}

}  // namespace

const char* WarpEmitter::WhyNot(const llvm::CallInst& call, const LaneShapes& shapes,
                                unsigned lanes) {
  if (lanes != kWarpSize) return "an exchange in a warp";
  const WarpOperation operation(call);
  if (operation.is_active_mask()) return nullptr;
  WarpOp op;
  if (!operation.GetOp(op)) return "an exchange in a warp that is not known here";
  if (!shapes.Of(operation.mask()).uniform() && !IsShuffle(op) && op != WarpOp::kSync) {
    return "an exchange among lanes that name different groups";
  }
  return nullptr;
}

Value* WarpEmitter::Lanes(Value* bits) {
  return builder().CreateBitCast(bits, llvm::FixedVectorType::get(builder().getInt1Ty(), kWarpSize),
                                 "group");
}

void WarpEmitter::Emit(llvm::CallInst& call, Value* mask) {
  const WarpOperation operation(call);
  llvm::Constant* everybody = builder().getInt32(~0u);
  Value* active = mask == nullptr ? everybody : values_.Bits(mask);
  if (operation.is_active_mask()) {
    values_.Define(call, active);
    return;
  }
  WarpOp op = WarpOp::kSync;
  operation.GetOp(op);
  if (op == WarpOp::kSync) {
    llvm::Value* zero = builder().getInt64(0);
    if (values_.shapes().Of(&call).varying()) zero = builder().CreateVectorSplat(kWarpSize, zero);
    values_.Define(call, zero);
    return;
  }
  if (IsShuffle(op)) {
    values_.Define(call, Shuffle(call, op, mask));
    return;
  }
  Value* group = builder().CreateAnd(active, values_.Scalar(operation.mask()), "group");
  Value* value = values_.Vector(operation.value());
  Value* result = nullptr;
  if (op == WarpOp::kBallot) {
    Value* votes = builder().CreateIsNotNull(value);
    result = builder().CreateAnd(values_.Bits(votes), group, "ballot");
  } else if (op == WarpOp::kMatchAny) {
    result = MatchAny(value, group);
  } else if (op == WarpOp::kMatchAll) {
    result = MatchAll(value, group);
  } else {
    result = Reduce(op, builder().CreateTrunc(value, values_.Widen(builder().getInt32Ty())), group);
  }
  llvm::Type* type = call.getType();
  if (result->getType()->isVectorTy()) type = values_.Widen(type);
  values_.Define(call, builder().CreateZExt(result, type));
}

Value* WarpEmitter::Shuffle(const llvm::CallInst& call, WarpOp op, Value* mask) {
  const WarpOperation operation(call);
  Value* container = operation.value();
  // Narrow values travel narrow.
  auto* widened = llvm::dyn_cast<llvm::ZExtInst>(container);
  if (widened != nullptr && widened->getParent() != call.getParent()) widened = nullptr;
  Value* value = values_.Vector(widened == nullptr ? container : widened->getOperand(0));
  const bool uniform_mask = values_.shapes().IsUniform(operation.mask());
  Value* requested = uniform_mask ? values_.Scalar(operation.mask()) : nullptr;
  Value* active = mask == nullptr ? builder().getInt32(~0u) : values_.Bits(mask);
  // Lanes that name different groups read within them, since each group names only itself.
  Value* group = requested == nullptr ? active : builder().CreateAnd(active, requested);
  Value* shuffled = nullptr;
  Value* readable = nullptr;
  if (auto* parameter = llvm::dyn_cast<llvm::ConstantInt>(operation.parameter())) {
    llvm::SmallVector<int, 32> sources;
    for (unsigned lane = 0; lane < kWarpSize; ++lane) {
      sources.push_back(
          static_cast<int>(SourceLane(op, lane, static_cast<uint32_t>(parameter->getZExtValue()))));
    }
    shuffled = builder().CreateShuffleVector(value, sources);
    if (!IsAllOnes(group)) readable = builder().CreateShuffleVector(Lanes(group), sources);
  } else {
    Value* source = SourceLanes(op, values_.Vector(operation.parameter()));
    shuffled = Permute(value, source);
    if (!IsAllOnes(group)) {
      Value* bits = builder().CreateLShr(builder().CreateVectorSplat(kWarpSize, group), source);
      readable = builder().CreateTrunc(bits, Lanes(group)->getType());
    }
  }
  if (readable != nullptr) shuffled = builder().CreateSelect(readable, shuffled, value);
  if (widened == nullptr) return shuffled;
  return builder().CreateZExt(shuffled, values_.Widen(container->getType()));
}

/// Of each lane the lane that it reads, as SourceLane says.
Value* WarpEmitter::SourceLanes(WarpOp op, Value* parameter) {
  llvm::Type* type = parameter->getType();
  const auto number = [&](uint64_t value) { return llvm::ConstantInt::get(type, value); };
  llvm::Constant* lane = values_.LaneNumbers(builder().getInt32Ty(), 1);
  Value* width = builder().CreateLShr(parameter, number(8));
  Value* is_power = builder().CreateICmpEQ(
      builder().CreateAnd(width, builder().CreateSub(width, number(1))), number(0));
  Value* in_range =
      builder().CreateICmpULT(builder().CreateSub(width, number(1)), number(kWarpSize));
  width = builder().CreateSelect(builder().CreateAnd(is_power, in_range), width, number(kWarpSize));
  Value* operand = builder().CreateAnd(parameter, number(kWarpSize - 1));
  Value* last_offset = builder().CreateSub(width, number(1));
  Value* first = builder().CreateAnd(lane, builder().CreateNot(last_offset));
  Value* last = builder().CreateAdd(first, last_offset);
  if (op == WarpOp::kShflIdx) {
    return builder().CreateAdd(first, builder().CreateAnd(operand, last_offset));
  }
  if (op == WarpOp::kShflUp) {
    Value* exists = builder().CreateICmpUGE(lane, builder().CreateAdd(first, operand));
    return builder().CreateSelect(exists, builder().CreateSub(lane, operand), lane);
  }
  Value* source = op == WarpOp::kShflDown ? builder().CreateAdd(lane, operand)
                                          : builder().CreateXor(lane, operand);
  return builder().CreateSelect(builder().CreateICmpULE(source, last), source, lane);
}

Value* WarpEmitter::Permute(Value* value, Value* source) {
  auto* type = llvm::cast<llvm::FixedVectorType>(value->getType());
  llvm::AllocaInst* memory = values_.NewMemory(type, "permuted");
  const llvm::Align align(64);
  builder().CreateAlignedStore(value, memory, align);
  Value* addresses = builder().CreateGEP(type->getElementType(), memory, source);
  Value* all =
      llvm::Constant::getAllOnesValue(llvm::FixedVectorType::get(builder().getInt1Ty(), kWarpSize));
  return builder().CreateMaskedGather(type, addresses, llvm::Align(type->getScalarSizeInBits() / 8),
                                      all);
}

Value* WarpEmitter::First(Value* value, Value* group) {
  Value* lane = builder().CreateBinaryIntrinsic(llvm::Intrinsic::cttz, group, builder().getTrue());
  return builder().CreateExtractElement(value, lane);
}

Value* WarpEmitter::MatchAll(Value* value, Value* group) {
  Value* same =
      builder().CreateICmpEQ(value, builder().CreateVectorSplat(kWarpSize, First(value, group)));
  Value* differ = builder().CreateAnd(builder().CreateNot(values_.Bits(same)), group);
  return builder().CreateSelect(builder().CreateIsNull(differ), group, builder().getInt32(0));
}

Value* WarpEmitter::MatchAny(Value* value, Value* group) {
  // Once for each value that there is.
  llvm::Type* type = values_.Widen(builder().getInt32Ty());
  llvm::BasicBlock* before = builder().GetInsertBlock();
  llvm::BasicBlock* loop = values_.NewBlock("match");
  llvm::BasicBlock* after = values_.NewBlock("matched");
  builder().CreateCondBr(builder().CreateIsNotNull(group), loop, after);
  builder().SetInsertPoint(loop);
  llvm::PHINode* left = builder().CreatePHI(group->getType(), 2);
  llvm::PHINode* found = builder().CreatePHI(type, 2);
  Value* same =
      builder().CreateICmpEQ(value, builder().CreateVectorSplat(kWarpSize, First(value, left)));
  Value* bits = builder().CreateAnd(values_.Bits(same), group);
  Value* next_found =
      builder().CreateSelect(same, builder().CreateVectorSplat(kWarpSize, bits), found);
  Value* next_left = builder().CreateAnd(left, builder().CreateNot(bits));
  left->addIncoming(group, before);
  left->addIncoming(next_left, loop);
  found->addIncoming(llvm::Constant::getNullValue(type), before);
  found->addIncoming(next_found, loop);
  builder().CreateCondBr(builder().CreateIsNotNull(next_left), loop, after);
  builder().SetInsertPoint(after);
  llvm::PHINode* result = builder().CreatePHI(type, 2);
  result->addIncoming(llvm::Constant::getNullValue(type), before);
  result->addIncoming(next_found, loop);
  return result;
}

Value* WarpEmitter::Reduce(WarpOp op, Value* value, Value* group) {
  const auto of_group = [&](uint32_t neutral) {
    if (IsAllOnes(group)) return value;
    return builder().CreateSelect(Lanes(group), value,
                                  llvm::ConstantInt::get(value->getType(), neutral));
  };
  switch (op) {
    case WarpOp::kReduceAddU32:
      return builder().CreateAddReduce(of_group(0));
    case WarpOp::kReduceMinU32:
      return builder().CreateIntMinReduce(of_group(~0u), /*IsSigned=*/false);
    case WarpOp::kReduceMaxU32:
      return builder().CreateIntMaxReduce(of_group(0), /*IsSigned=*/false);
    case WarpOp::kReduceMinS32:
      return builder().CreateIntMinReduce(of_group(0x7fffffffu), /*IsSigned=*/true);
    case WarpOp::kReduceMaxS32:
      return builder().CreateIntMaxReduce(of_group(0x80000000u), /*IsSigned=*/true);
    case WarpOp::kReduceAnd:
      return builder().CreateAndReduce(of_group(~0u));
    case WarpOp::kReduceOr:
      return builder().CreateOrReduce(of_group(0));
    default:
      return builder().CreateXorReduce(of_group(0));
  }
}

}  // namespace opensupa::cc
