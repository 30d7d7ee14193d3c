#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// One __attribute__((annotate(name, numbers...))).
struct Annotation {
  llvm::GlobalValue* target = nullptr;
  std::string name;
  std::vector<uint64_t> numbers;
};

/// All annotations of functions and variables in the module, in its order.
std::vector<Annotation> ReadAnnotations(const llvm::Module& module);

}  // namespace opensupa::cc
