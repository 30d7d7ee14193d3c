#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "opensupa/core/channel.h"

namespace opensupa::rt {

class Context;
class Stream;

/// 8-byte words of host memory that the device writes times into. Thread safe.
class TimestampSlots {
 public:
  explicit TimestampSlots(std::shared_ptr<hal::Device> device) : device_(std::move(device)) {}
  ~TimestampSlots() { Clear(); }

  StatusOr<uint64_t*> Take();
  /// Gives `slot` back once `point` is reached.
  void Give(uint64_t* slot, const TimelinePoint& point);
  /// Frees all slots, given back or not.
  void Clear();

 private:
  static constexpr size_t kPageBytes = 4096;
  std::shared_ptr<hal::Device> device_;
  std::mutex mutex_;
  std::vector<void*> pages_;
  std::vector<uint64_t*> free_;
  std::vector<std::pair<TimelinePoint, uint64_t*>> pending_;
};

/// A point of a stream's timeline that can be recorded again. Thread safe.
class Event {
 public:
  Event(std::shared_ptr<Context> context, uint32_t flags)
      : context_(std::move(context)), flags_(flags) {}
  ~Event();

  Context& context() const { return *context_; }
  uint32_t flags() const { return flags_; }

  /// Stands from now on for the work put into `stream` so far. The stream must belong to the same
  /// context.
  Status Record(Stream& stream);
  /// The recorded point; empty when nothing was recorded.
  TimelinePoint point() const;
  /// supaErrorNotReady until the recorded work is complete.
  Status Query() const;
  Status Synchronize() const;
  /// Milliseconds from `start` to `end`.
  static StatusOr<float> Elapsed(const Event& start, const Event& end);

 private:
  StatusOr<uint64_t> TimeNanoseconds() const;

  std::shared_ptr<Context> context_;
  const uint32_t flags_;
  mutable std::mutex mutex_;
  TimelinePoint point_;
  uint64_t* slot_ = nullptr;
};

}  // namespace opensupa::rt
