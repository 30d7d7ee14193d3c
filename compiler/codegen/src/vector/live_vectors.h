#pragma once

#include "llvm/Analysis/LoopInfo.h"
#include "vector/lane_shapes.h"

namespace opensupa::cc {

/// Vector registers, each of which holds 32 bits of each lane of a row.
struct LiveVectors {
  unsigned all = 0;
  unsigned by_row = 0;  // those that are needed once more for every further row
};

/// The most vector registers that values take which are alive at once in an innermost loop, or
/// anywhere if there is none.
LiveVectors MostLiveVectors(const llvm::Function& function, const llvm::LoopInfo& loops,
                            const LaneShapes& shapes);

}  // namespace opensupa::cc
