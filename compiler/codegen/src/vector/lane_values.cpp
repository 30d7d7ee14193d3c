#include "vector/lane_values.h"

#include <numeric>

#include "llvm/Analysis/VectorUtils.h"
#include "llvm/IR/Dominators.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

namespace opensupa::cc {

LaneValues::LaneValues(llvm::Function& scalar, llvm::Function& vector, const LaneShapes& shapes,
                       unsigned lanes, unsigned rows)
    : vector_(vector),
      shapes_(shapes),
      lanes_(lanes),
      rows_(rows),
      builder_(vector.getContext()),
      entry_(vector.getContext()) {
  llvm::BasicBlock* entry = llvm::BasicBlock::Create(vector.getContext(), "slots", &vector);
  entry_.SetInsertPoint(entry);
  for (llvm::Argument& argument : scalar.args()) {
    arguments_[&argument] = {vector.getArg(argument.getArgNo())};
  }
  builder_.SetInsertPoint(entry);
}

llvm::BasicBlock* LaneValues::NewBlock(const llvm::Twine& name) {
  return llvm::BasicBlock::Create(vector_.getContext(), name, &vector_);
}

void LaneValues::StartBlock(llvm::BasicBlock* block) {
  builder_.SetInsertPoint(block);
  known_ = {};
}

llvm::Type* LaneValues::Widen(llvm::Type* type) const {
  if (auto* record = llvm::dyn_cast<llvm::StructType>(type)) {
    llvm::SmallVector<llvm::Type*, 2> members;
    for (llvm::Type* member : record->elements()) members.push_back(Widen(member));
    return llvm::StructType::get(type->getContext(), members);
  }
  return llvm::FixedVectorType::get(type, lanes_);
}

llvm::AllocaInst* LaneValues::NewSlot(llvm::Type* type, const llvm::Twine& name) {
  llvm::BasicBlock& first = vector_.getEntryBlock();
  llvm::IRBuilder<> builder(&first, first.begin());
  llvm::AllocaInst* slot = builder.CreateAlloca(type, nullptr, name);
  all_slots_.push_back(slot);
  return slot;
}

llvm::AllocaInst* LaneValues::NewMemory(llvm::Type* type, const llvm::Twine& name) {
  llvm::BasicBlock& first = vector_.getEntryBlock();
  llvm::IRBuilder<> builder(&first, first.begin());
  llvm::AllocaInst* memory = builder.CreateAlloca(type, nullptr, name);
  memory->setAlignment(std::max(memory->getAlign(), llvm::Align(64)));
  return memory;
}

const std::vector<llvm::AllocaInst*>& LaneValues::SlotsOf(llvm::Instruction& instruction) {
  std::vector<llvm::AllocaInst*>& slots = slots_[&instruction];
  if (slots.empty()) {
    const bool varying = shapes_.Of(&instruction).varying();
    llvm::Type* type = varying ? Widen(instruction.getType()) : instruction.getType();
    const unsigned count = varying ? 1 : ScalarsOf(&instruction);
    for (unsigned i = 0; i < count; ++i) {
      slots.push_back(NewSlot(type, instruction.getName() + ".slot"));
    }
  }
  return slots;
}

llvm::Constant* LaneValues::LaneNumbers(llvm::Type* type, int64_t stride) const {
  llvm::SmallVector<llvm::Constant*, 32> numbers;
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    numbers.push_back(llvm::ConstantInt::get(
        type, llvm::APInt(64, static_cast<uint64_t>((lane % row_lanes()) * stride))
                  .zextOrTrunc(type->getIntegerBitWidth())));
  }
  return llvm::ConstantVector::get(numbers);
}

llvm::Value* LaneValues::Row(llvm::Value* vector, unsigned row) {
  if (vector == nullptr || rows_ == 1) return vector;
  llvm::SmallVector<int, 32> lanes(row_lanes());
  std::iota(lanes.begin(), lanes.end(), static_cast<int>(row * row_lanes()));
  return builder_.CreateShuffleVector(vector, lanes);
}

llvm::Value* LaneValues::JoinRows(llvm::ArrayRef<llvm::Value*> rows) {
  return llvm::concatenateVectors(builder_, rows);
}

llvm::Value* LaneValues::SpreadOverRows(const Scalars& values) {
  if (values.size() == 1) return builder_.CreateVectorSplat(lanes_, values.front());
  Scalars rows;
  for (llvm::Value* value : values) {
    rows.push_back(builder_.CreateVectorSplat(row_lanes(), value));
  }
  return JoinRows(rows);
}

llvm::Value* LaneValues::Scalar(llvm::Value* value, unsigned row) {
  const auto of_row = [row](const Scalars& values) { return values[values.size() == 1 ? 0 : row]; };
  if (const auto argument = arguments_.find(value); argument != arguments_.end()) {
    return of_row(argument->second);
  }
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr) return value;
  Scalars& known = known_.scalars[value];
  if (known.empty()) {
    for (llvm::AllocaInst* slot : SlotsOf(*instruction)) {
      known.push_back(builder_.CreateLoad(slot->getAllocatedType(), slot, value->getName()));
    }
  }
  return of_row(known);
}

