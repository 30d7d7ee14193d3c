#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::cc {

struct LinkOptions {
  std::string producer;  // compiler name and version
};

/// Links relocatable images into one that is not relocatable. Images that are not relocatable are
/// refused.
///
/// kNotFound for symbols that no image defines, kAlreadyExists for symbols that two images define,
/// each with the demangled name and the translation units; kInvalidArgument for an image that
/// cannot be read or breaks a rule; kInternal if LLVM's linker fails.
absl::StatusOr<binary::FatBinary> LinkDevice(std::span<const binary::FatBinary> images,
                                             const LinkOptions& options);

}  // namespace opensupa::cc
