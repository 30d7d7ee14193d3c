#include "vector/induction.h"

namespace opensupa::cc {

llvm::Value* StepOf(const llvm::PHINode& phi, const llvm::Loop& loop) {
  const llvm::BasicBlock* latch = loop.getLoopLatch();
  if (latch == nullptr || phi.getParent() != loop.getHeader()) return nullptr;
  auto* next = llvm::dyn_cast<llvm::BinaryOperator>(phi.getIncomingValueForBlock(latch));
  if (next == nullptr || next->getOpcode() != llvm::Instruction::Add) return nullptr;
  for (unsigned i = 0; i < 2; ++i) {
    llvm::Value* step = next->getOperand(1 - i);
    if (next->getOperand(i) == &phi && loop.isLoopInvariant(step)) return step;
  }
  return nullptr;
}

}  // namespace opensupa::cc
