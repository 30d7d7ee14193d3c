#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "null_memory.h"
#include "opensupa/hal/hal.h"

namespace opensupa::null {

/// What the `index`-th null device is.
hal::DeviceProperties MakeProperties(uint32_t index);

/// A device that has memory and queues, and no compute units.
class NullDevice final : public hal::Device {
 public:
  explicit NullDevice(hal::DeviceProperties properties)
      : properties_(std::move(properties)), account_(std::make_shared<MemoryAccount>()) {}

  const hal::DeviceProperties& properties() const override { return properties_; }
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
  const hal::DeviceProperties properties_;
  const std::shared_ptr<MemoryAccount> account_;
  std::mutex mutex_;
  std::set<void*> registered_;
};

}  // namespace opensupa::null
