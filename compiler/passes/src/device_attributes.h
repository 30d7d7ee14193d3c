#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Removes what ties functions to one target, and gives the externs of the device IR their true
/// attributes: clang marks every device function convergent, which would forbid most optimisation.
void NormalizeAttributes(llvm::Module& module);

}  // namespace opensupa::cc
