#pragma once

#include "llvm/Analysis/LoopInfo.h"
#include "vector/lane_instructions.h"

namespace opensupa::cc {

/// Whether lanes had better run `loop`, which they may leave in different iterations, one after the
/// other: each walks through memory of its own in small steps and computes little, so that gathers
/// for all lanes would touch a line for each of them again and again.
bool PaysLaneByLane(const llvm::Loop& loop, const LaneShapes& shapes);

/// Emits a loop for which PaysLaneByLane holds as scalar code that each lane of `mask` (all if
/// null) runs by itself. What its phis start from is set, and so is afterwards what it gives its
/// exit.
void EmitLoopLaneByLane(const llvm::Loop& loop, LaneValues& values, LaneInstructions& instructions,
                        llvm::Value* mask);

}  // namespace opensupa::cc
