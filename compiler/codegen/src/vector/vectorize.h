#pragma once

#include <set>

#include "llvm/IR/Function.h"
#include "vector/block_parts.h"

namespace opensupa::cc {

/// How a kernel becomes a function that runs a block's threads as vectors.
struct VectorForm {
  BlockForm form;
  unsigned lanes = 1;
  unsigned rows = 1;          // of a vector, each a part of the lanes
  unsigned most_threads = 0;  // of a block
  unsigned likely_threads = 256;
  bool is_block = false;  // whether a vector is all threads of a block
  bool strips = false;    // run several blocks, see CanRunStrips
  /// Functions that may wait for other threads.
  const std::set<const llvm::Function*>* suspending = nullptr;
  LaneFacts* facts = nullptr;  // told what becomes of the kernel, if there is one
  MatrixTarget matrices = {};
};

/// Makes a function of the same type as `body`, a kernel with index parameters, that runs all
/// threads of a block. It takes the block's size in x, y and z in place of the thread's index, and
/// how many neighbouring blocks it shall run in place of the linear index.
/// Null if the kernel cannot be run that way; `reason` then says why.
llvm::Function* VectorizeKernel(llvm::Function& body, const VectorForm& form, const char** reason);

/// How many vectors are worth running side by side (1, 2 or 4), so that one does not wait for what
/// another has to do: as many as leave the values of the kernel's loops in `registers`. More than
/// that, up to `block_vectors`, if all threads of a block had better load together.
unsigned VectorsAtOnce(llvm::Function& body, unsigned block_vectors, unsigned registers);

/// How many rows of `row_lanes` threads are worth a vector together, because they share what they
/// load and do not wait for each other: 1, or up to `most`, as many as leave the values of the
/// kernel's loops in `registers`, of which each holds 32 bits of a row.
unsigned RowsAtOnce(llvm::Function& body, unsigned row_lanes, unsigned most, unsigned registers);
/// Whether the body of a kernel has loops.
bool HasLoops(llvm::Function& body);

/// Whether `body` exchanges values within warps, so that the lanes of a vector must be a warp.
bool UsesWarps(const llvm::Function& body);
/// Whether `body` multiplies matrices for which the CPU may have instructions (kHostDotProducts).
bool UsesDotProducts(const llvm::Function& body);
/// Whether `body` has barriers of its own.
bool UsesBarriers(const llvm::Function& body);

}  // namespace opensupa::cc
