#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "json_options.h"

namespace opensupa::cc {

using Bytes = std::vector<std::byte>;

/// A named view of input bytes.
struct Input {
  std::span<const std::byte> bytes;
  std::string name;
};

// What the functions of supacc.h do, without their C shape. All must run inside RunContained.

/// Clang's device bitcode to a serialised fat binary, or to bitcode or text by `options.emit`.
absl::StatusOr<Bytes> FinalizeCall(const Input& input, const CallOptions& options,
                                   std::string& log);

/// Clang's host bitcode to host bitcode (or text) with SUPA's registration.
absl::StatusOr<Bytes> EmbedCall(const Input& input, const Input& fat_binary,
                                const CallOptions& options, std::string& log);

/// Relocatable fat binaries to one that is not.
absl::StatusOr<Bytes> LinkCall(const std::vector<Input>& inputs, const CallOptions& options,
                               std::string& log);

/// Portable device IR to a serialised code object.
absl::StatusOr<Bytes> CompileCall(const Input& input, const std::string& target,
                                  const CallOptions& options, std::string& log);

/// Checks the rules of portable device IR.
absl::Status VerifyCall(const Input& input, std::string& log);

}  // namespace opensupa::cc
