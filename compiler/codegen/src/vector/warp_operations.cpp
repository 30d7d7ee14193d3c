#include "vector/warp_operations.h"

#include <algorithm>

#include "llvm/IR/Constants.h"
#include "opensupa/binary/matrix_abi.h"

namespace opensupa::cc {
namespace {

llvm::StringRef CalleeName(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
  if (call == nullptr || call->getCalledFunction() == nullptr) return "";
  return call->getCalledFunction()->getName();
}

}  // namespace

bool IsLoweredLate(llvm::StringRef name) {
  return name == kBarrierExtern || name == kWarpExchangeExtern || name == kActiveMaskExtern ||
         name == kMatrixMultiplyExtern || name == kMatrixMoveExtern;
}

const llvm::CallInst* AsBarrier(const llvm::Instruction& instruction) {
  return CalleeName(instruction) == kBarrierExtern ? llvm::cast<llvm::CallInst>(&instruction)
                                                   : nullptr;
}

bool HasBarrier(const llvm::Loop& loop) {
  return std::any_of(loop.block_begin(), loop.block_end(), [](const llvm::BasicBlock* block) {
    return std::any_of(block->begin(), block->end(), [](const llvm::Instruction& instruction) {
      return AsBarrier(instruction) != nullptr;
    });
  });
}

const llvm::CallInst* BarrierAtEndOf(const llvm::BasicBlock& block) {
  const llvm::Instruction* end = block.getTerminator();
  return end == &block.front() ? nullptr : AsBarrier(*std::prev(end->getIterator()));
}

bool IsWarpOperation(const llvm::Instruction& instruction) {
  const llvm::StringRef name = CalleeName(instruction);
  return name == kWarpExchangeExtern || name == kActiveMaskExtern;
}

bool IsMatrixOperation(const llvm::Instruction& instruction) {
  return IsMatrixMultiplication(instruction) || CalleeName(instruction) == kMatrixMoveExtern;
}

bool IsMatrixMultiplication(const llvm::Instruction& instruction) {
  return CalleeName(instruction) == kMatrixMultiplyExtern;
}

uint64_t FragmentElementBytes(const llvm::Use& use) {
  const auto& call = llvm::cast<llvm::CallInst>(*use.getUser());
  const auto* number = llvm::dyn_cast<llvm::ConstantInt>(call.getArgOperand(0));
  if (number == nullptr) return 0;
  const auto kind = static_cast<uint32_t>(number->getZExtValue());
  const unsigned operand = use.getOperandNo();
  if (!IsMatrixMultiplication(call)) {
    return operand == 1 ? binary::abi::MatrixMoveBytes(kind) : 0;
  }
  const auto element = binary::abi::MatrixKindOf(kind);
  if (operand == 2 || operand == 3) return binary::abi::MatrixStorageBytes(element);
  if (operand != 1 && operand != 4) return 0;
  const uint32_t half = operand == 1 ? binary::abi::kMatrixHalfD : binary::abi::kMatrixHalfC;
  return element == binary::abi::MatrixKind::kF64 ? 8 : (kind & half) != 0 ? 2 : 4;
}

bool WarpOperation::is_active_mask() const { return CalleeName(call_) == kActiveMaskExtern; }

bool WarpOperation::GetOp(binary::abi::WarpOp& op) const {
  const auto* number = llvm::dyn_cast<llvm::ConstantInt>(call_.getArgOperand(1));
  if (number == nullptr) return false;
  op = static_cast<binary::abi::WarpOp>(number->getZExtValue());
  return op <= binary::abi::WarpOp::kReduceXor;
}

bool WarpOperation::gives_all_the_same() const {
  using binary::abi::WarpOp;
  WarpOp op;
  if (!GetOp(op)) return false;
  return op == WarpOp::kSync || op == WarpOp::kBallot || op >= WarpOp::kMatchAll;
}

}  // namespace opensupa::cc
