#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>

#include "host_target.h"
#include "kernel_entries.h"
#include "llvm/IR/Function.h"

namespace opensupa::cc {

/// Makes the functions that run all threads of a block of `body`, a kernel with index parameters,
/// as vectors, as suits `target`: for blocks of any size, or for those of `plan.block`. They become
/// `plan.blocks`. Null, or the reason why that cannot be. `suspending` are the functions that may
/// wait for other threads.
const char* MakeBlockFunctions(llvm::Function& body, const HostTarget& target,
                               const std::set<const llvm::Function*>& suspending, KernelPlan& plan);

}  // namespace opensupa::cc
