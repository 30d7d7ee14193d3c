#include "vector/lane_agreement.h"

#include <utility>

namespace opensupa::cc {

LaneAgreement AskForAgreement(LaneValues& values, const llvm::BranchInst& branch) {
  llvm::Value* condition = branch.getCondition();
  const LaneShapes& shapes = values.shapes();
  llvm::IRBuilder<>& builder = values.builder();
  auto* compare = llvm::dyn_cast<llvm::ICmpInst>(condition);
  // What it compares may be gone if it was kept across a barrier.
  if (compare != nullptr && compare->getParent() == branch.getParent() && values.rows() == 1) {
    llvm::Value* number = compare->getOperand(0);
    llvm::Value* bound = compare->getOperand(1);
    auto predicate = compare->getPredicate();
    if (shapes.IsUniform(number)) {
      std::swap(number, bound);
      predicate = compare->getSwappedPredicate();
    }
    if (!compare->isEquality() && shapes.IsUniform(bound) && shapes.OffsetBits(number) > 0) {
      llvm::Value* first = values.Scalar(number);
      const int64_t span = shapes.Of(number).stride * static_cast<int64_t>(values.lanes() - 1);
      llvm::Value* last = builder.CreateAdd(
          first, llvm::ConstantInt::get(first->getType(), static_cast<uint64_t>(span)));
      llvm::Value* of_first = builder.CreateICmp(predicate, first, values.Scalar(bound));
      llvm::Value* of_last = builder.CreateICmp(predicate, last, values.Scalar(bound));
      const bool first_is_last_to_go =
          llvm::ICmpInst::isLT(predicate) || llvm::ICmpInst::isLE(predicate);
      return first_is_last_to_go ? LaneAgreement{of_last, of_first}
                                 : LaneAgreement{of_first, of_last};
    }
  }
  llvm::Value* lanes = values.Vector(condition);
  return {values.All(lanes), values.Any(lanes)};
}

}  // namespace opensupa::cc
