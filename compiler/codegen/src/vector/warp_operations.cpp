#include "vector/warp_operations.h"

#include "llvm/IR/Constants.h"

namespace opensupa::cc {
namespace {

llvm::StringRef CalleeName(const llvm::Instruction& instruction) {
  const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
  if (call == nullptr || call->getCalledFunction() == nullptr) return "";
  return call->getCalledFunction()->getName();
}

}  // namespace

bool IsLoweredLate(llvm::StringRef name) {
  return name == kBarrierExtern || name == kWarpExchangeExtern || name == kActiveMaskExtern;
}

const llvm::CallInst* AsBarrier(const llvm::Instruction& instruction) {
  return CalleeName(instruction) == kBarrierExtern ? llvm::cast<llvm::CallInst>(&instruction)
                                                   : nullptr;
}

const llvm::CallInst* BarrierAtEndOf(const llvm::BasicBlock& block) {
  const llvm::Instruction* end = block.getTerminator();
  return end == &block.front() ? nullptr : AsBarrier(*std::prev(end->getIterator()));
}

bool IsWarpOperation(const llvm::Instruction& instruction) {
  const llvm::StringRef name = CalleeName(instruction);
  return name == kWarpExchangeExtern || name == kActiveMaskExtern;
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
