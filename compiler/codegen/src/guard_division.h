#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Makes integer division total, as on the card: dividing by zero gives a quotient of all ones and
/// the dividend as remainder, the lowest number divided by -1 wraps. Run it after the optimiser,
/// which may reason as if no division were by zero.
void GuardDivisions(llvm::Module& module);

}  // namespace opensupa::cc
