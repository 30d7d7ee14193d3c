#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Host code that reads or writes a __device__ or __constant__ variable by its name. The host has
/// only a shadow of the variable, which stands for it in calls and holds nothing.
struct ShadowAccess {
  std::string function;  // that has the access, as the source wrote it
  std::string variable;
  bool writes = false;
  std::string place;  // "file:line:column", if the module knows
};

/// Accesses in a host module as clang writes it, in the module's order, at most one for each place.
std::vector<ShadowAccess> FindShadowAccesses(const llvm::Module& module);

/// The accesses as clang prints warnings, each followed by a hint. `name` stands where the place is
/// not known.
std::string FormatShadowAccesses(const std::vector<ShadowAccess>& accesses, std::string_view name);

}  // namespace opensupa::cc
