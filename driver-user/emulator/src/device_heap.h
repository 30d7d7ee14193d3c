#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "memory_manager.h"

namespace opensupa::emu {

/// Memory for malloc() in kernels. What is given out counts against the card's memory; all of it
/// goes with the heap. Bookkeeping stands outside the memory, so kernels cannot damage it. Thread
/// safe.
class DeviceHeap {
 public:
  /// What is mapped at least; more when the first limit is larger.
  static constexpr uint64_t kLeastBytes = 256u << 20;
  static constexpr uint64_t kAlignBytes = 64;

  explicit DeviceHeap(std::shared_ptr<MemoryQuota> quota) : quota_(std::move(quota)) {}
  ~DeviceHeap();
  DeviceHeap(const DeviceHeap&) = delete;
  DeviceHeap& operator=(const DeviceHeap&) = delete;

  /// Gives all of it back.
  void Clear();
  /// Null when `limit_bytes` have been given out, or the heap or the card's memory is used up.
  void* Allocate(uint64_t size_bytes, uint64_t limit_bytes);
  /// False when `address` is not allocated.
  bool Free(void* address);
  /// Whether all of [address, address + size_bytes) belongs to the heap.
  bool Contains(uint64_t address, uint64_t size_bytes) const;

 private:
  bool MapLocked(uint64_t limit_bytes);

  const std::shared_ptr<MemoryQuota> quota_;
  mutable std::mutex mutex_;
  uint64_t base_ = 0;  // 0 = not mapped yet
  uint64_t mapped_bytes_ = 0;
  uint64_t used_bytes_ = 0;
  std::map<uint64_t, uint64_t> free_;       // start -> bytes, never adjacent
  std::map<uint64_t, uint64_t> allocated_;  // start -> bytes
};

}  // namespace opensupa::emu
