#include "native_device.h"

#include "card_properties.h"
#include "native_fence.h"
#include "native_memory.h"
#include "native_queue.h"
#include "native_range.h"

namespace opensupa::native {

StatusOr<std::unique_ptr<NativeDevice>> NativeDevice::Open(std::unique_ptr<port::Port> port,
                                                           const std::string& backend) {
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<DeviceContext> context,
                        DeviceContext::Create(std::move(port), backend));
  return std::make_unique<NativeDevice>(std::move(context));
}

NativeDevice::NativeDevice(std::shared_ptr<DeviceContext> context)
    : context_(std::move(context)),
      host_calls_(std::make_shared<LazyHostCalls>()),
      registrations_(context_),
      programs_(context_) {
  context_->faults().SetNameKernel(
      [this](hal::KernelHandle kernel) { return programs_.KernelName(kernel); });
}

NativeDevice::~NativeDevice() {
  // The context may live longer than the callbacks' owners.
  context_->faults().SetNameKernel(nullptr);
  context_->faults().SetDescribers(nullptr, nullptr);
}

StatusOr<hal::MemoryInfo> NativeDevice::QueryMemory() { return QueryMemoryInfo(context_->port()); }

StatusOr<std::unique_ptr<hal::Memory>> NativeDevice::CreateMemory(const hal::MemoryDesc& desc) {
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<BufferObject> bo, BufferObject::Create(context_, desc));
  return std::make_unique<NativeMemory>(std::move(bo), desc);
}

StatusOr<std::unique_ptr<hal::AddressRange>> NativeDevice::ReserveRange(uint64_t size_bytes,
                                                                        uint64_t align_bytes,
                                                                        hal::DeviceAddress hint) {
  return NativeRange::Reserve(context_, size_bytes, align_bytes, hint);
}

Status NativeDevice::RegisterHost(void* host, uint64_t size_bytes) {
  return registrations_.Register(host, size_bytes);
}

Status NativeDevice::UnregisterHost(void* host) { return registrations_.Unregister(host); }

StatusOr<std::unique_ptr<hal::Queue>> NativeDevice::CreateQueue(const hal::QueueDesc& desc) {
  GetHostCalls get_host_calls = [context = context_,
                                 lazy = host_calls_]() -> StatusOr<std::shared_ptr<HostCalls>> {
    std::lock_guard lock(lazy->mutex);
    if (lazy->calls == nullptr) {
      SUPA_ASSIGN_OR_RETURN(lazy->calls, HostCalls::Create(context));
    }
    return lazy->calls;
  };
  return NativeQueue::Create(context_, desc, std::move(get_host_calls));
}

StatusOr<std::unique_ptr<hal::Fence>> NativeDevice::CreateFence(uint64_t initial_value) {
  return NativeFence::Create(context_, initial_value);
}

StatusOr<hal::ProgramId> NativeDevice::LoadProgram(std::span<const std::byte> code_object) {
  return programs_.Load(code_object);
}

Status NativeDevice::UnloadProgram(hal::ProgramId program) { return programs_.Unload(program); }

StatusOr<hal::KernelHandle> NativeDevice::FindKernel(hal::ProgramId program,
                                                     const std::string& name) {
  return programs_.FindKernel(program, name);
}

StatusOr<hal::Symbol> NativeDevice::FindVariable(hal::ProgramId program, const std::string& name) {
  return programs_.FindVariable(program, name);
}

hal::FaultReport NativeDevice::PollFault() { return context_->faults().Poll(); }

void NativeDevice::SetDescribers(DescribeAddress address, DescribeLaunch launch) {
  context_->faults().SetDescribers(std::move(address), std::move(launch));
}

}  // namespace opensupa::native
