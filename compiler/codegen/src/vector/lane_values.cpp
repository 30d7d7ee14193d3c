#include "vector/lane_values.h"

#include "llvm/IR/Dominators.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"

namespace opensupa::cc {

LaneValues::LaneValues(llvm::Function& scalar, llvm::Function& vector, const LaneShapes& shapes,
                       unsigned lanes)
    : vector_(vector),
      shapes_(shapes),
      lanes_(lanes),
      builder_(vector.getContext()),
      entry_(vector.getContext()) {
  llvm::BasicBlock* entry = llvm::BasicBlock::Create(vector.getContext(), "slots", &vector);
  entry_.SetInsertPoint(entry);
  for (llvm::Argument& argument : scalar.args()) {
    arguments_[&argument] = vector.getArg(argument.getArgNo());
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

llvm::AllocaInst* LaneValues::SlotOf(llvm::Instruction& instruction) {
  llvm::AllocaInst*& slot = slots_[&instruction];
  if (slot == nullptr) {
    llvm::Type* type = instruction.getType();
    slot = NewSlot(shapes_.Of(&instruction).varying() ? Widen(type) : type,
                   instruction.getName() + ".slot");
  }
  return slot;
}

llvm::Constant* LaneValues::LaneNumbers(llvm::Type* type, int64_t stride) const {
  llvm::SmallVector<llvm::Constant*, 32> numbers;
  for (unsigned lane = 0; lane < lanes_; ++lane) {
    numbers.push_back(
        llvm::ConstantInt::get(type, llvm::APInt(64, static_cast<uint64_t>(lane * stride))
                                         .zextOrTrunc(type->getIntegerBitWidth())));
  }
  return llvm::ConstantVector::get(numbers);
}

llvm::Value* LaneValues::Scalar(llvm::Value* value) {
  if (const auto argument = arguments_.find(value); argument != arguments_.end()) {
    return argument->second;
  }
  auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr) return value;
  llvm::Value*& known = known_.scalars[value];
  if (known == nullptr) {
    llvm::AllocaInst* slot = SlotOf(*instruction);
    known = builder_.CreateLoad(slot->getAllocatedType(), slot, value->getName());
  }
  return known;
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
  } else if (shape.strided() && value->getType()->isPointerTy()) {
    result = builder_.CreateGEP(builder_.getInt8Ty(), Scalar(value),
                                LaneNumbers(builder_.getInt64Ty(), shape.stride));
  } else {
    result = builder_.CreateVectorSplat(lanes_, Scalar(value));
    if (shape.strided()) {
      result = builder_.CreateAdd(result, LaneNumbers(value->getType(), shape.stride));
    }
  }
  known_.vectors[value] = result;
  return result;
}

llvm::Value* LaneValues::Natural(llvm::Value* value) {
  if (!shapes_.Of(value).varying()) return Scalar(value);
  if (const auto argument = arguments_.find(value); argument != arguments_.end()) {
    return argument->second;
  }
  llvm::Value*& known = known_.vectors[value];
  if (known == nullptr) {
    llvm::AllocaInst* slot = SlotOf(*llvm::cast<llvm::Instruction>(value));
    known = builder_.CreateLoad(slot->getAllocatedType(), slot, value->getName());
  }
  return known;
}

void LaneValues::Define(llvm::Instruction& instruction, llvm::Value* value) {
  builder_.CreateStore(value, SlotOf(instruction));
  auto& known = shapes_.Of(&instruction).varying() ? known_.vectors : known_.scalars;
  known[&instruction] = value;
}

bool LaneValues::IsCarriedTwice(const llvm::Value* value) const {
  const LaneShape shape = shapes_.Of(value);
  return llvm::isa<llvm::PHINode>(value) && shape.strided() && !shape.casts.empty();
}

LaneValues::Incoming LaneValues::Read(llvm::PHINode& phi, llvm::Value* value) {
  const bool varying = shapes_.Of(&phi).varying();
  return {&phi, varying ? Vector(value) : Scalar(value),
          IsCarriedTwice(&phi) ? Vector(value) : nullptr};
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
  llvm::Value* any = mask == nullptr || varying ? mask : Any(mask);
  store(SlotOf(phi), incoming.natural, any);
  if (incoming.vector != nullptr) store(VectorSlotOf(phi), incoming.vector, mask);
  known_.scalars.erase(&phi);
  known_.vectors.erase(&phi);
}

llvm::AllocaInst* LaneValues::VectorSlotOf(llvm::PHINode& phi) {
  llvm::AllocaInst*& slot = vector_slots_[&phi];
  if (slot == nullptr) slot = NewSlot(Widen(phi.getType()), phi.getName() + ".lanes");
  return slot;
}

llvm::Value* LaneValues::StrideHolds(const LaneShape& shape) {
  llvm::Value* all = nullptr;
  for (const llvm::CastInst* cast : shape.casts) {
    llvm::Value* narrow = cast->getOperand(0);
    const unsigned bits = narrow->getType()->getIntegerBitWidth();
    const int64_t span = shapes_.Of(narrow).stride * static_cast<int64_t>(lanes_ - 1);
    const bool is_signed = cast->getOpcode() == llvm::Instruction::SExt;
    const llvm::APInt limit =
        is_signed ? llvm::APInt::getSignedMaxValue(bits) : llvm::APInt::getMaxValue(bits);
    const llvm::APInt least =
        is_signed ? llvm::APInt::getSignedMinValue(bits) : llvm::APInt::getMinValue(bits);
    const llvm::APInt distance(bits, static_cast<uint64_t>(span), /*isSigned=*/true);
    using Predicate = llvm::CmpInst::Predicate;
    llvm::Value* base = Scalar(narrow);
    llvm::Value* holds =
        span >= 0 ? builder_.CreateICmp(is_signed ? Predicate::ICMP_SLE : Predicate::ICMP_ULE, base,
                                        builder_.getInt(limit - distance))
                  : builder_.CreateICmp(is_signed ? Predicate::ICMP_SGE : Predicate::ICMP_UGE, base,
                                        builder_.getInt(least - distance));
    all = all == nullptr ? holds : builder_.CreateAnd(all, holds);
  }
  return all;
}

llvm::Value* LaneValues::Bits(llvm::Value* mask) {
  return builder_.CreateBitCast(mask, builder_.getIntNTy(lanes_), "lanes");
}

llvm::Value* LaneValues::MaskOrAll(llvm::Value* mask) {
  if (mask != nullptr) return mask;
  return llvm::Constant::getAllOnesValue(llvm::FixedVectorType::get(builder_.getInt1Ty(), lanes_));
}

llvm::Value* LaneValues::All(llvm::Value* mask) {
  llvm::Value* bits = Bits(mask);
  return builder_.CreateICmpEQ(bits, llvm::Constant::getAllOnesValue(bits->getType()), "all");
}

llvm::Value* LaneValues::Any(llvm::Value* mask) {
  return builder_.CreateIsNotNull(Bits(mask), "any");
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
