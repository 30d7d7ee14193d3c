#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "opensupa/hal/hal.h"

namespace opensupa::null {

class NullFence final : public hal::Fence {
 public:
  explicit NullFence(uint64_t value) : value_(value) {}

  uint64_t Value() const override { return value_.load(std::memory_order_acquire); }
  Status Wait(uint64_t value, int64_t timeout_ns) override;
  Status Signal(uint64_t value) override;

 private:
  std::atomic<uint64_t> value_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

/// kInvalidArgument when `fence` is null or of another backend.
Status CheckFence(const hal::Fence* fence);

}  // namespace opensupa::null