llvm::Value* LaneValues::Recompute(llvm::Instruction& instruction) {
  llvm::Instruction* copy = instruction.clone();
  for (llvm::Use& operand : copy->operands()) operand.set(Vector(operand.get()));
  if (auto* cast = llvm::dyn_cast<llvm::CastInst>(copy)) {
    llvm::Value* result =
        builder_.CreateCast(cast->getOpcode(), cast->getOperand(0), Widen(instruction.getType()));
    copy->deleteValue();
    return result;
  }
  copy->mutateType(Widen(instruction.getType()));
  return builder_.Insert(copy);
}

llvm::Value* LaneValues::Vector(llvm::Value* value) {
  const LaneShape shape = shapes_.Of(value);
  if (shape.varying()) return Natural(value);
  if (llvm::Value* known = known_.vectors[value]) return known;
  llvm::Value* result = nullptr;
  if (shape.strided() && !shape.casts.empty()) {
    if (auto* phi = llvm::dyn_cast<llvm::PHINode>(value)) {
      llvm::AllocaInst* slot = VectorSlotOf(*phi);
      result = builder_.CreateLoad(slot->getAllocatedType(), slot);
    } else {
      result = Recompute(*llvm::cast<llvm::Instruction>(value));
    }
  } else {
    Scalars scalars;
    for (unsigned row = 0; row < ScalarsOf(value); ++row) scalars.push_back(Scalar(value, row));
    const bool is_pointer = value->getType()->isPointerTy();
    if (is_pointer && scalars.size() == 1 && shape.stride != 0) {
      result = builder_.CreateGEP(builder_.getInt8Ty(), scalars.front(),
                                  LaneNumbers(builder_.getInt64Ty(), shape.stride));
    } else {
      result = SpreadOverRows(scalars);
      if (is_pointer && shape.stride != 0) {
        result = builder_.CreateGEP(builder_.getInt8Ty(), result,
                                    LaneNumbers(builder_.getInt64Ty(), shape.stride));
      } else if (shape.stride != 0) {
        result = builder_.CreateAdd(result, LaneNumbers(value->getType(), shape.stride));
      }
    }
  }
  known_.vectors[value] = result;
  return result;
}

llvm::Value* LaneValues::Natural(llvm::Value* value) {
  if (const auto argument = arguments_.find(value); argument != arguments_.end()) {
    return argument->second.front();
  }
  llvm::Value*& known = known_.vectors[value];
  if (known == nullptr) {
    llvm::AllocaInst* slot = SlotsOf(*llvm::cast<llvm::Instruction>(value)).front();
    known = builder_.CreateLoad(slot->getAllocatedType(), slot, value->getName());
  }
  return known;
}

void LaneValues::Define(llvm::Instruction& instruction, const Scalars& values) {
  const std::vector<llvm::AllocaInst*>& slots = SlotsOf(instruction);
  for (size_t i = 0; i < slots.size(); ++i) {
    builder_.CreateStore(values[values.size() == 1 ? 0 : i], slots[i]);
  }
  if (shapes_.Of(&instruction).varying()) {
    known_.vectors[&instruction] = values.front();
  } else {
    known_.scalars[&instruction] = values;
  }
}

bool LaneValues::IsCarriedTwice(const llvm::Value* value) const {
  const LaneShape shape = shapes_.Of(value);
  return llvm::isa<llvm::PHINode>(value) && shape.strided() && !shape.casts.empty();
}

LaneValues::Incoming LaneValues::Read(llvm::PHINode& phi, llvm::Value* value) {
  Scalars natural;
  if (shapes_.Of(&phi).varying()) {
    natural.push_back(Vector(value));
  } else {
    for (unsigned row = 0; row < ScalarsOf(&phi); ++row) natural.push_back(Scalar(value, row));
  }
  return {&phi, natural, IsCarriedTwice(&phi) ? Vector(value) : nullptr};
}

void LaneValues::Give(const Incoming& incoming, llvm::Value* mask) {
  llvm::PHINode& phi = *incoming.phi;
  const bool varying = shapes_.Of(&phi).varying();
  const auto store = [this](llvm::AllocaInst* slot, llvm::Value* value, llvm::Value* chosen) {
    if (chosen != nullptr) {
      llvm::Value* before = builder_.CreateLoad(slot->getAllocatedType(), slot);
      value = builder_.CreateSelect(chosen, value, before);
    }
    builder_.CreateStore(value, slot);
  };
  const std::vector<llvm::AllocaInst*>& slots = SlotsOf(phi);
  for (unsigned i = 0; i < slots.size(); ++i) {
    llvm::Value* chosen = mask;
    if (mask != nullptr && !varying) chosen = Any(slots.size() == 1 ? mask : Row(mask, i));
    store(slots[i], incoming.natural[i], chosen);
  }
  if (incoming.vector != nullptr) store(VectorSlotOf(phi), incoming.vector, mask);
  known_.scalars.erase(&phi);
  known_.vectors.erase(&phi);
}

