#include "fake_device.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "opensupa/base/fault_point.h"
#include "opensupa/hal/registry.h"

namespace opensupa::rt::testing {
namespace {

constexpr uint64_t kVariableBytes = 64;

struct FakeStorage {
  explicit FakeStorage(uint64_t size_bytes)
      : bytes(static_cast<std::byte*>(
            std::aligned_alloc(2 << 20, (size_bytes + (2 << 20) - 1) / (2 << 20) * (2 << 20)))) {}
  ~FakeStorage() { std::free(bytes); }
  std::byte* bytes;
};

class FakeMemory final : public hal::Memory {
 public:
  FakeMemory(FakeDevice& device, const hal::MemoryDesc& desc) : device_(device), desc_(desc) {
    ++device_.memories;
  }
  ~FakeMemory() override { --device_.memories; }
  const hal::MemoryDesc& desc() const override { return desc_; }

 private:
  FakeDevice& device_;
  const hal::MemoryDesc desc_;
};

/// Host memory stands in for whatever is bound.
class FakeRange final : public hal::AddressRange {
 public:
  FakeRange(FakeDevice& device, uint64_t size_bytes)
      : device_(device), size_bytes_(size_bytes), storage_(size_bytes) {
    ++device_.ranges;
  }
  ~FakeRange() override { --device_.ranges; }
  hal::DeviceAddress base() const override {
    return reinterpret_cast<hal::DeviceAddress>(storage_.bytes);
  }
  uint64_t size_bytes() const override { return size_bytes_; }
  Status Bind(uint64_t, hal::Memory*, uint64_t, uint64_t, uint32_t) override {
    OPENSUPA_FAULT_POINT("fake.bind");
    return absl::OkStatus();
  }
  Status Unbind(uint64_t, uint64_t) override { return absl::OkStatus(); }
  Status SetAccess(uint64_t, uint64_t, uint32_t) override { return absl::OkStatus(); }

 private:
  FakeDevice& device_;
  const uint64_t size_bytes_;
  FakeStorage storage_;
};

class FakeAdapter final : public hal::Adapter {
 public:
  explicit FakeAdapter(uint32_t count) : count_(count) {}
  const std::string& backend() const override { return backend_; }
  uint32_t DeviceCount() const override { return count_; }
  StatusOr<hal::DeviceProperties> GetProperties(uint32_t) const override {
    return FakeProperties();
  }
  StatusOr<std::unique_ptr<hal::Device>> OpenDevice(uint32_t) override {
    OPENSUPA_FAULT_POINT("fake.open");
    return std::make_unique<FakeDevice>(FakeProperties());
  }

 private:
  const std::string backend_ = "fake";
  const uint32_t count_;
};

std::byte* At(hal::DeviceAddress address) { return reinterpret_cast<std::byte*>(address); }

void RunFill(const hal::FillCommand& fill) {
  for (uint64_t y = 0; y < fill.height; ++y) {
    for (uint64_t x = 0; x < fill.width_elements; ++x) {
      std::memcpy(At(fill.dst) + y * fill.pitch_bytes + x * fill.element_bytes, &fill.value,
                  fill.element_bytes);
    }
  }
}

void RunRect(const hal::CopyRectCommand& rect) {
  for (uint64_t z = 0; z < rect.depth; ++z) {
    for (uint64_t y = 0; y < rect.height; ++y) {
      std::memmove(At(rect.dst) + z * rect.dst_slice_bytes + y * rect.dst_pitch_bytes,
                   At(rect.src) + z * rect.src_slice_bytes + y * rect.src_pitch_bytes,
                   rect.width_bytes);
    }
  }
}

}  // namespace

class FakeQueue final : public hal::Queue {
 public:
  explicit FakeQueue(FakeDevice& device) : device_(device) {
    std::lock_guard lock(device_.mutex_);
    device_.work_.insert(&batches_);
    ++device_.queues;
  }
  ~FakeQueue() override {
    std::lock_guard lock(device_.mutex_);
    device_.work_.erase(&batches_);
    --device_.queues;
  }
  Status Submit(std::span<const hal::FencePoint> waits, std::span<const hal::Command> commands,
                std::span<const hal::FencePoint> signals) override {
    OPENSUPA_FAULT_POINT("fake.submit");
    std::lock_guard lock(device_.mutex_);
    if (device_.fault_.kind != hal::FaultKind::kNone) {
      return absl::AbortedError("The address space is dead.");
    }
    FakeDevice::Batch batch;
    batch.waits.assign(waits.begin(), waits.end());
    batch.signals.assign(signals.begin(), signals.end());
    for (const hal::Command& command : commands) {
      std::vector<std::byte> args;
      if (const auto* dispatch = std::get_if<hal::DispatchCommand>(&command)) {
        args.assign(dispatch->args.begin(), dispatch->args.end());
      }
      batch.commands.push_back(command);
      batch.args.push_back(std::move(args));
    }
    batches_.push_back(std::move(batch));
    if (!device_.paused_) device_.RunAll();
    return absl::OkStatus();
  }

