#pragma once

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Function.h"
#include "vector/streaming_stores.h"

namespace opensupa::cc {

/// Marks the prefetch for a store that may bypass the caches, where lanes write neighbours.
inline constexpr llvm::StringLiteral kMayStreamMetadata = "supa.may_stream";

/// Whether a loop of `function`, a kernel whose loops are simplified, loads from its arguments in
/// steps that are not known, such as the threads of the grid. Such steps are long, so that all
/// threads of a block had better load together.
bool LoadsInLongSteps(llvm::Function& function, const llvm::LoopInfo& loops);

/// Asks for memory ahead of the loads of a scalar kernel from its arguments: for what the same load
/// will want some iterations later, or some blocks later if it is in no loop that moves its address
/// and blocks do not run as strips. `block_threads` is the number of threads of a block, or what it
/// is likely to be; with `in_step` they all load together, so that long steps are looked ahead,
/// too.
///
/// Blocks are short, and wait within, so that the processor's own prefetching sees no stream. The
/// addresses may lie outside of all memory.
void PrefetchLoads(llvm::Function& function, const llvm::LoopInfo& loops, unsigned block_threads,
                   bool strips, bool in_step, const StreamingStores& streaming);

}  // namespace opensupa::cc
