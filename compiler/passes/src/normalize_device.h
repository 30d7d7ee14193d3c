#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Replaces what clang writes for NVPTX by the externs of the portable device IR: vprintf, traps,
/// __syncthreads(), special registers, and the inline assembly that has an exact counterpart. What
/// has none stays, for the verifier to name.
void ReplaceTargetCode(llvm::Module& module);

/// Turns the annotation of __managed__ variables into the named metadata supa.managed, and drops
/// the other lists that only a compiler for one target reads.
void ReplaceAnnotations(llvm::Module& module);

/// Named metadata that lists the managed variables.
inline constexpr char kManagedMetadata[] = "supa.managed";
/// Properties in nvvm.annotations that hold a kernel's __cluster_dims__.
inline constexpr const char* kClusterKeys[] = {"cluster_dim_x", "cluster_dim_y", "cluster_dim_z"};

}  // namespace opensupa::cc
