#pragma once

#include <vector>

#include "llvm/ADT/StringRef.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// The direct calls of the extern `name` in `module`.
std::vector<llvm::CallInst*> CallsOf(llvm::Module& module, llvm::StringRef name);

}  // namespace opensupa::cc
