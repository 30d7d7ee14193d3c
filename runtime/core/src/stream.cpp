#include "opensupa/core/stream.h"

#include <atomic>

#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/core/context.h"
#include "opensupa/core/error.h"
#include "runtime/supa_stream_types.h"

namespace opensupa::rt {
namespace {

std::atomic<uint64_t> next_stream_id{1};

}  // namespace

StatusOr<std::shared_ptr<Stream>> Stream::Create(std::shared_ptr<Context> context, Kind kind,
                                                 uint32_t flags, int32_t priority) {
  const bool blocking = kind != Kind::kLegacy && (flags & supaStreamNonBlocking) == 0;
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Channel> channel,
                        context->channels().Acquire(priority, blocking));
  return std::make_shared<Stream>(std::move(context), kind, flags, std::move(channel));
}

Stream::Stream(std::shared_ptr<Context> context, Kind kind, uint32_t flags,
               std::shared_ptr<Channel> channel)
    : context_(std::move(context)),
      kind_(kind),
      flags_(flags),
      id_(next_stream_id.fetch_add(1)),
      channel_(std::move(channel)) {}

Stream::~Stream() { context_->channels().Release(channel_); }

void Stream::AddImplicitWaits(WaitList& waits) const {
  auto add = [&waits](const Channel& channel) {
    const uint64_t last = channel.last.load(std::memory_order_acquire);
    if (channel.fence->Value() < last) waits.push_back({channel.fence.get(), last});
  };
  if (kind_ == Kind::kLegacy) {
    if (context_->channels().Count() == 1) return;  // its own
    context_->channels().ForEach([&](const std::shared_ptr<Channel>& channel) {
      if (channel != channel_ && channel->blocking.load()) add(*channel);
    });
  } else if (channel_->blocking.load(std::memory_order_relaxed)) {
    add(context_->legacy_channel());
  }
}

Status Stream::SubmitLocked(std::span<const hal::Command> commands,
                            std::span<const hal::FencePoint> waits, uint64_t* value) {
  SUPA_RETURN_IF_ERROR(context_->CheckHealth());
  OPENSUPA_FAULT_POINT("runtime.submit");
  WaitList all(waits.begin(), waits.end());
  AddImplicitWaits(all);
  *value = channel_->last.load(std::memory_order_relaxed) + 1;
  const hal::FencePoint signal{channel_->fence.get(), *value};
  Status status = channel_->queue->Submit(all, commands, {&signal, 1});
  if (!status.ok()) return context_->Translate(status);
  channel_->last.store(*value, std::memory_order_release);
  return absl::OkStatus();
}

Status Stream::Submit(std::span<const hal::Command> commands,
                      std::span<const hal::FencePoint> waits, TimelinePoint* point) {
  std::lock_guard lock(mutex_);
  uint64_t value = 0;
  SUPA_RETURN_IF_ERROR(SubmitLocked(commands, waits, &value));
  if (point != nullptr) *point = {channel_, value};
  return absl::OkStatus();
}

StatusOr<TimelinePoint> Stream::Mark() {
  std::lock_guard lock(mutex_);
  SUPA_RETURN_IF_ERROR(context_->CheckHealth());
  WaitList waits;
  AddImplicitWaits(waits);
  uint64_t value = channel_->last.load();
  if (!waits.empty()) SUPA_RETURN_IF_ERROR(SubmitLocked({}, {}, &value));
  return TimelinePoint{channel_, value};
}

Status Stream::WaitFor(const TimelinePoint& point) {
  if (point.Reached() || point.channel == channel_) return context_->CheckHealth();
  std::lock_guard lock(mutex_);
  const hal::FencePoint wait{point.channel->fence.get(), point.value};
  uint64_t value = 0;
  SUPA_RETURN_IF_ERROR(SubmitLocked({}, {&wait, 1}, &value));
  if (point.channel->device != channel_->device) {
    const uint64_t reached = channel_->fence->Value();
    std::erase_if(foreign_, [&](const auto& entry) { return entry.first <= reached; });
    foreign_.emplace_back(value, point.channel);
  }
  return absl::OkStatus();
}

Status Stream::Drain() {
  SUPA_RETURN_IF_ERROR(context_->CheckHealth());
  WaitList waits;
  AddImplicitWaits(waits);
  for (const hal::FencePoint& wait : waits) {
    SUPA_RETURN_IF_ERROR(context_->Translate(wait.fence->Wait(wait.value, -1)));
  }
  const uint64_t last = channel_->last.load(std::memory_order_acquire);
  if (channel_->fence->Value() < last) {
    SUPA_RETURN_IF_ERROR(context_->Translate(channel_->fence->Wait(last, -1)));
  }
  return context_->Poll();
}

Status Stream::Query() {
  SUPA_RETURN_IF_ERROR(context_->Poll());
  WaitList waits;
  AddImplicitWaits(waits);
  if (waits.empty() && channel_->Idle()) return context_->Poll();
  return MakeError(supaErrorNotReady, absl::StrFormat("Stream %d still has work.", id_));
}

}  // namespace opensupa::rt
