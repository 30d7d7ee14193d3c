#pragma once

#include "vector/lane_values.h"

namespace opensupa::cc {

/// Emits an atomic update of one place by the lanes of `mask` (all if null), of which at least one
/// is set, as one update with what they all add up to. What a lane gets back is as if lanes had
/// come in order.
///
/// False, and nothing done, where lanes update different places or the order would show: floating
/// point, exchanges, and results other than those of additions.
bool EmitCombinedAtomic(LaneValues& values, llvm::AtomicRMWInst& update, llvm::Value* mask);

}  // namespace opensupa::cc
