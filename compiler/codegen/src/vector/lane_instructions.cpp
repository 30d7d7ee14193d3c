#include "vector/lane_instructions.h"

#include "llvm/Analysis/VectorUtils.h"
#include "vector/lane_atomics.h"
#include "vector/lane_copies.h"
#include "vector/warp_emitter.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

bool IsIgnored(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  return call != nullptr && (call->isAssumeLikeIntrinsic() || call->isLifetimeStartOrEnd());
}

bool IsWidenable(const llvm::Instruction& instruction) {
  return llvm::isa<llvm::BinaryOperator, llvm::UnaryOperator, llvm::CmpInst, llvm::SelectInst,
                   llvm::CastInst, llvm::FreezeInst, llvm::GetElementPtrInst,
                   llvm::ExtractValueInst, llvm::InsertValueInst>(instruction);
}

bool HasVectorType(llvm::Type* type) {
  if (type->isVectorTy() || type->isArrayTy()) return true;
  if (auto* record = llvm::dyn_cast<llvm::StructType>(type)) {
    for (llvm::Type* member : record->elements()) {
      if (HasVectorType(member) || member->isStructTy()) return true;
    }
  }
  return false;
}

}  // namespace

bool LaneInstructions::CanEmit(const llvm::Instruction& instruction, const LaneShapes& shapes,
                               const char** reason) {
  if (IsIgnored(instruction)) return true;
  const LaneShape shape = shapes.Of(&instruction);
  const bool wide = instruction.getType()->isVoidTy() || shape.varying();
  if (shape.kind == LaneShape::Kind::kUnknown && !instruction.getType()->isVoidTy()) {
    *reason = "code that cannot be reached";
    return false;
  }
  if (llvm::isa<llvm::AllocaInst>(instruction)) {
    if (shape.strided() && instruction.getParent()->isEntryBlock()) return true;
    *reason = "local memory of a size that is not constant";
    return false;
  }
  if (!wide) return true;
  if (HasVectorType(instruction.getType())) {
    *reason = "a vector or an array as a value";
    return false;
  }
  for (const llvm::Value* operand : instruction.operands()) {
    if (!llvm::isa<llvm::BasicBlock>(operand) && HasVectorType(operand->getType())) {
      *reason = "a vector or an array as an operand";
      return false;
    }
  }
  if (instruction.getType()->isStructTy() &&
      llvm::isa<llvm::PHINode, llvm::SelectInst, llvm::InsertValueInst>(instruction)) {
    *reason = "a structure as a value";
    return false;
  }
  return true;
}

bool LaneInstructions::IsForRows(const llvm::Instruction& instruction, const LaneShapes& shapes) {
  if (IsIgnored(instruction) || instruction.isTerminator() || AsBarrier(instruction) != nullptr ||
      llvm::isa<llvm::PHINode, llvm::AllocaInst>(instruction) || IsWidenable(instruction)) {
    return true;
  }
  if (const auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    return LaneMemory::IsContiguous(shapes.Of(store->getPointerOperand()), *store,
                                    *store->getValueOperand()->getType());
  }
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    const LaneShape shape = shapes.Of(load->getPointerOperand());
    return shape.same_in_row() || LaneMemory::IsContiguous(shape, *load, *load->getType());
  }
  const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  return call != nullptr && (llvm::isTriviallyVectorizable(call->getIntrinsicID()) ||
                             call->getIntrinsicID() == llvm::Intrinsic::prefetch);
}

bool LaneInstructions::IsCheap(const llvm::Instruction& instruction) {
  if (const auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(&instruction)) {
    return !binary->isIntDivRem();
  }
  return llvm::isa<llvm::UnaryOperator, llvm::CmpInst, llvm::SelectInst, llvm::CastInst,
                   llvm::FreezeInst, llvm::GetElementPtrInst, llvm::PHINode, llvm::BranchInst>(
      instruction);
}

