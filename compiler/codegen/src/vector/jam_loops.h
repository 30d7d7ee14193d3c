#pragma once

#include "llvm/IR/Function.h"

namespace opensupa::cc {

/// Runs iterations of a loop side by side within the loop inside it, where that goes over a local
/// array of the thread in the same way each time: a piece of the array, which is a vector for each
/// group of lanes, is then loaded and stored once for several iterations. Results stay the same bit
/// for bit. Only loops of a known number of iterations are changed.
void JamLoops(llvm::Function& function);

}  // namespace opensupa::cc
