#pragma once

#include <cstddef>
#include <span>

#include "absl/status/status.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Rewrites the registration that clang wrote for CUDA's runtime into SUPA's, in the host half of a
/// translation unit: sections, symbols and calls as docs/device-ir.md describes them. Works for
/// objects with and without -fgpu-rdc; every symbol it defines is internal, so that any number of
/// objects can be linked. A module without device code only gets its calls renamed.
///
/// `fat_binary` is the module's device half; empty for the one that clang embedded already.
/// `__managed__` variables become variables of the host, see managed_host.h.
///
/// kInvalidArgument if the module's registration does not have the form that clang 19 writes, or if
/// a `__managed__` variable starts with an address that the host does not have.
absl::Status EmbedHost(llvm::Module& module, std::span<const std::byte> fat_binary = {});

}  // namespace opensupa::cc
