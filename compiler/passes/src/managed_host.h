#pragma once

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Turns the shadows of `__managed__` variables in a host module into the variables themselves,
/// with the initial values that `fat_binary`, the module's device half, gives them, and their
/// registration into that of managed variables. To be called while clang's registration is as it
/// wrote it. Without a device half the variables start as zero.
///
/// kInvalidArgument when an initial value holds an address that the host does not have.
absl::Status PlaceManagedVariables(llvm::Module& module, std::span<const std::byte> fat_binary);

}  // namespace opensupa::cc
