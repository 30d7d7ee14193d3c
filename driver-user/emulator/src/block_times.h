#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace opensupa::emu {

/// How long a block of each kernel took the last time. A guess: kernels may displace each other.
/// Thread safe.
class BlockTimes {
 public:
  /// 0 when nothing is known.
  uint64_t Get(uint64_t descriptor_va) const {
    const uint64_t entry = Slot(descriptor_va).load(std::memory_order_relaxed);
    return entry >> 32 == Tag(descriptor_va) ? entry & 0xffffffffu : 0;
  }
  /// Blocks that take much less than before are believed only gradually: work thought to be long is
  /// shared, which never costs much, while long work that is not shared does.
  void Note(uint64_t descriptor_va, uint64_t block_ns) {
    const uint64_t before = Get(descriptor_va);
    const uint64_t kept = std::clamp<uint64_t>(std::max(block_ns, before / 2), 1, 0xffffffffu);
    Slot(descriptor_va).store(Tag(descriptor_va) << 32 | kept, std::memory_order_relaxed);
  }

 private:
  // Descriptors are aligned to 64 bytes.
  static uint64_t Tag(uint64_t descriptor_va) { return (descriptor_va >> 6) & 0xffffffffu; }
  const std::atomic<uint64_t>& Slot(uint64_t descriptor_va) const {
    return entries_[Tag(descriptor_va) * 0x9e3779b97f4a7c15ull >> 54];
  }
  std::atomic<uint64_t>& Slot(uint64_t descriptor_va) {
    return entries_[Tag(descriptor_va) * 0x9e3779b97f4a7c15ull >> 54];
  }

  std::array<std::atomic<uint64_t>, 1024> entries_{};
};

}  // namespace opensupa::emu
