#include "native_queue.h"

#include "absl/strings/str_cat.h"
#include "opensupa/hal/command_check.h"

namespace opensupa::native {
namespace {

Status CheckArguments(const hal::Command& command) {
  const auto* dispatch = std::get_if<hal::DispatchCommand>(&command);
  if (dispatch == nullptr || dispatch->args.size() <= PacketRing::kMaxArgumentBytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("A launch has ", dispatch->args.size(),
                                                 " bytes of arguments, above the limit of ",
                                                 PacketRing::kMaxArgumentBytes, "."));
}

}  // namespace

StatusOr<std::unique_ptr<NativeQueue>> NativeQueue::Create(std::shared_ptr<DeviceContext> context,
                                                           const hal::QueueDesc& desc,
                                                           GetHostCalls get_host_calls) {
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<PacketRing> ring,
                        PacketRing::Create(context, desc.priority));
  return std::make_unique<NativeQueue>(std::move(context), std::move(ring),
                                       std::move(get_host_calls));
}

NativeQueue::~NativeQueue() {
  ring_.reset();  // nothing can trigger a host call any more
  if (channel_ != nullptr) host_calls_->Cancel(*channel_);
}

Status NativeQueue::Submit(std::span<const hal::FencePoint> waits,
                           std::span<const hal::Command> commands,
                           std::span<const hal::FencePoint> signals) {
  std::lock_guard lock(mutex_);
  SUPA_RETURN_IF_ERROR(ring_->CheckAlive());
  SUPA_RETURN_IF_ERROR(Prepare(waits, commands, signals));
  SUPA_RETURN_IF_ERROR(AppendWaits(waits));
  for (const hal::Command& command : commands) {
    if (const auto* call = std::get_if<hal::HostCallCommand>(&command)) {
      SUPA_RETURN_IF_ERROR(AppendHostCall(*call));
    } else {
      SUPA_RETURN_IF_ERROR(EncodeCommand(command, *ring_));
    }
  }
  for (const hal::FencePoint& point : signals) {
    const auto& fence = static_cast<const NativeFence&>(*point.fence);
    SUPA_RETURN_IF_ERROR(ring_->Append(SignalPacket(fence.slot().address(), point.value)));
  }
  return ring_->Publish();
}

Status NativeQueue::Prepare(std::span<const hal::FencePoint> waits,
                            std::span<const hal::Command> commands,
                            std::span<const hal::FencePoint> signals) {
  SUPA_RETURN_IF_ERROR(PrepareFences(waits));
  SUPA_RETURN_IF_ERROR(PrepareFences(signals));
  for (const hal::Command& command : commands) {
    SUPA_RETURN_IF_ERROR(hal::CheckCommand(command, context_->properties()));
    SUPA_RETURN_IF_ERROR(CheckArguments(command));
    if (std::holds_alternative<hal::HostCallCommand>(command)) {
      SUPA_RETURN_IF_ERROR(EnsureChannel());
    }
  }
  return absl::OkStatus();
}

Status NativeQueue::PrepareFences(std::span<const hal::FencePoint> points) {
  for (const hal::FencePoint& point : points) {
    SUPA_ASSIGN_OR_RETURN(NativeFence * fence, AsNativeFence(point.fence));
    SUPA_RETURN_IF_ERROR(context_->MakeVisible(fence->slot().slab()));
  }
  return absl::OkStatus();
}

Status NativeQueue::AppendWaits(std::span<const hal::FencePoint> waits) {
  for (const hal::FencePoint& point : waits) {
    const auto& fence = static_cast<const NativeFence&>(*point.fence);
    if (fence.Value() >= point.value) continue;  // values never fall
    SUPA_RETURN_IF_ERROR(ring_->Append(WaitPacket(fence.slot().address(), point.value)));
  }
  return absl::OkStatus();
}

Status NativeQueue::EnsureChannel() {
  if (channel_ != nullptr) return absl::OkStatus();
  if (host_calls_ == nullptr) {
    SUPA_ASSIGN_OR_RETURN(host_calls_, get_host_calls_());
  }
  SUPA_ASSIGN_OR_RETURN(channel_, host_calls_->MakeChannel());
  return absl::OkStatus();
}

Status NativeQueue::AppendHostCall(const hal::HostCallCommand& command) {
  const uint64_t value = ++channel_->issued;
  SUPA_RETURN_IF_ERROR(host_calls_->Add(*channel_, value, command.function));
  SUPA_RETURN_IF_ERROR(ring_->Append(SignalPacket(channel_->trigger.address(), value)));
  SUPA_RETURN_IF_ERROR(ring_->Append(SignalPacket(host_calls_->bell_address(), 1)));
  return ring_->Append(WaitPacket(channel_->done.address(), value));
}

}  // namespace opensupa::native
