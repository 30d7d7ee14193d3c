#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "opensupa/hal/hal.h"

namespace opensupa::rt {

/// Pinned memory through which small copies from pageable memory travel, so that the caller need
/// not wait. A ring; a piece is free again once the stream has passed the copy out of it. Not
/// thread safe.
class StagingRing {
 public:
  static constexpr uint64_t kRingBytes = 256 << 10;
  static constexpr uint64_t kPieceBytes = 64 << 10;  // largest piece

  explicit StagingRing(std::shared_ptr<hal::Device> device) : device_(std::move(device)) {}
  ~StagingRing();
  StagingRing(const StagingRing&) = delete;
  StagingRing& operator=(const StagingRing&) = delete;

  /// A piece of `size_bytes` <= kPieceBytes; waits for the stream when the ring is full.
  StatusOr<std::byte*> Take(uint64_t size_bytes, hal::Fence& fence);
  /// The piece taken last is in use until the fence reaches `value`.
  void Commit(uint64_t value);

 private:
  Status Allocate();

  std::shared_ptr<hal::Device> device_;
  std::byte* memory_ = nullptr;
  uint64_t head_ = 0;  // counts bytes ever taken; modulo kRingBytes is the place in the ring
  uint64_t tail_ = 0;  // counts bytes ever freed
  std::deque<std::pair<uint64_t, uint64_t>> in_use_;  // (head after the piece, fence value)
};

/// A queue with its timeline: what a stream puts work into. Channels outlive their streams, so that
/// events and other queues may go on waiting for points of the timeline; a later stream takes the
/// channel over and goes on counting.
struct Channel {
  explicit Channel(std::shared_ptr<hal::Device> owner)
      : device(std::move(owner)), staging(device) {}

  // Destroyed bottom up: the queue first, the device last.
  std::shared_ptr<hal::Device> device;
  StagingRing staging;  // used under the lock of the stream that owns the channel
  std::unique_ptr<hal::Fence> fence;
  std::unique_ptr<hal::Queue> queue;
  int32_t priority = 0;
  std::atomic<uint64_t> last{0};     // value of the last batch submitted
  std::atomic<bool> blocking{true};  // takes part in the order of the legacy stream
  std::atomic<bool> in_use{true};    // owned by a stream

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

  /// How many there are. Channels whose work the caller must know of are counted.
  size_t Count() const { return count_.load(std::memory_order_acquire); }

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
  std::atomic<size_t> count_{0};  // of channels_
};

}  // namespace opensupa::rt
