#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace opensupa::cc {

/// What one relocation does to the image.
enum class RelocationKind {
  kAbsolute64,   // slot = image base + target: left to the loader
  kRelative,     // patched now from target and place
  kGotRelative,  // as kRelative, with a slot that holds the target's address as target
  kNone,
  kUnknown,
};

/// Sorts a relocation type of `machine` (EM_X86_64 or EM_AARCH64).
RelocationKind ClassifyRelocation(uint16_t machine, uint32_t type);

/// Patches `bytes`, the place of a relative relocation, which lies at `place` in the image;
/// `target` is the symbol's (or slot's) offset plus addend. Offsets stand for addresses, since the
/// image is loaded at a page boundary. kOutOfRange if the distance does not fit.
absl::Status ApplyRelative(uint16_t machine, uint32_t type, std::byte* bytes, uint64_t place,
                           int64_t target);

}  // namespace opensupa::cc
