#pragma once

#include <memory>
#include <mutex>

#include "command_encoder.h"
#include "host_calls.h"
#include "native_fence.h"
#include "packet_ring.h"

namespace opensupa::native {

/// Gives the host calls of the device, which are made when they are first needed.
using GetHostCalls = std::function<StatusOr<std::shared_ptr<HostCalls>>()>;

/// A ring of the card. Everything wrong with a batch is found before its first packet is written,
/// so that a refused batch leaves nothing behind.
class NativeQueue final : public hal::Queue {
 public:
  static StatusOr<std::unique_ptr<NativeQueue>> Create(std::shared_ptr<DeviceContext> context,
                                                       const hal::QueueDesc& desc,
                                                       GetHostCalls get_host_calls);
  NativeQueue(std::shared_ptr<DeviceContext> context, std::unique_ptr<PacketRing> ring,
              GetHostCalls get_host_calls)
      : context_(std::move(context)),
        get_host_calls_(std::move(get_host_calls)),
        ring_(std::move(ring)) {}
  ~NativeQueue() override;

  Status Submit(std::span<const hal::FencePoint> waits, std::span<const hal::Command> commands,
                std::span<const hal::FencePoint> signals) override;

 private:
  Status Prepare(std::span<const hal::FencePoint> waits, std::span<const hal::Command> commands,
                 std::span<const hal::FencePoint> signals);
  Status PrepareFences(std::span<const hal::FencePoint> points);
  Status AppendWaits(std::span<const hal::FencePoint> waits);
  Status AppendHostCall(const hal::HostCallCommand& command);
  Status EnsureChannel();

  const std::shared_ptr<DeviceContext> context_;
  const GetHostCalls get_host_calls_;
  std::mutex mutex_;
  std::shared_ptr<HostCalls> host_calls_;     // null before the first host call
  std::unique_ptr<HostCallChannel> channel_;  // likewise
  std::unique_ptr<PacketRing> ring_;
};

}  // namespace opensupa::native
