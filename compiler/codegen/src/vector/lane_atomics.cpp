#include "vector/lane_atomics.h"

#include <optional>

namespace opensupa::cc {
namespace {

using llvm::AtomicRMWInst;
using llvm::Value;

/// What changes nothing when `operation` is done with it; none for operations whose order shows.
std::optional<llvm::APInt> Neutral(AtomicRMWInst::BinOp operation, unsigned bits) {
  switch (operation) {
    case AtomicRMWInst::Add:
    case AtomicRMWInst::Sub:
    case AtomicRMWInst::Or:
    case AtomicRMWInst::Xor:
    case AtomicRMWInst::UMax:
      return llvm::APInt::getZero(bits);
    case AtomicRMWInst::And:
    case AtomicRMWInst::UMin:
      return llvm::APInt::getAllOnes(bits);
    case AtomicRMWInst::Max:
      return llvm::APInt::getSignedMinValue(bits);
    case AtomicRMWInst::Min:
      return llvm::APInt::getSignedMaxValue(bits);
    default:
      return std::nullopt;
  }
}

Value* Reduce(llvm::IRBuilder<>& builder, AtomicRMWInst::BinOp operation, Value* vector) {
  switch (operation) {
    case AtomicRMWInst::And:
      return builder.CreateAndReduce(vector);
    case AtomicRMWInst::Or:
      return builder.CreateOrReduce(vector);
    case AtomicRMWInst::Xor:
      return builder.CreateXorReduce(vector);
    case AtomicRMWInst::Max:
    case AtomicRMWInst::UMax:
      return builder.CreateIntMaxReduce(vector, operation == AtomicRMWInst::Max);
    case AtomicRMWInst::Min:
    case AtomicRMWInst::UMin:
      return builder.CreateIntMinReduce(vector, operation == AtomicRMWInst::Min);
    default:
      return builder.CreateAddReduce(vector);  // also of what is subtracted
  }
}

/// For each lane the sum of all lanes up to it.
Value* SumsUpTo(llvm::IRBuilder<>& builder, Value* vector, unsigned lanes) {
  Value* zero = llvm::Constant::getNullValue(vector->getType());
  for (unsigned distance = 1; distance < lanes; distance *= 2) {
    llvm::SmallVector<int, 64> from;
    for (unsigned lane = 0; lane < lanes; ++lane) {
      from.push_back(static_cast<int>(lane < distance ? lanes : lane - distance));
    }
    vector = builder.CreateAdd(vector, builder.CreateShuffleVector(vector, zero, from));
  }
  return vector;
}

}  // namespace

bool EmitCombinedAtomic(LaneValues& values, AtomicRMWInst& update, Value* mask) {
  llvm::Type* type = update.getType();
  const AtomicRMWInst::BinOp operation = update.getOperation();
  if (!type->isIntegerTy() || update.isVolatile() ||
      !values.shapes().IsUniform(update.getPointerOperand())) {
    return false;
  }
  const std::optional<llvm::APInt> neutral = Neutral(operation, type->getIntegerBitWidth());
  const bool is_used = !update.use_empty();
  if (!neutral.has_value() || (is_used && operation != AtomicRMWInst::Add)) return false;
  llvm::IRBuilder<>& builder = values.builder();
  Value* given = values.Vector(update.getValOperand());
  if (mask != nullptr) {
    given = builder.CreateSelect(mask, given, llvm::ConstantInt::get(given->getType(), *neutral));
  }
  auto* once = llvm::cast<AtomicRMWInst>(update.clone());
  once->setOperand(0, values.Scalar(update.getPointerOperand()));
  once->setOperand(1, Reduce(builder, operation, given));
  builder.Insert(once);
  if (!is_used) return true;
  Value* before = builder.CreateSub(SumsUpTo(builder, given, values.lanes()), given);
  values.Define(update, builder.CreateAdd(builder.CreateVectorSplat(values.lanes(), once), before));
  return true;
}

}  // namespace opensupa::cc