void LaneInstructions::Emit(llvm::Instruction& instruction, llvm::Value* mask) {
  if (IsIgnored(instruction)) return;
  const EmissionWatch watch(values_.facts(), builder(), instruction, mask);
  if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
    if (!memory_.EmitStore(*store, mask)) EmitLaneByLane(instruction, mask);
    return;
  }
  if (IsWarpOperation(instruction)) {
    return WarpEmitter(values_).Emit(llvm::cast<llvm::CallInst>(instruction), mask);
  }
  if (IsMatrixOperation(instruction)) {
    return EmitMatrices(llvm::cast<llvm::CallInst>(instruction), mask);
  }
  if (llvm::isa<llvm::AllocaInst>(instruction)) return;  // placed where the vector starts
  const LaneShape shape = values_.shapes().Of(&instruction);
  if (!instruction.getType()->isVoidTy() && !shape.varying()) return EmitScalar(instruction, mask);
  if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    if (!memory_.EmitLoad(*load, mask)) EmitLaneByLane(instruction, mask);
    return;
  }
  if (auto* intrinsic = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
    if (intrinsic->getIntrinsicID() == llvm::Intrinsic::prefetch) {
      return memory_.EmitPrefetch(*intrinsic);
    }
    if (llvm::isTriviallyVectorizable(intrinsic->getIntrinsicID())) {
      return EmitIntrinsic(*intrinsic);
    }
  }
  if (auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(&instruction)) {
    if (binary->isIntDivRem()) return EmitDivision(*binary, mask);
  }
  if (auto* update = llvm::dyn_cast<llvm::AtomicRMWInst>(&instruction)) {
    if (EmitCombinedAtomic(values_, *update, mask)) return;
  }
  if (IsWidenable(instruction)) return EmitWide(instruction);
  if (auto* copy = llvm::dyn_cast<llvm::MemCpyInst>(&instruction); copy != nullptr && !mask) {
    const auto apart = [&] { EmitLaneByLane(instruction, mask); };
    if (LaneCopies(values_, matrices_.vector_bytes).Emit(*copy, apart)) return;
  }
  EmitLaneByLane(instruction, mask);
}

void LaneInstructions::EmitMatrices(llvm::CallInst& call, llvm::Value* mask) {
  if (mask != nullptr) {
    llvm::BasicBlock* missing = values_.NewBlock("lanes.missing");
    llvm::BasicBlock* complete = values_.NewBlock("lanes.complete");
    builder().CreateCondBr(values_.All(mask), complete, missing);
    builder().SetInsertPoint(missing);
    builder().CreateCall(call.getModule()->getOrInsertFunction("__su_trap", builder().getVoidTy()));
    builder().CreateUnreachable();
    builder().SetInsertPoint(complete);
  }
  if (!IsMatrixMultiplication(call)) {
    return MatrixMemory(values_, matrices_.vector_bytes).Move(call);
  }
  const auto group = groups_.find(&call);
  if (group != groups_.end()) MatrixProduct(values_, matrices_).Emit(group->second);
}

void LaneInstructions::EmitScalar(llvm::Instruction& instruction, llvm::Value* mask) {
  const unsigned count = values_.ScalarsOf(&instruction);
  LaneValues::Scalars addresses;
  if (mask != nullptr && count > 1 && llvm::isa<llvm::LoadInst>(instruction)) {
    addresses =
        memory_.AddressesOfRows(*llvm::cast<llvm::LoadInst>(instruction).getPointerOperand(), mask);
  }
  LaneValues::Scalars results;
  for (unsigned row = 0; row < count; ++row) {
    llvm::Instruction* copy = instruction.clone();
    for (llvm::Use& operand : copy->operands()) operand.set(values_.Scalar(operand.get(), row));
    if (!addresses.empty()) {
      copy->setOperand(llvm::LoadInst::getPointerOperandIndex(), addresses[row]);
    }
    // Facts that the scalar code had about one lane hold for lane 0, but it may not be active.
    if (values_.shapes().Of(&instruction).strided()) copy->dropPoisonGeneratingFlags();
    results.push_back(builder().Insert(copy, instruction.getName()));
  }
  values_.Define(instruction, results);
}

