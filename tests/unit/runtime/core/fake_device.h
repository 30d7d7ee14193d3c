#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "opensupa/hal/hal.h"

/// A device whose every step a test controls: work runs on the submitting thread at once, or waits
/// until the test lets it run; faults and refusals happen when the test says so.
namespace opensupa::rt::testing {

class FakeDevice;

/// What the fake card offers; a test changes it before it opens the device.
hal::DeviceProperties FakeProperties();

/// Registers the backend "fake" (model F0) with hal; idempotent.
void RegisterFakeBackend();

/// The open devices, in the order of opening. Not owned; a device takes itself out.
std::vector<FakeDevice*>& OpenFakeDevices();

class FakeFence final : public hal::Fence {
 public:
  FakeFence(FakeDevice& device, uint64_t value) : device_(device), value_(value) {}
  uint64_t Value() const override { return value_.load(std::memory_order_acquire); }
  Status Wait(uint64_t value, int64_t timeout_ns) override;
  Status Signal(uint64_t value) override;

 private:
  FakeDevice& device_;
  std::atomic<uint64_t> value_;
};

/// A dispatch as the device received it.
struct SeenDispatch {
  hal::DispatchCommand command;  // its args span is empty; see args
  std::vector<std::byte> args;
};

class FakeDevice final : public hal::Device {
 public:
  explicit FakeDevice(hal::DeviceProperties properties);
  ~FakeDevice() override;

  // Control.
  /// Work stays in the queues until Resume. Waits for it fail after a moment instead of hanging.
  void Pause();
  void Resume();
  /// The address space is dead from now on.
  void Fault(hal::FaultReport report);
  /// Answers of the next calls of LoadProgram, before it accepts again.
  std::deque<Status> refuse_programs;
  std::vector<SeenDispatch> dispatches;
  /// Code objects that were loaded and not unloaded.
  std::map<hal::ProgramId, std::string> programs;
  std::set<void*> registered;
  std::atomic<int> memories{0}, ranges{0}, queues{0}, fences{0};
  hal::Device::DescribeAddress describe_address;
  hal::Device::DescribeLaunch describe_launch;

  // hal::Device.
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
  friend class FakeFence;
  friend class FakeQueue;
  struct Batch {
    std::vector<hal::FencePoint> waits;
    std::vector<hal::Command> commands;
    std::vector<std::vector<std::byte>> args;
    std::vector<hal::FencePoint> signals;
  };
  using Batches = std::deque<Batch>;

  /// Runs what can run, in every queue.
  void RunAll();
  void RunBatch(Batch& batch);
  void RunCommand(const hal::Command& command, std::vector<std::byte>& args);

  const hal::DeviceProperties properties_;
  std::recursive_mutex mutex_;
  std::condition_variable_any changed_;
  bool paused_ = false;
  hal::FaultReport fault_;
  std::set<Batches*> work_;
  hal::ProgramId next_program_ = 1;
  std::map<std::string, std::vector<std::byte>> variables_;
};

}  // namespace opensupa::rt::testing
