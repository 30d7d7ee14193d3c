#include "null_device.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "null_fence.h"
#include "null_queue.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::null {
namespace {

Status NoProgram(hal::ProgramId program) {
  return absl::NotFoundError(
      absl::StrCat("There is no program ", program, ": the null backend loads none."));
}

}  // namespace

hal::DeviceProperties MakeProperties(uint32_t index) {
  hal::DeviceProperties properties;
  properties.backend = "null";
  properties.name = "Null device";
  properties.model = "NULL0";
  properties.architecture = "null";
  properties.code_target = hal::kNoCodeTarget;
  properties.uuid[0] = 'n';
  properties.uuid[15] = static_cast<uint8_t>(index);
  properties.pci_device = index;
  properties.compute_major = 1;
  properties.multiprocessors = 1;
  properties.max_threads_per_block = 1024;
  properties.max_threads_per_multiprocessor = 1024;
  properties.max_blocks_per_multiprocessor = 1;
  properties.max_block_dim = {1024, 1024, 64};
  properties.max_grid_dim = {0x7fffffff, 65535, 65535};
  properties.copy_engines = 1;
  properties.memory_bytes = kDeviceMemoryBytes;
  properties.page_bytes = kPageBytes;
  properties.emulated = true;
  properties.unified_host_mapping = true;
  return properties;
}

StatusOr<hal::MemoryInfo> NullDevice::QueryMemory() {
  return hal::MemoryInfo{kDeviceMemoryBytes, kDeviceMemoryBytes - account_->used_bytes.load()};
}

StatusOr<std::unique_ptr<hal::Memory>> NullDevice::CreateMemory(const hal::MemoryDesc& desc) {
  return NullMemory::Create(account_, desc);
}

StatusOr<std::unique_ptr<hal::AddressRange>> NullDevice::ReserveRange(uint64_t size_bytes,
                                                                      uint64_t align_bytes,
                                                                      hal::DeviceAddress hint) {
  return NullRange::Reserve(size_bytes, align_bytes, hint);
}

Status NullDevice::RegisterHost(void* host, uint64_t size_bytes) {
  if (host == nullptr || size_bytes == 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("Cannot register %d bytes of host memory at %p.", size_bytes, host));
  }
  OPENSUPA_FAULT_POINT("null.register_host");
  std::lock_guard lock(mutex_);
  if (!registered_.insert(host).second) {
    return absl::FailedPreconditionError(
        absl::StrFormat("Host memory at %p is registered already.", host));
  }
  return absl::OkStatus();
}

Status NullDevice::UnregisterHost(void* host) {
  std::lock_guard lock(mutex_);
  if (registered_.erase(host) == 0) {
    return absl::NotFoundError(absl::StrFormat("Host memory at %p is not registered.", host));
  }
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<hal::Queue>> NullDevice::CreateQueue(const hal::QueueDesc&) {
  return NullQueue::Create(properties_);
}

StatusOr<std::unique_ptr<hal::Fence>> NullDevice::CreateFence(uint64_t initial_value) {
  OPENSUPA_FAULT_POINT("null.create_fence");
  return std::make_unique<NullFence>(initial_value);
}

StatusOr<hal::ProgramId> NullDevice::LoadProgram(std::span<const std::byte>) {
  return absl::UnimplementedError(
      "The null backend cannot load programs: it has no compute units.");
}

Status NullDevice::UnloadProgram(hal::ProgramId program) { return NoProgram(program); }

StatusOr<hal::KernelHandle> NullDevice::FindKernel(hal::ProgramId program, const std::string&) {
  return NoProgram(program);
}

StatusOr<hal::Symbol> NullDevice::FindVariable(hal::ProgramId program, const std::string&) {
  return NoProgram(program);
}

hal::FaultReport NullDevice::PollFault() { return {}; }

void NullDevice::SetDescribers(DescribeAddress, DescribeLaunch) {}

}  // namespace opensupa::null
