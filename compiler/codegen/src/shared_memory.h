#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/IR/Module.h"
#include "reachability.h"

namespace opensupa::cc {

/// Bytes at the start of the block's shared memory that each kernel's static variables take. The
/// dynamic part begins there if the kernel uses any.
using SharedSizes = std::map<const llvm::Function*, uint32_t>;

/// Gives every shared variable a place in the block's shared memory and turns its uses into
/// `shared base + offset`.
///
/// A variable has one offset in the whole module, so that functions serve several kernels; two
/// variables may overlap if no kernel reaches both. Alignments are relative to the base, which the
/// engine aligns to 128 bytes. kInvalidArgument if a variable asks for more, or if a shared
/// variable's address stands in another variable's initial value.
absl::StatusOr<SharedSizes> PlaceSharedVariables(llvm::Module& module,
                                                 const std::vector<llvm::Function*>& kernels,
                                                 const Reachability& reachability);

}  // namespace opensupa::cc