 private:
  FakeDevice& device_;
  FakeDevice::Batches batches_;
};

Status FakeFence::Wait(uint64_t value, int64_t) {
  std::unique_lock lock(device_.mutex_);
  const bool ended = device_.changed_.wait_for(lock, std::chrono::seconds(5), [&] {
    return Value() >= value || device_.fault_.kind != hal::FaultKind::kNone;
  });
  if (!ended) return absl::DeadlineExceededError("The fake device is paused.");
  return Value() >= value ? absl::OkStatus() : absl::AbortedError("The address space is dead.");
}

Status FakeFence::Signal(uint64_t value) {
  std::lock_guard lock(device_.mutex_);
  value_.store(value, std::memory_order_release);
  device_.changed_.notify_all();
  return absl::OkStatus();
}

hal::DeviceProperties FakeProperties() {
  hal::DeviceProperties properties;
  properties.backend = "fake";
  properties.name = "Fake device";
  properties.model = "F0";
  properties.code_target = "fake/1";
  properties.multiprocessors = 4;
  properties.max_threads_per_block = 1024;
  properties.max_threads_per_multiprocessor = 2048;
  properties.max_blocks_per_multiprocessor = 16;
  properties.max_block_dim = {1024, 1024, 64};
  properties.max_grid_dim = {0x7fffffff, 65535, 65535};
  properties.shared_bytes_per_block = 48 << 10;
  properties.shared_bytes_per_block_optin = 64 << 10;
  properties.shared_bytes_per_multiprocessor = 64 << 10;
  properties.registers_per_block = 65536;
  properties.registers_per_multiprocessor = 65536;
  properties.memory_bytes = 1ull << 30;
  properties.unified_host_mapping = true;
  properties.cooperative_launch = true;
  return properties;
}

std::vector<FakeDevice*>& OpenFakeDevices() {
  static auto* devices = new std::vector<FakeDevice*>;
  return *devices;
}

void RegisterFakeBackend() {
  static std::once_flag once;
  std::call_once(once, [] {
    hal::RegisterBackend(
        {"fake", "controlled by tests",
         [](const std::vector<hal::DeviceSpec>& specs) -> StatusOr<std::unique_ptr<hal::Adapter>> {
           uint32_t count = 0;
           for (const hal::DeviceSpec& spec : specs) count += spec.count;
           return std::make_unique<FakeAdapter>(count);
         }});
  });
}

FakeDevice::FakeDevice(hal::DeviceProperties properties) : properties_(std::move(properties)) {
  OpenFakeDevices().push_back(this);
}

FakeDevice::~FakeDevice() { std::erase(OpenFakeDevices(), this); }

void FakeDevice::Pause() {
  std::lock_guard lock(mutex_);
  paused_ = true;
}

void FakeDevice::Resume() {
  std::lock_guard lock(mutex_);
  paused_ = false;
  RunAll();
}

void FakeDevice::Fault(hal::FaultReport report) {
  std::lock_guard lock(mutex_);
  fault_ = std::move(report);
  changed_.notify_all();
}

void FakeDevice::RunAll() {
  for (bool progress = true; progress;) {
    progress = false;
    for (Batches* batches : work_) {
      while (!batches->empty()) {
        const auto& waits = batches->front().waits;
        const bool ready = std::all_of(waits.begin(), waits.end(), [](const hal::FencePoint& wait) {
          return wait.fence->Value() >= wait.value;
        });
        if (!ready) break;
        Batch batch = std::move(batches->front());
        batches->pop_front();
        RunBatch(batch);
        progress = true;
      }
    }
  }
}

void FakeDevice::RunBatch(Batch& batch) {
  for (size_t i = 0; i < batch.commands.size(); ++i) RunCommand(batch.commands[i], batch.args[i]);
  for (const hal::FencePoint& signal : batch.signals) {
    signal.fence->Signal(signal.value).IgnoreError();
  }
}

void FakeDevice::RunCommand(const hal::Command& command, std::vector<std::byte>& args) {
  if (const auto* dispatch = std::get_if<hal::DispatchCommand>(&command)) {
    dispatches.push_back({*dispatch, std::move(args)});
    dispatches.back().command.args = {};
  } else if (const auto* copy = std::get_if<hal::CopyCommand>(&command)) {
    std::memmove(At(copy->dst), At(copy->src), copy->size_bytes);
  } else if (const auto* rect = std::get_if<hal::CopyRectCommand>(&command)) {
    RunRect(*rect);
  } else if (const auto* fill = std::get_if<hal::FillCommand>(&command)) {
    RunFill(*fill);
  } else if (const auto* time = std::get_if<hal::TimestampCommand>(&command)) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const uint64_t nanoseconds =
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
    std::memcpy(At(time->dst), &nanoseconds, sizeof(nanoseconds));
  } else if (const auto* call = std::get_if<hal::HostCallCommand>(&command)) {
    call->function();
  }
}

