#pragma once

#include "absl/status/status.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Rewrites the registration that clang wrote for CUDA's runtime into SUPA's, in the host half of a
/// translation unit: sections, symbols and calls as docs/device-ir.md describes them. Works for
/// objects with and without -fgpu-rdc; every symbol it defines is internal, so that any number of
/// objects can be linked. A module without device code only gets its calls renamed.
///
/// kInvalidArgument if the module's registration does not have the form that clang 19 writes, or if
/// host code uses a __managed__ variable.
absl::Status EmbedHost(llvm::Module& module);

}  // namespace opensupa::cc
