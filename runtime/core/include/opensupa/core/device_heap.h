#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "opensupa/hal/hal.h"

namespace opensupa::rt {

/// Free and used runs of one chunk, best fit, neighbours joined. Not thread safe.
class FreeList {
 public:
  explicit FreeList(uint64_t size_bytes);
  /// Offset of a run of `size_bytes`, or -1 when none is large enough.
  int64_t Take(uint64_t size_bytes);
  void Give(uint64_t offset_bytes, uint64_t size_bytes);
  bool AllFree() const { return free_bytes_ == size_bytes_; }

 private:
  void Add(uint64_t offset_bytes, uint64_t size_bytes);
  void Erase(std::map<uint64_t, uint64_t>::iterator run);

  uint64_t size_bytes_;
  uint64_t free_bytes_;
  std::map<uint64_t, uint64_t> by_offset_;           // offset -> size
  std::set<std::pair<uint64_t, uint64_t>> by_size_;  // (size, offset)
};

/// Device memory of one context. Allocations below kSmallBytes share chunks, larger ones have
/// memory and addresses of their own, so that an access past their end is a page fault. Thread
/// safe.
class DeviceHeap {
 public:
  static constexpr uint64_t kAlignBytes = 256;
  static constexpr uint64_t kSmallBytes = 64 << 10;
  static constexpr uint64_t kChunkBytes = 2 << 20;

  explicit DeviceHeap(std::shared_ptr<hal::Device> device) : device_(std::move(device)) {}

  /// `size_bytes` > 0. kResourceExhausted when the device is full.
  StatusOr<hal::DeviceAddress> Allocate(uint64_t size_bytes);
  /// `base` came from Allocate. No work may use it any more.
  Status Free(hal::DeviceAddress base);
  /// Frees everything.
  void Clear();

 private:
  // Members are destroyed bottom up: unbound before freed.
  struct Block {
    std::unique_ptr<hal::Memory> memory;
    std::unique_ptr<hal::AddressRange> range;
  };
  struct Chunk {
    Block block;
    FreeList free{kChunkBytes};
  };
  StatusOr<Block> CreateBlock(uint64_t size_bytes);
  StatusOr<hal::DeviceAddress> AllocateSmall(uint64_t size_bytes);

  std::shared_ptr<hal::Device> device_;
  std::mutex mutex_;
  std::map<hal::DeviceAddress, std::unique_ptr<Chunk>> chunks_;
  std::unordered_map<hal::DeviceAddress, Block> large_;
  std::unordered_map<hal::DeviceAddress, uint64_t> small_sizes_;
};

}  // namespace opensupa::rt
