#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "opensupa/hal/hal.h"

namespace opensupa::rt {

/// A queue with its timeline: what a stream puts work into. Channels outlive their streams, so that
/// events and other queues may go on waiting for points of the timeline; a later stream takes the
/// channel over and goes on counting.
struct Channel {
  // Destroyed bottom up: the queue first, the device last.
  std::shared_ptr<hal::Device> device;
  std::unique_ptr<hal::Fence> fence;
  std::unique_ptr<hal::Queue> queue;
  int32_t priority = 0;
  std::atomic<uint64_t> last{0};       // value of the last batch submitted
  std::atomic<bool> blocking{true};    // takes part in the order of the legacy stream
  std::atomic<bool> in_use{true};      // owned by a stream

  bool Idle() const { return fence->Value() >= last.load(std::memory_order_acquire); }
};

/// A point of a channel's timeline; empty when nothing was recorded.
struct TimelinePoint {
  std::shared_ptr<Channel> channel;
  uint64_t value = 0;

  bool Reached() const { return channel == nullptr || channel->fence->Value() >= value; }
};

/// All channels of one context. Thread safe.
class ChannelPool {
 public:
  explicit ChannelPool(std::shared_ptr<hal::Device> device) : device_(std::move(device)) {}

  StatusOr<std::shared_ptr<Channel>> Acquire(int32_t priority, bool blocking);
  /// Hands a channel back; work in it still completes.
  void Release(const std::shared_ptr<Channel>& channel);

  /// Calls `visit(channel)` for every channel, with a lock held that keeps new ones out.
  template <typename Visit>
  void ForEach(Visit visit) const {
    std::shared_lock lock(mutex_);
    for (const auto& channel : channels_) visit(channel);
  }

  /// Forgets all channels; those still referenced elsewhere live on.
  void Close();

 private:
  std::shared_ptr<hal::Device> device_;
  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<Channel>> channels_;
};

}  // namespace opensupa::rt
