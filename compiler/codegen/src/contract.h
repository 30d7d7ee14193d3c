#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Fuses the multiplications and additions of float and double that the language allows to be
/// fused (flag `contract`), in one place, so that every way to run a kernel rounds alike. A product
/// that one addition or subtraction uses becomes part of it; the flag goes everywhere, so that
/// nothing is fused later. Without `has_fma` nothing is fused.
void ContractFloatingPoint(llvm::Module& module, bool has_fma);

}  // namespace opensupa::cc