void LaneInstructions::EmitWide(llvm::Instruction& instruction) {
  llvm::Value* result = nullptr;
  if (auto* cast = llvm::dyn_cast<llvm::CastInst>(&instruction)) {
    result = builder().CreateCast(cast->getOpcode(), values_.Vector(cast->getOperand(0)),
                                  values_.Widen(cast->getType()));
  } else if (auto* compare = llvm::dyn_cast<llvm::CmpInst>(&instruction)) {
    result = builder().CreateCmp(compare->getPredicate(), values_.Vector(compare->getOperand(0)),
                                 values_.Vector(compare->getOperand(1)));
  } else if (auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction)) {
    const bool one = values_.shapes().IsUniform(select->getCondition());
    llvm::Value* condition =
        one ? values_.Scalar(select->getCondition()) : values_.Vector(select->getCondition());
    result = builder().CreateSelect(condition, values_.Vector(select->getTrueValue()),
                                    values_.Vector(select->getFalseValue()));
  } else if (auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction)) {
    std::vector<llvm::Value*> indices;
    for (llvm::Value* index : gep->indices()) {
      indices.push_back(llvm::isa<llvm::ConstantInt>(index) ? index : values_.Vector(index));
    }
    llvm::Value* base = gep->getPointerOperand();
    base = values_.shapes().IsUniform(base) ? values_.Scalar(base) : values_.Vector(base);
    result = builder().CreateGEP(gep->getSourceElementType(), base, indices);
    if (!result->getType()->isVectorTy()) {
      result = builder().CreateVectorSplat(values_.lanes(), result);
    }
  } else if (auto* extract = llvm::dyn_cast<llvm::ExtractValueInst>(&instruction)) {
    result = builder().CreateExtractValue(values_.Natural(extract->getAggregateOperand()),
                                          extract->getIndices());
  } else {
    llvm::Instruction* copy = instruction.clone();
    for (llvm::Use& operand : copy->operands()) operand.set(values_.Vector(operand.get()));
    copy->mutateType(values_.Widen(instruction.getType()));
    result = builder().Insert(copy);
  }
  if (auto* made = llvm::dyn_cast<llvm::Instruction>(result);
      made != nullptr && llvm::isa<llvm::FPMathOperator>(made) &&
      llvm::isa<llvm::FPMathOperator>(instruction)) {
    made->copyFastMathFlags(&instruction);
  }
  values_.Define(instruction, result);
}

void LaneInstructions::EmitDivision(llvm::BinaryOperator& division, llvm::Value* mask) {
  llvm::Value* dividend = values_.Vector(division.getOperand(0));
  llvm::Value* divisor = values_.Vector(division.getOperand(1));
  if (mask != nullptr && !llvm::isa<llvm::Constant>(division.getOperand(1))) {
    // Lanes that do not take part must not trap.
    divisor = builder().CreateSelect(mask, divisor, llvm::ConstantInt::get(divisor->getType(), 1));
    dividend =
        builder().CreateSelect(mask, dividend, llvm::Constant::getNullValue(dividend->getType()));
  }
  values_.Define(division, builder().CreateBinOp(division.getOpcode(), dividend, divisor));
}