StatusOr<hal::MemoryInfo> FakeDevice::QueryMemory() {
  return hal::MemoryInfo{properties_.memory_bytes, properties_.memory_bytes};
}

StatusOr<std::unique_ptr<hal::Memory>> FakeDevice::CreateMemory(const hal::MemoryDesc& desc) {
  OPENSUPA_FAULT_POINT("fake.create_memory");
  return std::make_unique<FakeMemory>(*this, desc);
}

StatusOr<std::unique_ptr<hal::AddressRange>> FakeDevice::ReserveRange(uint64_t size_bytes, uint64_t,
                                                                      hal::DeviceAddress) {
  OPENSUPA_FAULT_POINT("fake.reserve");
  return std::make_unique<FakeRange>(*this, size_bytes);
}

Status FakeDevice::RegisterHost(void* host, uint64_t) {
  OPENSUPA_FAULT_POINT("fake.register_host");
  std::lock_guard lock(mutex_);
  registered.insert(host);
  return absl::OkStatus();
}

Status FakeDevice::UnregisterHost(void* host) {
  std::lock_guard lock(mutex_);
  return registered.erase(host) == 1 ? absl::OkStatus() : absl::NotFoundError("Not registered.");
}

StatusOr<std::unique_ptr<hal::Queue>> FakeDevice::CreateQueue(const hal::QueueDesc&) {
  OPENSUPA_FAULT_POINT("fake.create_queue");
  return std::make_unique<FakeQueue>(*this);
}

StatusOr<std::unique_ptr<hal::Fence>> FakeDevice::CreateFence(uint64_t initial_value) {
  OPENSUPA_FAULT_POINT("fake.create_fence");
  return std::make_unique<FakeFence>(*this, initial_value);
}

StatusOr<hal::ProgramId> FakeDevice::LoadProgram(std::span<const std::byte> code_object) {
  OPENSUPA_FAULT_POINT("fake.load_program");
  std::lock_guard lock(mutex_);
  if (!refuse_programs.empty()) {
    Status refusal = refuse_programs.front();
    refuse_programs.pop_front();
    return refusal;
  }
  const auto* text = reinterpret_cast<const char*>(code_object.data());
  programs[next_program_] = std::string(text, code_object.size());
  return next_program_++;
}

Status FakeDevice::UnloadProgram(hal::ProgramId program) {
  std::lock_guard lock(mutex_);
  return programs.erase(program) == 1 ? absl::OkStatus() : absl::NotFoundError("No such program.");
}

StatusOr<hal::KernelHandle> FakeDevice::FindKernel(hal::ProgramId program,
                                                   const std::string& name) {
  OPENSUPA_FAULT_POINT("fake.find_kernel");
  return (program << 32) | (std::hash<std::string>()(name) & 0xffff);
}

StatusOr<hal::Symbol> FakeDevice::FindVariable(hal::ProgramId program, const std::string& name) {
  OPENSUPA_FAULT_POINT("fake.find_variable");
  std::lock_guard lock(mutex_);
  std::vector<std::byte>& bytes = variables_[std::to_string(program) + name];
  bytes.resize(kVariableBytes);
  return hal::Symbol{reinterpret_cast<hal::DeviceAddress>(bytes.data()), kVariableBytes};
}

hal::FaultReport FakeDevice::PollFault() {
  std::lock_guard lock(mutex_);
  return fault_;
}

void FakeDevice::SetDescribers(DescribeAddress address, DescribeLaunch launch) {
  describe_address = std::move(address);
  describe_launch = std::move(launch);
}

}  // namespace opensupa::rt::testing
