#pragma once

#include <memory>
#include <mutex>

#include "device_context.h"
#include "host_calls.h"
#include "host_registrations.h"
#include "program_loader.h"

namespace opensupa::native {

/// A hal::Device over a port. See device_context.h for what it shares with its objects.
class NativeDevice final : public hal::Device {
 public:
  static StatusOr<std::unique_ptr<NativeDevice>> Open(std::unique_ptr<port::Port> port,
                                                      const std::string& backend);
  explicit NativeDevice(std::shared_ptr<DeviceContext> context);
  ~NativeDevice() override;

  const hal::DeviceProperties& properties() const override { return context_->properties(); }
  StatusOr<hal::MemoryInfo> QueryMemory() override;
  StatusOr<std::unique_ptr<hal::Memory>> CreateMemory(const hal::MemoryDesc& desc) override;
  StatusOr<std::unique_ptr<hal::AddressRange>> ReserveRange(uint64_t size_bytes,
                                                            uint64_t align_bytes,
                                                            hal::DeviceAddress hint) override;
  Status RegisterHost(void* host, uint64_t size_bytes) override;
  Status UnregisterHost(void* host) override;
  StatusOr<std::unique_ptr<hal::Queue>> CreateQueue(const hal::QueueDesc& desc) override;
  StatusOr<std::unique_ptr<hal::Fence>> CreateFence(uint64_t initial_value) override;
  StatusOr<hal::ProgramId> LoadProgram(std::span<const std::byte> code_object) override;
  Status UnloadProgram(hal::ProgramId program) override;
  StatusOr<hal::KernelHandle> FindKernel(hal::ProgramId program, const std::string& name) override;
  StatusOr<hal::Symbol> FindVariable(hal::ProgramId program, const std::string& name) override;
  hal::FaultReport PollFault() override;
  void SetDescribers(DescribeAddress address, DescribeLaunch launch) override;

 private:
  /// The host calls of the device; a queue holds them too, so that it may die after the device.
  struct LazyHostCalls {
    std::mutex mutex;
    std::shared_ptr<HostCalls> calls;
  };

  const std::shared_ptr<DeviceContext> context_;
  const std::shared_ptr<LazyHostCalls> host_calls_;
  HostRegistrations registrations_;
  ProgramLoader programs_;
};

}  // namespace opensupa::native
