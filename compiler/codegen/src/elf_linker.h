#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/ADT/StringRef.h"
#include "opensupa/binary/code_object.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::cc {

/// A kernel for LinkImage: its descriptor but for the entry offset, and the symbol of its entry.
struct KernelToLink {
  std::string name;  // also the entry's symbol
  binary::abi::KernelDescriptor descriptor = {};
};

/// What LinkImage joins. `object` is the relocatable ELF object of the module; `support` is one
/// that is added only if `object` needs a symbol of it, and may be empty.
struct LinkInput {
  llvm::StringRef object;
  llvm::StringRef support;
  std::vector<KernelToLink> kernels;
};

/// Lays out the image and resolves every reference inside it. Fills text, data, layout, relocations
/// and symbols of a CodeObject; target and device_abi are left to the caller.
///
/// Global hidden data symbols become variables. kNotFound names a symbol that neither object
/// defines, kUnimplemented a relocation that the linker does not know.
absl::StatusOr<binary::CodeObject> LinkImage(const LinkInput& input);

/// Frame size of each function of the ELF object, from its .stack_sizes section.
absl::StatusOr<std::map<std::string, uint64_t>> ReadFrameSizes(llvm::StringRef object);

}  // namespace opensupa::cc
