#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Gives the C library functions that clang's builtins turn into (memcmp, bcmp, memchr, strlen) a
/// body where device code calls them.
void DefineLibraryFunctions(llvm::Module& module);

}  // namespace opensupa::cc
