#pragma once

#include "llvm/IR/Function.h"
#include "vector/lane_shapes.h"

namespace opensupa::cc {

/// Lets values that cost little be computed anew behind barriers, where they would have to be kept
/// in memory for every thread: what pure instructions make of thread indices, arguments and values
/// that are the same in the whole block.
///
/// `block_shapes` are shapes of `function` for the whole block; they do not know what this adds.
void RecomputeAfterBarriers(llvm::Function& function, const LaneShapes& block_shapes);

}  // namespace opensupa::cc
