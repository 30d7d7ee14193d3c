#pragma once

#include <cstdint>

#include "llvm/IR/Function.h"

namespace opensupa::cc {

/// Estimate of the 32-bit registers that one thread of `kernel` needs: the largest number of values
/// alive at once, and a few for addresses; between 16 and 255. Calls are not followed.
uint32_t EstimateRegisters(const llvm::Function& kernel);

}  // namespace opensupa::cc
