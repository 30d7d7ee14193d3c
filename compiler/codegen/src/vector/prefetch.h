#pragma once

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Function.h"

namespace opensupa::cc {

/// Asks for memory ahead of the loads of a scalar kernel from its arguments: for what the same load
/// will want some iterations later, or some blocks later if it is in no loop that moves its address
/// and blocks do not run as strips. `block_threads` is the number of threads of a block, or what it
/// is likely to be.
///
/// Blocks are short, and wait within, so that the processor's own prefetching sees no stream. The
/// addresses may lie outside of all memory.
void PrefetchLoads(llvm::Function& function, const llvm::LoopInfo& loops, unsigned block_threads,
                   bool strips);

}  // namespace opensupa::cc
