#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "opensupa/base/status.h"

namespace opensupa::rt {

/// Everything that decides what the compiler makes. The device library is part of the compiler
/// library, the processor's features and the engine are in the target, and what a specialised
/// compilation is for (a block shape, say) is in the options.
struct CacheKey {
  std::string kind;      // "compile" or "link"
  std::string compiler;  // identity of the compiler library
  std::string target;    // code target; empty for "link"
  uint32_t device_abi = 0;
  std::string options;  // as handed to the compiler
  std::string input;    // hash of the device code, or of each part that is linked

  /// One line "name=value" for each member.
  std::string Text() const;
  /// Name of the entry's file: the hash of the text, 32 hex digits.
  std::string FileName() const;
  /// The inverse of Text; kDataLoss for other text.
  static StatusOr<CacheKey> Parse(std::string_view text);
};

}  // namespace opensupa::rt
