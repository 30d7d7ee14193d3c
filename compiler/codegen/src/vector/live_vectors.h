#pragma once

#include "llvm/Analysis/LoopInfo.h"
#include "vector/lane_shapes.h"

namespace opensupa::cc {

/// The most vector registers that values take which are alive at once in an innermost loop, or
/// anywhere if there is none. A register holds 32 bits of each lane.
unsigned MostLiveVectors(const llvm::Function& function, const llvm::LoopInfo& loops,
                         const LaneShapes& shapes);

}  // namespace opensupa::cc
