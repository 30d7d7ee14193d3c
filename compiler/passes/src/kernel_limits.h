#pragma once

#include "device_rules.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// What a kernel asks for that no card gives: parameters that are references or too large, launch
/// bounds and cluster sizes out of range. To be called on what clang wrote, since optimising takes
/// some of it away.
void CheckKernelSignatures(const llvm::Module& module, Violations& violations);

/// The same for static shared memory, on a complete module.
void CheckSharedMemory(const llvm::Module& module, Violations& violations);

}  // namespace opensupa::cc
