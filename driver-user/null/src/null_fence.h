#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "opensupa/hal/hal.h"

namespace opensupa::null {

class NullFence final : public hal::Fence {
 public:
  explicit NullFence(uint64_t value) : state_(std::make_shared<State>(value)) {}

  uint64_t Value() const override { return state_->value.load(std::memory_order_acquire); }
  Status Wait(uint64_t value, int64_t timeout_ns) override;
  Status Signal(uint64_t value) override;

 private:
  struct State {
    explicit State(uint64_t initial) : value(initial) {}
    std::atomic<uint64_t> value;
    std::mutex mutex;
    std::condition_variable changed;
  };
  // Kept by a signaller too: whoever sees the value may destroy the fence at once.
  const std::shared_ptr<State> state_;
};

/// kInvalidArgument when `fence` is null or of another backend.
Status CheckFence(const hal::Fence* fence);

}  // namespace opensupa::null
