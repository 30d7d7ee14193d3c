#pragma once

#include "absl/status/status.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Lets the functions of a complete device module reach each `__managed__` variable through a slot,
/// a variable of its name with binary::kManagedSlotSuffix that holds its address. The slot starts
/// as the address of the variable in the image; a program's runtime makes it that of the host's
/// storage. Variables that the host cannot name stay as they are.
///
/// kInvalidArgument when the address of a managed variable is part of the initial value of a device
/// variable that is not managed itself.
absl::Status RedirectManagedVariables(llvm::Module& module);

}  // namespace opensupa::cc
