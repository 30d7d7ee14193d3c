#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Deepest stack that a call of `entry` can take, in bytes, from the frame size of each function;
/// 0 if recursion or a missing size leaves it unknown. A call through a pointer may reach every
/// function whose address is taken.
uint32_t StackBytes(const llvm::Function& entry,
                    const std::map<std::string, uint64_t>& frame_bytes);

}  // namespace opensupa::cc
