#include "vector/lane_split.h"

#include <algorithm>

#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "lower_externs.h"

namespace opensupa::cc {

using llvm::Value;

namespace {

constexpr unsigned kMostSteps = 10;
// Offsets of lanes are smaller than this.
constexpr int64_t kMostOffset = 1 << 16;
// Constants up to this one become part of the offsets of lanes.
constexpr int64_t kMostConstantOffset = 1 << 12;
// What engines give the base of a block's shared memory.
constexpr uint64_t kSharedBaseAlignBytes = 128;
constexpr uint64_t kMostAlignBytes = 4096;

bool AreSmall(llvm::ArrayRef<int64_t> offsets) {
  return std::all_of(offsets.begin(), offsets.end(),
                     [](int64_t offset) { return offset > -kMostOffset && offset < kMostOffset; });
}

}  // namespace

bool LeadsToShared(const Value* pointer) {
  const auto* load =
      llvm::dyn_cast<llvm::LoadInst>(llvm::getUnderlyingObject(pointer, /*MaxLookup=*/0));
  return load != nullptr && load->getMetadata(kSharedBaseMetadata) != nullptr;
}

const llvm::ConstantInt* PartFacts::ConstantOf(const Value* value, const llvm::BasicBlock& block,
                                               unsigned depth) const {
  if (const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(value)) return constant;
  for (const Known& one : known) {
    if (one.value == value && one.blocks.contains(&block)) return one.constant;
  }
  const auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (known.empty() || depth == kMostSteps || instruction == nullptr ||
      !llvm::isa<llvm::BinaryOperator, llvm::CastInst>(instruction) ||
      !instruction->getType()->isIntegerTy()) {
    return nullptr;
  }
  llvm::SmallVector<llvm::Constant*, 2> operands;
  for (const Value* operand : instruction->operands()) {
    const llvm::ConstantInt* constant = ConstantOf(operand, block, depth + 1);
    if (constant == nullptr) return nullptr;
    operands.push_back(const_cast<llvm::ConstantInt*>(constant));
  }
  return llvm::dyn_cast_or_null<llvm::ConstantInt>(
      llvm::ConstantFoldInstOperands(const_cast<llvm::Instruction*>(instruction), operands,
                                     instruction->getModule()->getDataLayout()));
}

/// True if what `value` is made of is at hand too.
bool LaneSplitter::IsComputedHere(const Value* value) const {
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  return instruction != nullptr &&
         (facts_.live == nullptr ||
          !facts_.live->contains(const_cast<llvm::Instruction*>(instruction)));
}

void LaneSplitter::Require(Value* condition) {
  holds_ = holds_ == nullptr ? condition : builder().CreateAnd(holds_, condition);
}

/// A value that is the same in all lanes or strided, as it is.
std::optional<LaneSplitter::Number> LaneSplitter::Leaf(Value* value) {
  const LaneShape shape = values_.shapes().Of(value);
  if (!shape.uniform() && !(shape.strided() && shape.casts.empty())) return std::nullopt;
  Number number = {values_.Scalar(value), {}, values_.shapes().ZeroBits(value)};
  for (unsigned lane = 0; lane < values_.lanes(); ++lane) {
    number.offsets.push_back(shape.stride * static_cast<int64_t>(lane));
  }
  if (!AreSmall(number.offsets)) return std::nullopt;
  return number;
}

std::optional<LaneSplitter::Number> LaneSplitter::SplitNumber(Value* value, unsigned depth) {
  if (const llvm::ConstantInt* constant = facts_.ConstantOf(value, *block_)) {
    const int64_t number = constant->getBitWidth() <= 64 ? constant->getSExtValue() : INT64_MAX;
    if (number > -kMostConstantOffset && number < kMostConstantOffset) {
      return Number{llvm::ConstantInt::get(value->getType(), 0), Offsets(values_.lanes(), number),
                    64};
    }
    return Number{const_cast<llvm::ConstantInt*>(constant), Offsets(values_.lanes(), 0),
                  constant->getValue().countr_zero()};
  }
  if (depth < kMostSteps && IsComputedHere(value)) {
    std::optional<Number> number;
    if (auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(value)) {
      number = SplitBinary(*binary, depth + 1);
    } else if (llvm::isa<llvm::ZExtInst, llvm::SExtInst>(value)) {
      number = SplitExtension(*llvm::cast<llvm::CastInst>(value), depth + 1);
    }
    if (number.has_value() && AreSmall(number->offsets)) return number;
  }
  return Leaf(value);
}

std::optional<LaneSplitter::Number> LaneSplitter::SplitBinary(llvm::BinaryOperator& binary,
                                                              unsigned depth) {
  using llvm::Instruction;
  const llvm::ConstantInt* constant = facts_.ConstantOf(binary.getOperand(1), *block_);
  Value* other = binary.getOperand(0);
  if (constant == nullptr && binary.isCommutative()) {
    constant = facts_.ConstantOf(other, *block_);
    other = binary.getOperand(1);
  }
  const auto opcode = binary.getOpcode();
  const bool is_sum =
      opcode == Instruction::Add || opcode == Instruction::Sub ||
      (opcode == Instruction::Or && llvm::cast<llvm::PossiblyDisjointInst>(binary).isDisjoint());
  if (is_sum) {
    auto a = SplitNumber(binary.getOperand(0), depth);
    const auto b = a.has_value() ? SplitNumber(binary.getOperand(1), depth) : std::nullopt;
    if (!b.has_value()) return std::nullopt;
    const bool minus = opcode == Instruction::Sub;
    a->base = minus ? builder().CreateSub(a->base, b->base) : builder().CreateAdd(a->base, b->base);
    for (unsigned lane = 0; lane < values_.lanes(); ++lane) {
      a->offsets[lane] += minus ? -b->offsets[lane] : b->offsets[lane];
    }
    a->zero_bits = std::min(a->zero_bits, b->zero_bits);
    return a;
  }
  if (constant == nullptr || constant->getBitWidth() > 64) return std::nullopt;
  if (opcode == Instruction::Mul || opcode == Instruction::Shl) {
    int64_t factor = constant->getSExtValue();
    if (opcode == Instruction::Shl) {
      if (constant->uge(16)) return std::nullopt;
      factor = int64_t{1} << constant->getZExtValue();
    }
    if (factor <= 0 || factor >= kMostOffset) return std::nullopt;
    auto number = SplitNumber(other, depth);
    if (!number.has_value()) return std::nullopt;
    number->base = builder().CreateMul(
        number->base, llvm::ConstantInt::get(binary.getType(), static_cast<uint64_t>(factor)));
    for (int64_t& offset : number->offsets) offset *= factor;
    number->zero_bits += static_cast<unsigned>(llvm::countr_zero(static_cast<uint64_t>(factor)));
    return number;
  }
  return SplitBits(binary.getOpcode(), *other, *constant, depth);
}

/// Bit operations with a constant do not carry between the bits of the base and those of offsets
/// that only have bits which are zero in the base.
std::optional<LaneSplitter::Number> LaneSplitter::SplitBits(llvm::Instruction::BinaryOps opcode,
                                                            Value& value,
                                                            const llvm::ConstantInt& constant,
                                                            unsigned depth) {
  using llvm::Instruction;
  if (opcode != Instruction::And && opcode != Instruction::Or && opcode != Instruction::Xor &&
      opcode != Instruction::LShr) {
    return std::nullopt;
  }
  auto number = SplitNumber(&value, depth);
  if (!number.has_value()) return std::nullopt;
  const unsigned low_bits = std::min(number->zero_bits, 16u);
  const int64_t end = int64_t{1} << low_bits;
  const bool apart = std::all_of(number->offsets.begin(), number->offsets.end(),
                                 [&](int64_t offset) { return offset >= 0 && offset < end; });
  if (!apart) return std::nullopt;
  const uint64_t bits = constant.getZExtValue();
  if (opcode == Instruction::LShr) {
    if (bits > low_bits) return std::nullopt;
    number->base = builder().CreateLShr(number->base, bits);
    for (int64_t& offset : number->offsets) offset >>= bits;
    number->zero_bits -= static_cast<unsigned>(bits);
    return number;
  }
  const auto low = static_cast<int64_t>(bits & static_cast<uint64_t>(end - 1));
  auto* high = llvm::ConstantInt::get(value.getType(), bits & ~static_cast<uint64_t>(end - 1));
  for (int64_t& offset : number->offsets) {
    offset = opcode == Instruction::And  ? offset & low
             : opcode == Instruction::Or ? offset | low
                                         : offset ^ low;
  }
  number->base = opcode == Instruction::And  ? builder().CreateAnd(number->base, high)
                 : opcode == Instruction::Or ? builder().CreateOr(number->base, high)
                                             : builder().CreateXor(number->base, high);
  number->zero_bits = low_bits;
  return number;
}

/// A widened number is the widened base plus the offsets unless a lane wraps, which the code asks.
std::optional<LaneSplitter::Number> LaneSplitter::SplitExtension(llvm::CastInst& cast,
                                                                 unsigned depth) {
  if (!cast.getSrcTy()->isIntegerTy(32)) return std::nullopt;
  auto number = SplitNumber(cast.getOperand(0), depth);
  if (!number.has_value() || !AreSmall(number->offsets)) return std::nullopt;
  const auto [least, most] = std::minmax_element(number->offsets.begin(), number->offsets.end());
  Value* narrow = number->base;
  llvm::Type* wide_type = cast.getDestTy();
  const auto constant = [&](int64_t value) { return builder().getInt32(value); };
  if (cast.getOpcode() == llvm::Instruction::SExt) {
    const int64_t low = INT32_MIN - std::min<int64_t>(*least, 0);
    const int64_t high = INT32_MAX - std::max<int64_t>(*most, 0);
    if (high < INT32_MAX) Require(builder().CreateICmpSLE(narrow, constant(high)));
    if (low > INT32_MIN) Require(builder().CreateICmpSGE(narrow, constant(low)));
    number->base = builder().CreateSExt(narrow, wide_type);
    return number;
  }
  if (mask_ == nullptr) {
    if (*most > 0) Require(builder().CreateICmpULE(narrow, constant(UINT32_MAX - *most)));
    if (*least < 0) Require(builder().CreateICmpUGE(narrow, constant(-*least)));
    number->base = builder().CreateZExt(narrow, wide_type);
    return number;
  }
  // The first lanes may have wrapped, as those of i - 1 do where i is 0, if they are not active.
  Value* wrapped = builder().CreateICmpUGT(narrow, constant(UINT32_MAX - kMostOffset));
  Value* base = builder().CreateSelect(wrapped, builder().CreateSExt(narrow, wide_type),
                                       builder().CreateZExt(narrow, wide_type));
  Value* near = builder().CreateBinaryIntrinsic(llvm::Intrinsic::umin,
                                                builder().CreateAdd(narrow, constant(kMostOffset)),
                                                constant(4 * kMostOffset));
  llvm::SmallVector<llvm::Constant*, 64> limits;
  for (const int64_t offset : number->offsets) limits.push_back(constant(kMostOffset - offset));
  Value* below = builder().CreateICmpULT(builder().CreateVectorSplat(values_.lanes(), near),
                                         llvm::ConstantVector::get(limits));
  Value* bad = builder().CreateAnd(below, mask_);
  Require(builder().CreateIsNull(values_.Bits(bad)));
  number->base = base;
  return number;
}

/// Adds what `gep` adds to its pointer.
bool LaneSplitter::AddIndices(llvm::GetElementPtrInst& gep, SplitAddress& address) {
  const llvm::DataLayout& layout = gep.getModule()->getDataLayout();
  constexpr unsigned kBits = 64;
  if (layout.getIndexTypeSizeInBits(gep.getType()) != kBits) return false;
  llvm::MapVector<Value*, llvm::APInt> indices;
  llvm::APInt constant(kBits, 0);
  if (!llvm::cast<llvm::GEPOperator>(gep).collectOffset(layout, kBits, indices, constant)) {
    return false;
  }
  Value* bytes = builder().getInt64(0);
  const auto align = [&](unsigned zero_bits) {
    const uint64_t step = zero_bits >= 12 ? kMostAlignBytes : uint64_t{1} << zero_bits;
    address.align_bytes = std::min(address.align_bytes, step);
  };
  const int64_t fixed = constant.getSExtValue();
  if (fixed > -kMostConstantOffset && fixed < kMostConstantOffset) {
    for (int64_t& offset : address.offsets_bytes) offset += fixed;
  } else {
    bytes = builder().getInt64(static_cast<uint64_t>(fixed));
    align(constant.countr_zero());
  }
  for (const auto& [index, scale] : indices) {
    const int64_t factor = scale.getSExtValue();
    if (!index->getType()->isIntegerTy(kBits) || factor <= 0 || factor >= kMostOffset) return false;
    const auto number = SplitNumber(index, 0);
    if (!number.has_value()) return false;
    bytes = builder().CreateAdd(
        bytes, builder().CreateMul(number->base, builder().getInt64(scale.getZExtValue())));
    align(std::min(number->zero_bits + scale.countr_zero(), 63u));
    for (unsigned lane = 0; lane < values_.lanes(); ++lane) {
      address.offsets_bytes[lane] += number->offsets[lane] * factor;
    }
  }
  if (!AreSmall(address.offsets_bytes)) return false;
  address.base = address.base == nullptr ? bytes : builder().CreateAdd(address.base, bytes);
  return true;
}

/// Finds whether `pointer`, to which all else was added, leads into the block's shared memory, and
/// its alignment.
void LaneSplitter::FindShared(const Value* pointer, SplitAddress& address) const {
  int64_t offset = 0;
  const Value* root = llvm::GetPointerBaseWithConstantOffset(
      pointer, offset, values_.builder().GetInsertBlock()->getModule()->getDataLayout());
  const auto* load = llvm::dyn_cast<llvm::LoadInst>(root);
  if (load == nullptr || load->getMetadata(kSharedBaseMetadata) == nullptr) {
    address.align_bytes = 1;
    return;
  }
  address.align_bytes = std::min({address.align_bytes, kSharedBaseAlignBytes,
                                  llvm::MinAlign(kMostAlignBytes, static_cast<uint64_t>(offset))});
  address.is_shared = true;
}

std::optional<SplitAddress> LaneSplitter::Split(Value* pointer, const llvm::BasicBlock& block,
                                                Value* mask) {
  block_ = &block;
  mask_ = mask;
  holds_ = nullptr;
  SplitAddress address = {nullptr, Offsets(values_.lanes(), 0), kMostAlignBytes, false, nullptr};
  while (auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(pointer)) {
    if (!IsComputedHere(gep)) break;
    if (!AddIndices(*gep, address)) return std::nullopt;
    pointer = gep->getPointerOperand();
  }
  const LaneShape shape = values_.shapes().Of(pointer);
  if (!shape.uniform() && !(shape.strided() && shape.casts.empty())) return std::nullopt;
  for (unsigned lane = 0; lane < values_.lanes(); ++lane) {
    address.offsets_bytes[lane] += shape.stride * static_cast<int64_t>(lane);
  }
  if (!AreSmall(address.offsets_bytes)) return std::nullopt;
  FindShared(pointer, address);
  Value* start = values_.Scalar(pointer);
  address.base = address.base == nullptr
                     ? start
                     : builder().CreateGEP(builder().getInt8Ty(), start, address.base);
  address.holds = holds_;
  return address;
}

}  // namespace opensupa::cc