void LaneInstructions::EmitIntrinsic(llvm::IntrinsicInst& call) {
  const llvm::Intrinsic::ID id = call.getIntrinsicID();
  std::vector<llvm::Value*> arguments;
  std::vector<llvm::Type*> types;
  if (llvm::isVectorIntrinsicWithOverloadTypeAtArg(id, -1)) {
    types.push_back(values_.Widen(call.getType()));
  }
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    const bool scalar = llvm::isVectorIntrinsicWithScalarOpAtArg(id, i);
    arguments.push_back(scalar ? values_.Scalar(call.getArgOperand(i))
                               : values_.Vector(call.getArgOperand(i)));
    if (llvm::isVectorIntrinsicWithOverloadTypeAtArg(id, static_cast<int>(i))) {
      types.push_back(arguments.back()->getType());
    }
  }
  llvm::Function* callee = llvm::Intrinsic::getDeclaration(call.getModule(), id, types);
  llvm::CallInst* wide = builder().CreateCall(callee, arguments);
  if (llvm::isa<llvm::FPMathOperator>(wide)) wide->copyFastMathFlags(&call);
  values_.Define(call, wide);
}

/// Writes the index of the thread of `lane` where the engine finds it.
void LaneInstructions::NameThread(llvm::Value* lane) {
  for (unsigned i = 0; i < 4; ++i) {
    llvm::Value* index = thread_.indices[i];
    if (index->getType()->isVectorTy()) {
      index = builder().CreateExtractElement(index, lane);
    } else if (i == 0 || i == 3) {
      index = builder().CreateAdd(index, lane);
    } else {
      continue;  // the same in all lanes
    }
    llvm::Value* address = builder().CreateConstInBoundsGEP1_64(
        builder().getInt8Ty(), thread_.context, sizeof(uint32_t) * i);
    builder().CreateAlignedStore(index, address, llvm::Align(4), /*isVolatile=*/true);
  }
}

/// The type of which a vector lies in memory as an array does.
llvm::Type* LaneInstructions::InMemory(llvm::Type* type) {
  if (!type->isIntegerTy()) return type;
  const uint64_t bits = llvm::PowerOf2Ceil(type->getIntegerBitWidth());
  return builder().getIntNTy(static_cast<unsigned>(std::max<uint64_t>(bits, 8)));
}

LaneInstructions::OfLane LaneInstructions::SpreadOut(llvm::Value* value) {
  const LaneShape shape = values_.shapes().Of(value);
  if (shape.uniform()) {
    llvm::Value* one = values_.Scalar(value);
    return [one](llvm::Value*) { return one; };
  }
  if (shape.strided() && shape.casts.empty() && values_.rows() == 1) {
    llvm::Value* first = values_.Scalar(value);
    return [this, first, shape](llvm::Value* lane) -> llvm::Value* {
      const bool is_pointer = first->getType()->isPointerTy();
      llvm::Type* type = is_pointer ? builder().getInt64Ty() : first->getType();
      llvm::Value* offset =
          builder().CreateMul(builder().CreateZExtOrTrunc(lane, type),
                              llvm::ConstantInt::get(type, static_cast<uint64_t>(shape.stride)));
      return is_pointer ? builder().CreateGEP(builder().getInt8Ty(), first, offset)
                        : builder().CreateAdd(first, offset);
    };
  }
  llvm::Type* element = InMemory(value->getType());
  llvm::AllocaInst* memory =
      values_.NewMemory(llvm::ArrayType::get(element, values_.lanes()), "lanes.operand");
  llvm::Value* vector = values_.Vector(value);
  if (element != value->getType()) vector = builder().CreateZExt(vector, values_.Widen(element));
  builder().CreateAlignedStore(vector, memory, memory->getAlign());
  return [this, memory, element, value](llvm::Value* lane) -> llvm::Value* {
    llvm::Value* loaded = builder().CreateLoad(element, builder().CreateGEP(element, memory, lane));
    return builder().CreateTruncOrBitCast(loaded, value->getType());
  };
}

