#pragma once

#include "vector/lane_values.h"

namespace opensupa::cc {

/// Loads each lane's element by itself and puts them together, for addresses that differ by a
/// constant distance from lane to lane, which must hold. On most CPUs that is faster than a gather,
/// which looks at addresses that here are part of the instructions.
llvm::Value* EmitSpreadLoad(LaneValues& values, llvm::LoadInst& load);

}  // namespace opensupa::cc
