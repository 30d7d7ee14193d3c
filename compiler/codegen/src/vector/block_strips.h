#pragma once

#include <vector>

#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

/// Whether several neighbouring blocks along x of the kernel `body`, which has index parameters,
/// may run row by row: first the first rows of all of them, then the second ones.
bool CanRunStrips(llvm::Function& body);

/// The loads of the block's index in x.
std::vector<llvm::LoadInst*> FindBlockIndexLoads(llvm::Function& function);

}  // namespace opensupa::cc
