#pragma once

#include <set>

#include "vector/lane_split.h"

namespace opensupa::cc {

/// Finds a value, the same in the whole block and known before `blocks` are run, on which it
/// depends how lanes lie in memory there: a distance that is added to a thread's index, or a mask
/// of its bits. Code of its own for each small power of two lets such accesses be whole vectors.
/// Null if there is none, or if the blocks are too large to be there several times.
///
/// `live` are the values that are kept for the blocks.
llvm::Instruction* FindChoice(const std::set<const llvm::BasicBlock*>& blocks,
                              const std::set<llvm::Instruction*>& live, const LaneShapes& shapes,
                              const LaneShapes& block_shapes);

/// What is known in `blocks`, which run from `entry` up to a barrier, of values that are constants
/// there: of `choice`, which is `constant` at first (both null for none), and of phis.
PartFacts FindFacts(const std::set<const llvm::BasicBlock*>& blocks, const llvm::BasicBlock& entry,
                    const std::set<llvm::Instruction*>& live, const llvm::Instruction* choice,
                    const llvm::ConstantInt* constant);

}  // namespace opensupa::cc
