#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "opensupa/base/status.h"

namespace opensupa::emu {

/// Shared memory of one block in flight: a mapping with guard pages at both ends. A block's
/// variables stand at its end, so that running over them faults at once.
class SharedWindow {
 public:
  static StatusOr<std::unique_ptr<SharedWindow>> Create();
  ~SharedWindow();
  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;

  /// Start of `size_bytes` of shared memory, aligned to 128.
  std::byte* Place(size_t size_bytes) const;
  bool InGuard(uint64_t address) const;
  /// Whether `address` is in the window or at its end.
  bool Contains(const std::byte* address) const;

 private:
  explicit SharedWindow(std::byte* base) : base_(base) {}
  std::byte* const base_;  // of the first guard
};

}  // namespace opensupa::emu
