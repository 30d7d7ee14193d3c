#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "opensupa/base/status.h"

namespace opensupa::native {

/// A run of fence values in host memory, one cache line each. Lives until the process ends, so that
/// a device that still sees it can never see freed memory.
class FenceSlab {
 public:
  static constexpr uint64_t kStrideBytes = 64;
  static constexpr uint64_t kBytes = 64 * 1024;
  static constexpr uint32_t kFences = kBytes / kStrideBytes;

  FenceSlab(uint32_t index, uint64_t address) : index_(index), address_(address) {}
  uint32_t index() const { return index_; }
  uint64_t address() const { return address_; }

 private:
  const uint32_t index_;
  const uint64_t address_;
};

/// Ownership of one fence value; returned to the pool at the end. No queue may still be about to
/// store into it then.
class FenceSlot {
 public:
  FenceSlot() = default;
  FenceSlot(const FenceSlab* slab, uint64_t address) : slab_(slab), address_(address) {}
  FenceSlot(FenceSlot&& other) noexcept { *this = std::move(other); }
  FenceSlot& operator=(FenceSlot&& other) noexcept {
    std::swap(slab_, other.slab_);
    std::swap(address_, other.address_);
    return *this;
  }
  ~FenceSlot();

  bool valid() const { return slab_ != nullptr; }
  const FenceSlab& slab() const { return *slab_; }
  uint64_t address() const { return address_; }  // host address and device address
  std::atomic_ref<uint64_t> value() const {
    return std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(address_));
  }

 private:
  const FenceSlab* slab_ = nullptr;
  uint64_t address_ = 0;
};

/// Fence values of the whole process: any device can be made to see any of them, which is what
/// waits across devices need. Thread safe.
class FencePool {
 public:
  static FencePool& Process();
  StatusOr<FenceSlot> Acquire(uint64_t initial_value);

 private:
  friend class FenceSlot;
  Status Grow();

  std::mutex mutex_;
  std::vector<std::unique_ptr<FenceSlab>> slabs_;
  std::vector<std::pair<const FenceSlab*, uint64_t>> free_;
};

}  // namespace opensupa::native