std::vector<llvm::AllocaInst*> LaneInstructions::ResultMemory(llvm::Instruction& instruction) {
  std::vector<llvm::AllocaInst*> memory;
  if (instruction.getType()->isVoidTy() || instruction.use_empty()) return memory;
  std::vector<llvm::Type*> types = {instruction.getType()};
  if (auto* record = llvm::dyn_cast<llvm::StructType>(instruction.getType())) {
    types.assign(record->element_begin(), record->element_end());
  }
  for (llvm::Type* type : types) {
    memory.push_back(
        values_.NewMemory(llvm::ArrayType::get(InMemory(type), values_.lanes()), "lanes.result"));
  }
  return memory;
}

void LaneInstructions::StoreResult(llvm::Instruction& instruction, llvm::Value* result,
                                   llvm::Value* lane,
                                   const std::vector<llvm::AllocaInst*>& memory) {
  for (unsigned i = 0; i < memory.size(); ++i) {
    llvm::Value* member =
        instruction.getType()->isStructTy() ? builder().CreateExtractValue(result, i) : result;
    llvm::Type* element = InMemory(member->getType());
    if (element != member->getType()) member = builder().CreateZExt(member, element);
    builder().CreateStore(member, builder().CreateGEP(element, memory[i], lane));
  }
}

llvm::Value* LaneInstructions::LoadResult(llvm::Type* type,
                                          const std::vector<llvm::AllocaInst*>& memory) {
  const auto load = [&](llvm::Type* member, llvm::AllocaInst* from) -> llvm::Value* {
    llvm::Value* vector =
        builder().CreateAlignedLoad(values_.Widen(InMemory(member)), from, from->getAlign());
    return builder().CreateTruncOrBitCast(vector, values_.Widen(member));
  };
  auto* record = llvm::dyn_cast<llvm::StructType>(type);
  if (record == nullptr) return load(type, memory.front());
  llvm::Value* wide = llvm::PoisonValue::get(values_.Widen(type));
  for (unsigned i = 0; i < memory.size(); ++i) {
    wide = builder().CreateInsertValue(wide, load(record->getElementType(i), memory[i]), i);
  }
  return wide;
}

void LaneInstructions::ForEachLane(llvm::Value* mask,
                                   const std::function<void(llvm::Value* lane)>& emit) {
  llvm::Value* all = values_.Bits(values_.MaskOrAll(mask));
  llvm::BasicBlock* before = builder().GetInsertBlock();
  llvm::BasicBlock* loop = values_.NewBlock("lane");
  llvm::BasicBlock* after = values_.NewBlock("lanes.done");
  builder().CreateBr(loop);
  builder().SetInsertPoint(loop);
  llvm::PHINode* left = builder().CreatePHI(all->getType(), 2, "left");
  left->addIncoming(all, before);
  emit(builder().CreateZExtOrTrunc(
      builder().CreateBinaryIntrinsic(llvm::Intrinsic::cttz, left, builder().getTrue()),
      builder().getInt32Ty()));
  llvm::Value* next = builder().CreateAnd(
      left, builder().CreateSub(left, llvm::ConstantInt::get(left->getType(), 1)));
  left->addIncoming(next, builder().GetInsertBlock());
  builder().CreateCondBr(builder().CreateIsNotNull(next), loop, after);
  builder().SetInsertPoint(after);
}

void LaneInstructions::EmitLaneByLane(llvm::Instruction& instruction, llvm::Value* mask) {
  const std::vector<llvm::AllocaInst*> result = ResultMemory(instruction);
  std::vector<OfLane> operands;
  for (llvm::Value* operand : instruction.operands()) operands.push_back(SpreadOut(operand));
  ForEachLane(mask, [&](llvm::Value* lane) {
    if (thread_.context != nullptr && llvm::isa<llvm::CallBase>(instruction)) NameThread(lane);
    llvm::Instruction* copy = instruction.clone();
    for (unsigned i = 0; i < operands.size(); ++i) copy->setOperand(i, operands[i](lane));
    builder().Insert(copy);
    StoreResult(instruction, copy, lane, result);
  });
  if (!result.empty()) values_.Define(instruction, LoadResult(instruction.getType(), result));
}

}  // namespace opensupa::cc
