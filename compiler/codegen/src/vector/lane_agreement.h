#pragma once

#include "vector/lane_values.h"

namespace opensupa::cc {

/// What the lanes of a whole vector say to a condition.
struct LaneAgreement {
  llvm::Value* all;  // i1: true in all lanes
  llvm::Value* any;  // i1: true in one at least
};

/// Emits the question what the lanes say to the condition of `branch`. Of a comparison of numbers
/// that grow from lane to lane with a uniform bound, those of the first and of the last lane say
/// it.
LaneAgreement AskForAgreement(LaneValues& values, const llvm::BranchInst& branch);

}  // namespace opensupa::cc
