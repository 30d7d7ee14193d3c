#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Gives the atomic instructions and fences of every function that the headers annotate with
/// "supa.scope" the scope that the annotation's number names: 1 device, 2 or 3 block, any other the
/// system. To be called before such functions are inlined and before annotations go.
void ApplyAtomicScopes(llvm::Module& module);

}  // namespace opensupa::cc
