#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "opensupa/core/channel.h"
#include "opensupa/hal/hal.h"

namespace opensupa::rt {

class Context;

/// An in-order list of work of one context. Legacy order: work in the legacy stream waits for all
/// blocking streams of its context, and they wait for it. Thread safe; streams do not share locks
/// when work is put in.
class Stream {
 public:
  enum class Kind { kLegacy, kPerThread, kCreated };

  static StatusOr<std::shared_ptr<Stream>> Create(std::shared_ptr<Context> context, Kind kind,
                                                  uint32_t flags, int32_t priority);
  Stream(std::shared_ptr<Context> context, Kind kind, uint32_t flags,
         std::shared_ptr<Channel> channel);
  ~Stream();

  Context& context() const { return *context_; }
  const std::shared_ptr<Context>& shared_context() const { return context_; }
  Kind kind() const { return kind_; }
  uint32_t flags() const { return flags_; }
  int32_t priority() const { return channel_->priority; }
  uint64_t id() const { return id_; }

  /// Puts `commands` in, to run after all earlier work and after `waits`. `point`, if given,
  /// receives the point of the timeline at which they are complete. Does not wait.
  Status Submit(std::span<const hal::Command> commands, std::span<const hal::FencePoint> waits = {},
                TimelinePoint* point = nullptr);
  Status Submit(const hal::Command& command, TimelinePoint* point = nullptr) {
    return Submit({&command, 1}, {}, point);
  }
  /// As Submit of a copy from pageable host memory: `fill(staging)` writes `size_bytes` bytes, at
  /// most StagingRing::kPieceBytes, which `command(address)` then reads on the device.
  template <typename Fill, typename MakeCommand>
  Status SubmitStaged(uint64_t size_bytes, Fill fill, MakeCommand command);

  /// The point at which everything put in so far is complete.
  StatusOr<TimelinePoint> Mark();
  /// Makes later work wait for `point`.
  Status WaitFor(const TimelinePoint& point);
  /// Waits on the host until everything ordered before new work of this stream is complete.
  Status Drain();
  /// supaErrorNotReady while work is pending.
  Status Query();

 private:
  using WaitList = absl::InlinedVector<hal::FencePoint, 8>;
  void AddImplicitWaits(WaitList& waits) const;
  Status SubmitLocked(std::span<const hal::Command> commands,
                      std::span<const hal::FencePoint> waits, uint64_t* value);

  std::shared_ptr<Context> context_;
  const Kind kind_;
  const uint32_t flags_;
  const uint64_t id_;
  std::shared_ptr<Channel> channel_;
  std::mutex mutex_;
  // Channels of other contexts that work up to the value waits for.
  std::vector<std::pair<uint64_t, std::shared_ptr<Channel>>> foreign_;
};

template <typename Fill, typename MakeCommand>
Status Stream::SubmitStaged(uint64_t size_bytes, Fill fill, MakeCommand command) {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(std::byte * piece, channel_->staging.Take(size_bytes, *channel_->fence));
  fill(piece);
  const hal::Command made = command(reinterpret_cast<hal::DeviceAddress>(piece));
  uint64_t value = 0;
  SUPA_RETURN_IF_ERROR(SubmitLocked({&made, 1}, {}, &value));
  channel_->staging.Commit(value);
  return absl::OkStatus();
}

}  // namespace opensupa::rt
