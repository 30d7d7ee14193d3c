#pragma once

#include <map>
#include <vector>

#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

/// Multiplications of one block that are emitted together, since they share a factor, by the last
/// of them, in whose place that is done.
using MatrixGroups = std::map<const llvm::CallInst*, std::vector<llvm::CallInst*>>;

/// Finds the groups of a function whose locals have been interleaved; each call is in one.
MatrixGroups FindMatrixGroups(llvm::Function& function);

/// The first argument of a matrix operation.
uint32_t MatrixKindNumber(const llvm::CallInst& call);
/// The factor of which single elements are read, which calls of a group share: the one with the
/// short side of D.
llvm::Value* SingleFactorOf(const llvm::CallInst& call);
/// The other one, of which vectors are read.
llvm::Value* ColumnFactorOf(const llvm::CallInst& call);

}  // namespace opensupa::cc
