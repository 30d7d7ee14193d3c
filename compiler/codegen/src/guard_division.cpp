#include "guard_division.h"

#include <vector>

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/PatternMatch.h"

namespace opensupa::cc {
namespace {

using llvm::BinaryOperator;
using llvm::Instruction;

bool IsSigned(const BinaryOperator& division) {
  return division.getOpcode() == Instruction::SDiv || division.getOpcode() == Instruction::SRem;
}

/// True for a constant divisor that can neither be zero nor -1.
bool IsSafe(const BinaryOperator& division) {
  const llvm::APInt* divisor = nullptr;
  if (!llvm::PatternMatch::match(division.getOperand(1), llvm::PatternMatch::m_APInt(divisor))) {
    return false;
  }
  return !divisor->isZero() && !(IsSigned(division) && divisor->isAllOnes());
}

void Guard(BinaryOperator& division) {
  llvm::IRBuilder<> builder(&division);
  llvm::Type* type = division.getType();
  // Freeze: every use must see the same bits, else the guard could be reasoned away.
  llvm::Value* dividend = builder.CreateFreeze(division.getOperand(0));
  llvm::Value* divisor = builder.CreateFreeze(division.getOperand(1));
  llvm::Constant* all_ones = llvm::Constant::getAllOnesValue(type);
  llvm::Value* by_zero = builder.CreateICmpEQ(divisor, llvm::Constant::getNullValue(type));
  llvm::Value* unsafe = by_zero;
  if (IsSigned(division)) {
    llvm::Constant* lowest =
        llvm::ConstantInt::get(type, llvm::APInt::getSignedMinValue(type->getScalarSizeInBits()));
    llvm::Value* wraps = builder.CreateAnd(builder.CreateICmpEQ(divisor, all_ones),
                                           builder.CreateICmpEQ(dividend, lowest));
    unsafe = builder.CreateOr(unsafe, wraps);
  }
  // Dividing by one gives just what the wrapping case wants: lowest, and remainder zero.
  llvm::Value* safe_divisor =
      builder.CreateSelect(unsafe, llvm::ConstantInt::get(type, 1), divisor);
  auto* guarded = llvm::cast<BinaryOperator>(
      builder.Insert(BinaryOperator::Create(division.getOpcode(), dividend, safe_divisor)));
  const bool is_quotient =
      division.getOpcode() == Instruction::SDiv || division.getOpcode() == Instruction::UDiv;
  llvm::Value* result = builder.CreateSelect(by_zero, is_quotient ? all_ones : dividend, guarded);
  division.replaceAllUsesWith(result);
  division.eraseFromParent();
}

}  // namespace

void GuardDivisions(llvm::Module& module) {
  std::vector<BinaryOperator*> divisions;
  for (llvm::Function& function : module) {
    for (Instruction& instruction : llvm::instructions(function)) {
      auto* binary = llvm::dyn_cast<BinaryOperator>(&instruction);
      if (binary == nullptr || !binary->isIntDivRem() || IsSafe(*binary)) continue;
      divisions.push_back(binary);
    }
  }
  for (BinaryOperator* division : divisions) Guard(*division);
}

}  // namespace opensupa::cc
