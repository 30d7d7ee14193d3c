#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Replaces the calls of `__su_matrix_move` in all functions by loads and stores of the calling
/// thread, with an exchange before and after by which the lanes of the warp wait for each other.
void ExpandMatrixMoves(llvm::Module& module);

/// Lets the engine multiply bfloat16 matrices as the CPU's own instruction does, where it has one;
/// for code of a level whose vector code does the same.
void MarkNativeBf16(llvm::Module& module);

}  // namespace opensupa::cc
