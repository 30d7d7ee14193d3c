#include "opensupa/core/event.h"

#include <atomic>
#include <cstdlib>

#include "opensupa/base/fault_point.h"
#include "opensupa/core/context.h"
#include "opensupa/core/error.h"
#include "opensupa/core/stream.h"
#include "runtime/supa_stream_types.h"

namespace opensupa::rt {

StatusOr<uint64_t*> TimestampSlots::Take() {
  std::lock_guard lock(mutex_);
  std::erase_if(pending_, [this](const auto& entry) {
    if (!entry.first.Reached()) return false;
    free_.push_back(entry.second);
    return true;
  });
  if (free_.empty()) {
    OPENSUPA_FAULT_POINT("runtime.timestamp_slots");
    void* page = std::aligned_alloc(kPageBytes, kPageBytes);
    if (page == nullptr) {
      return absl::ResourceExhaustedError("The host has no room for a page of event times.");
    }
    if (Status status = device_->RegisterHost(page, kPageBytes); !status.ok()) {
      std::free(page);
      return status;
    }
    pages_.push_back(page);
    auto* words = static_cast<uint64_t*>(page);
    for (size_t i = 0; i < kPageBytes / sizeof(uint64_t); ++i) free_.push_back(words + i);
  }
  uint64_t* slot = free_.back();
  free_.pop_back();
  return slot;
}

void TimestampSlots::Give(uint64_t* slot, const TimelinePoint& point) {
  std::lock_guard lock(mutex_);
  if (pages_.empty()) return;  // cleared with the context
  pending_.emplace_back(point, slot);
}

void TimestampSlots::Clear() {
  std::lock_guard lock(mutex_);
  pending_.clear();
  free_.clear();
  for (void* page : pages_) {
    // Fails only when the address space is gone, and the mapping with it.
    device_->UnregisterHost(page).IgnoreError();
    std::free(page);
  }
  pages_.clear();
}

Event::~Event() {
  if (slot_ != nullptr) context_->timestamps().Give(slot_, point_);
}

Status Event::Record(Stream& stream) {
  std::lock_guard lock(mutex_);
  if ((flags_ & supaEventDisableTiming) != 0) {
    SUPA_ASSIGN_OR_RETURN(point_, stream.Mark());
    return absl::OkStatus();
  }
  // A recording still under way goes on writing to its own slot.
  uint64_t* slot = slot_;
  if (slot == nullptr || !point_.Reached()) {
    SUPA_ASSIGN_OR_RETURN(slot, context_->timestamps().Take());
  }
  TimelinePoint point;
  Status status =
      stream.Submit(hal::TimestampCommand{reinterpret_cast<hal::DeviceAddress>(slot)}, &point);
  if (!status.ok()) {
    if (slot != slot_) context_->timestamps().Give(slot, {});
    return status;
  }
  if (slot_ != nullptr && slot_ != slot) context_->timestamps().Give(slot_, point_);
  slot_ = slot;
  point_ = point;
  return absl::OkStatus();
}

TimelinePoint Event::point() const {
  std::lock_guard lock(mutex_);
  return point_;
}

Status Event::Query() const {
  SUPA_RETURN_IF_ERROR(context_->Poll());
  if (point().Reached()) return context_->Poll();
  return MakeError(supaErrorNotReady, "The work that the event recorded is not complete.");
}

Status Event::Synchronize() const {
  SUPA_RETURN_IF_ERROR(context_->CheckHealth());
  const TimelinePoint recorded = point();
  if (!recorded.Reached()) {
    SUPA_RETURN_IF_ERROR(context_->Translate(recorded.channel->fence->Wait(recorded.value, -1)));
  }
  return context_->Poll();
}

StatusOr<uint64_t> Event::TimeNanoseconds() const {
  std::lock_guard lock(mutex_);
  if (slot_ == nullptr) {
    return MakeError(supaErrorInvalidResourceHandle,
                     (flags_ & supaEventDisableTiming) != 0
                         ? "The event was created with timing disabled, so it has no time."
                         : "The event was never recorded, so it has no time.");
  }
  if (!point_.Reached()) {
    return MakeError(supaErrorNotReady, "The event is not complete, so its time is not known yet.");
  }
  return std::atomic_ref<uint64_t>(*slot_).load(std::memory_order_acquire);
}

StatusOr<float> Event::Elapsed(const Event& start, const Event& end) {
  if (start.context_ != end.context_) {
    return MakeError(supaErrorInvalidResourceHandle,
                     "Times can only be compared between events of the same context.");
  }
  SUPA_RETURN_IF_ERROR(start.context_->Poll());
  // Both are asked before either is judged: a missing time outranks an incomplete one.
  StatusOr<uint64_t> from = start.TimeNanoseconds();
  StatusOr<uint64_t> to = end.TimeNanoseconds();
  if (!to.ok() && RuntimeCode(to.status()) != supaErrorNotReady) return to.status();
  SUPA_RETURN_IF_ERROR(from.status());
  SUPA_RETURN_IF_ERROR(to.status());
  return static_cast<float>(static_cast<double>(static_cast<int64_t>(*to - *from)) / 1e6);
}

}  // namespace opensupa::rt
