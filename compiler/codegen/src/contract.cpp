#include "contract.h"

#include <vector>

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Operator.h"

namespace opensupa::cc {
namespace {

using llvm::BinaryOperator;
using llvm::Instruction;

/// The product that may become part of `sum` as its operand `index`, or null.
BinaryOperator* FusableProduct(const BinaryOperator& sum, unsigned index) {
  auto* product = llvm::dyn_cast<BinaryOperator>(sum.getOperand(index));
  if (product == nullptr || product->getOpcode() != Instruction::FMul) return nullptr;
  return product->hasAllowContract() && product->hasOneUse() ? product : nullptr;
}

void Fuse(BinaryOperator& sum, BinaryOperator& product, unsigned index) {
  llvm::IRBuilder<> builder(&sum);
  builder.setFastMathFlags(sum.getFastMathFlags());
  llvm::Value* factor = product.getOperand(0);
  llvm::Value* other = sum.getOperand(1 - index);
  if (sum.getOpcode() == Instruction::FSub) {
    // a * b - c, or c - a * b.
    if (index == 0) {
      other = builder.CreateFNeg(other);
    } else {
      factor = builder.CreateFNeg(factor);
    }
  }
  llvm::Value* fused = builder.CreateIntrinsic(llvm::Intrinsic::fma, {sum.getType()},
                                               {factor, product.getOperand(1), other});
  fused->takeName(&sum);
  sum.replaceAllUsesWith(fused);
  sum.eraseFromParent();
  product.eraseFromParent();
}

void ContractFunction(llvm::Function& function) {
  std::vector<BinaryOperator*> sums;
  for (Instruction& instruction : llvm::instructions(function)) {
    auto* binary = llvm::dyn_cast<BinaryOperator>(&instruction);
    if (binary == nullptr || !binary->getType()->isFPOrFPVectorTy()) continue;
    const bool is_sum =
        binary->getOpcode() == Instruction::FAdd || binary->getOpcode() == Instruction::FSub;
    llvm::Type* element = binary->getType()->getScalarType();
    if (is_sum && binary->hasAllowContract() && (element->isFloatTy() || element->isDoubleTy())) {
      sums.push_back(binary);
    }
  }
  for (BinaryOperator* sum : sums) {
    for (unsigned index = 0; index < 2; ++index) {
      BinaryOperator* product = FusableProduct(*sum, index);
      if (product == nullptr) continue;
      Fuse(*sum, *product, index);
      break;
    }
  }
}

}  // namespace

void ContractFloatingPoint(llvm::Module& module, bool has_fma) {
  for (llvm::Function& function : module) {
    if (has_fma) ContractFunction(function);
    for (Instruction& instruction : llvm::instructions(function)) {
      if (llvm::isa<llvm::FPMathOperator>(instruction)) instruction.setHasAllowContract(false);
    }
  }
}

}  // namespace opensupa::cc