void LaneValues::ForgetPhis(const llvm::BasicBlock& block) {
  const auto forget = [this](llvm::AllocaInst* slot) {
    builder_.CreateStore(llvm::PoisonValue::get(slot->getAllocatedType()), slot);
  };
  for (const llvm::PHINode& one : block.phis()) {
    auto& phi = const_cast<llvm::PHINode&>(one);
    for (llvm::AllocaInst* slot : SlotsOf(phi)) forget(slot);
    if (IsCarriedTwice(&phi)) forget(VectorSlotOf(phi));
    known_.scalars.erase(&phi);
    known_.vectors.erase(&phi);
  }
}

llvm::AllocaInst* LaneValues::VectorSlotOf(llvm::PHINode& phi) {
  llvm::AllocaInst*& slot = vector_slots_[&phi];
  if (slot == nullptr) slot = NewSlot(Widen(phi.getType()), phi.getName() + ".lanes");
  return slot;
}

llvm::Value* LaneValues::StrideHolds(const LaneShape& shape) {
  using Predicate = llvm::CmpInst::Predicate;
  llvm::Value* all = nullptr;
  for (const llvm::CastInst* cast : shape.casts) {
    llvm::Value* narrow = cast->getOperand(0);
    const unsigned bits = narrow->getType()->getIntegerBitWidth();
    const int64_t span = shapes_.Of(narrow).stride * static_cast<int64_t>(row_lanes() - 1);
    const bool is_signed = cast->getOpcode() == llvm::Instruction::SExt;
    const llvm::APInt limit =
        is_signed ? llvm::APInt::getSignedMaxValue(bits) : llvm::APInt::getMaxValue(bits);
    const llvm::APInt least =
        is_signed ? llvm::APInt::getSignedMinValue(bits) : llvm::APInt::getMinValue(bits);
    const llvm::APInt distance(bits, static_cast<uint64_t>(span), /*isSigned=*/true);
    const Predicate predicate = span >= 0   ? is_signed ? Predicate::ICMP_SLE : Predicate::ICMP_ULE
                                : is_signed ? Predicate::ICMP_SGE
                                            : Predicate::ICMP_UGE;
    llvm::Constant* bound = builder_.getInt((span >= 0 ? limit : least) - distance);
    for (unsigned row = 0; row < ScalarsOf(narrow); ++row) {
      llvm::Value* holds = builder_.CreateICmp(predicate, Scalar(narrow, row), bound);
      all = all == nullptr ? holds : builder_.CreateAnd(all, holds);
    }
  }
  return all;
}

llvm::Value* LaneValues::Bits(llvm::Value* mask) {
  const unsigned count = llvm::cast<llvm::FixedVectorType>(mask->getType())->getNumElements();
  return builder_.CreateBitCast(mask, builder_.getIntNTy(count), "lanes");
}

llvm::Value* LaneValues::MaskOrAll(llvm::Value* mask) {
  if (mask != nullptr) return mask;
  return llvm::Constant::getAllOnesValue(llvm::FixedVectorType::get(builder_.getInt1Ty(), lanes_));
}

/// Halves a mask until a register holds it.
llvm::Value* LaneValues::Fold(llvm::Value* mask, llvm::Instruction::BinaryOps operation) {
  constexpr unsigned kMostBits = 64;
  unsigned count = llvm::cast<llvm::FixedVectorType>(mask->getType())->getNumElements();
  for (; count > kMostBits; count /= 2) {
    llvm::SmallVector<int, 64> low(count / 2), high(count / 2);
    std::iota(low.begin(), low.end(), 0);
    std::iota(high.begin(), high.end(), static_cast<int>(count / 2));
    mask = builder_.CreateBinOp(operation, builder_.CreateShuffleVector(mask, low),
                                builder_.CreateShuffleVector(mask, high));
  }
  return mask;
}

llvm::Value* LaneValues::All(llvm::Value* mask) {
  llvm::Value* bits = Bits(Fold(mask, llvm::Instruction::And));
  return builder_.CreateICmpEQ(bits, llvm::Constant::getAllOnesValue(bits->getType()), "all");
}

llvm::Value* LaneValues::Any(llvm::Value* mask) {
  return builder_.CreateIsNotNull(Bits(Fold(mask, llvm::Instruction::Or)), "any");
}

void LaneValues::Promote() {
  llvm::DominatorTree dominators(vector_);
  std::vector<llvm::AllocaInst*> promotable;
  for (llvm::AllocaInst* slot : all_slots_) {
    if (llvm::isAllocaPromotable(slot)) promotable.push_back(slot);
  }
  llvm::PromoteMemToReg(promotable, dominators);
}

}  // namespace opensupa::cc
