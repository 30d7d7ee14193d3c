#include "opensupa/core/context.h"

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/log.h"
#include "opensupa/core/error.h"
#include "opensupa/core/runtime.h"

namespace opensupa::rt {
namespace {

std::atomic<uint64_t> next_context_id{1};

// As the CUDA runtime reports them when nothing was set.
constexpr std::array<uint64_t, 8> kDefaultLimits = {
    1024,     // stack of a device thread, bytes
    1 << 20,  // printf buffer, bytes
    8 << 20,  // heap of device malloc, bytes
    2,        // depth of device-side synchronisation
    2048,     // pending device-side launches
    128,      // L2 fetch granularity, bytes
    0,        // persisting L2, bytes
    0,
};

supaError_t CodeOfFault(hal::FaultKind kind) {
  switch (kind) {
    case hal::FaultKind::kNone:
      return supaSuccess;
    case hal::FaultKind::kIllegalAddress:
      return supaErrorIllegalAddress;
    case hal::FaultKind::kIllegalInstruction:
      return supaErrorIllegalInstruction;
    case hal::FaultKind::kAssert:
      return supaErrorAssert;
    case hal::FaultKind::kStackOverflow:
      return supaErrorHardwareStackError;
    case hal::FaultKind::kDeadlock:
      return supaErrorLaunchTimeout;
    case hal::FaultKind::kTrap:
    case hal::FaultKind::kDeviceLost:
    case hal::FaultKind::kBadCommand:
      return supaErrorLaunchFailure;
  }
  return supaErrorUnknown;
}

}  // namespace

Context::Context(Runtime& runtime, DeviceSlot& slot, bool primary, uint32_t context_flags,
                 std::shared_ptr<hal::Device> device)
    : flags(context_flags),
      runtime_(runtime),
      slot_(slot),
      id_(next_context_id.fetch_add(1)),
      primary_(primary),
      device_(std::move(device)),
      heap_(device_),
      channels_(device_),
      timestamps_(device_),
      modules_(*this) {
  for (size_t i = 0; i < limits.size(); ++i) limits[i].store(kDefaultLimits[i]);
}

Context::~Context() = default;

int Context::device_ordinal() const { return slot_.ordinal; }

const void* Context::handle() const {
  return primary_ ? static_cast<const void*>(&slot_) : static_cast<const void*>(this);
}

StatusOr<std::shared_ptr<Context>> Context::Create(Runtime& runtime, DeviceSlot& slot, bool primary,
                                                   uint32_t flags) {
  OPENSUPA_FAULT_POINT("runtime.context_create");
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<hal::Device> device,
                        slot.adapter->OpenDevice(slot.adapter_index));
  auto context = std::make_shared<Context>(runtime, slot, primary, flags, std::move(device));
  if (Status status = context->Initialize(); !status.ok()) {
    context->Destroy();
    return status;
  }
  return context;
}

Status Context::Initialize() {
  device_->SetDescribers(
      [addresses = &runtime_.addresses()](hal::DeviceAddress address) {
        return addresses->Describe(address);
      },
      [this](uint64_t cookie, hal::KernelHandle kernel) { return DescribeLaunch(cookie, kernel); });
  SUPA_ASSIGN_OR_RETURN(legacy_channel_, channels_.Acquire(0, /*blocking=*/false));
  const std::shared_ptr<Context> unowned(std::shared_ptr<Context>(), this);
  legacy_ = std::make_shared<Stream>(unowned, Stream::Kind::kLegacy, 0, legacy_channel_);
  SUPA_RETURN_IF_ERROR(runtime_.host_memory().Attach(id_, device_));
  runtime_.contexts().Insert(handle(), shared_from_this());
  return absl::OkStatus();
}

void Context::Destroy() {
  if (destroyed_.load()) return;
  bool idle = true;
  if (!poisoned() && legacy_channel_ != nullptr) {
    // What the work did wrong can no longer be reported to anyone. Work that does not end is
    // stopped with its queue.
    idle = WaitForWork(kEndWaitNs).ok();
  }
  if (destroyed_.exchange(true)) return;
  runtime_.contexts().Remove(handle());
  auto mine = [this](const auto& object) { return &object.context() == this; };
  runtime_.streams().RemoveIf(mine);
  runtime_.events().RemoveIf(mine);
  runtime_.modules().RemoveIf(mine);
  runtime_.functions().RemoveIf(mine);
  {
    absl::flat_hash_map<std::thread::id, std::shared_ptr<Stream>> per_thread;
    std::lock_guard lock(per_thread_mutex_);
    per_thread.swap(per_thread_);
  }
  if (!idle) channels_.Close();  // before the code that still runs goes
  modules_.Clear();
  {
    std::lock_guard lock(deferred_mutex_);
    deferred_frees_.clear();
  }
  timestamps_.Clear();
  channels_.Close();
  runtime_.virtual_memory().Detach(id_);
  runtime_.host_memory().Detach(id_);
  runtime_.addresses().RemoveContext(id_);
  heap_.Clear();
}

Status Context::CheckHealth() const {
  if (!poisoned() && !destroyed()) return absl::OkStatus();
  if (destroyed()) {
    return MakeError(supaErrorContextIsDestroyed,
                     absl::StrFormat("The context of device %d is destroyed.", device_ordinal()));
  }
  std::lock_guard lock(fault_mutex_);
  return MakeError(sticky_error(), fault_text_);
}

void Context::SetSticky(const hal::FaultReport& report) {
  std::lock_guard lock(fault_mutex_);
  if (poisoned()) return;
  fault_text_ = absl::StrFormat("The context of device %d is unusable until it is reset: %s",
                                device_ordinal(), report.text);
  log::Write(log::Level::kError, fault_text_);
  sticky_.store(CodeOfFault(report.kind), std::memory_order_release);
}

Status Context::Poll() {
  if (!poisoned() && !destroyed()) {
    hal::FaultReport report = device_->PollFault();
    if (report.kind != hal::FaultKind::kNone) SetSticky(report);
  }
  return CheckHealth();
}

Status Context::Translate(const Status& status) {
  if (status.ok()) return status;
  if (status.code() != absl::StatusCode::kAborted) return status;
  SUPA_RETURN_IF_ERROR(Poll());
  SetSticky({hal::FaultKind::kDeviceLost, std::string(status.message()), 0, 0, 0, {}, {}});
  return CheckHealth();
}

std::string Context::DescribeLaunch(uint64_t stream_id, hal::KernelHandle kernel) const {
  std::string name = modules_.KernelName(kernel);
  return absl::StrCat("kernel ", name.empty() ? absl::StrFormat("at 0x%x", kernel) : name,
                      " in stream ", stream_id);
}

StatusOr<std::shared_ptr<Stream>> Context::PerThreadStream() {
  const std::thread::id thread = std::this_thread::get_id();
  {
    std::shared_lock lock(per_thread_mutex_);
    auto it = per_thread_.find(thread);
    if (it != per_thread_.end()) return it->second;
  }
  SUPA_RETURN_IF_ERROR(CheckHealth());
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Stream> stream,
                        Stream::Create(shared_from_this(), Stream::Kind::kPerThread, 0, 0));
  std::lock_guard lock(per_thread_mutex_);
  if (destroyed()) return CheckHealth();
  per_thread_[thread] = stream;
  return stream;
}

void Context::ReleasePerThreadStream(std::thread::id thread) {
  std::shared_ptr<Stream> released;
  std::lock_guard lock(per_thread_mutex_);
  auto it = per_thread_.find(thread);
  if (it == per_thread_.end()) return;
  released = std::move(it->second);
  per_thread_.erase(it);
}

Status Context::Synchronize() {
  SUPA_RETURN_IF_ERROR(CheckHealth());
  SUPA_RETURN_IF_ERROR(WaitForWork(-1));
  SweepDeferredFrees();
  return Poll();
}

void Context::FlushOutput(int64_t timeout_ns) {
  WaitForWork(timeout_ns).IgnoreError();
  Poll().IgnoreError();
}

Status Context::WaitForWork(int64_t timeout_ns) {
  absl::InlinedVector<TimelinePoint, 8> points;
  channels_.ForEach([&points](const std::shared_ptr<Channel>& channel) {
    if (!channel->Idle()) points.push_back({channel, channel->last.load()});
  });
  for (const TimelinePoint& point : points) {
    SUPA_RETURN_IF_ERROR(Translate(point.channel->fence->Wait(point.value, timeout_ns)));
  }
  return absl::OkStatus();
}

StatusOr<uint64_t> Context::Allocate(uint64_t size_bytes) {
  SUPA_RETURN_IF_ERROR(CheckHealth());
  SweepDeferredFrees();
  StatusOr<hal::DeviceAddress> address = heap_.Allocate(size_bytes);
  if (!address.ok()) {
    return WithContext(
        Translate(address.status()),
        absl::StrFormat("allocating %d bytes on device %d", size_bytes, device_ordinal()));
  }
  StatusOr<AllocationRef> allocation = runtime_.addresses().Insert(
      {*address, size_bytes, MemoryKind::kDevice, device_ordinal(), id_, 0, 0});
  if (!allocation.ok()) {
    heap_.Free(*address).IgnoreError();
    return allocation.status();
  }
  return *address;
}

Status Context::Free(uint64_t address) {
  AllocationRef allocation = runtime_.addresses().Find(address);
  if (allocation == nullptr || allocation->base != address ||
      allocation->kind != MemoryKind::kDevice) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Pointer 0x%x cannot be freed as device memory: it is %s.",
                                     address, runtime_.addresses().Describe(address)));
  }
  if (allocation->context_id != id_) {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Context> owner,
                          runtime_.FindContextById(allocation->context_id));
    return owner->Free(address);
  }
  SUPA_RETURN_IF_ERROR(Synchronize());
  if (runtime_.addresses().Remove(address) == nullptr) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Pointer 0x%x was freed by another thread.", address));
  }
  return heap_.Free(address);
}

Status Context::FreeAsync(uint64_t address, Stream& stream) {
  AllocationRef allocation = runtime_.addresses().Find(address);
  if (allocation == nullptr || allocation->base != address || allocation->context_id != id_ ||
      allocation->kind != MemoryKind::kDevice) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("Pointer 0x%x cannot be freed in a stream of device %d: it is %s.", address,
                        device_ordinal(), runtime_.addresses().Describe(address)));
  }
  SUPA_ASSIGN_OR_RETURN(TimelinePoint point, stream.Mark());
  if (runtime_.addresses().Remove(address) == nullptr) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Pointer 0x%x was freed by another thread.", address));
  }
  std::lock_guard lock(deferred_mutex_);
  deferred_frees_.emplace_back(std::move(point), address);
  return absl::OkStatus();
}

void Context::SweepDeferredFrees() {
  std::lock_guard lock(deferred_mutex_);
  std::erase_if(deferred_frees_, [this](const auto& entry) {
    if (!entry.first.Reached()) return false;
    heap_.Free(entry.second).IgnoreError();  // cannot fail: the heap gave this address out
    return true;
  });
}

Status Context::EnablePeer(Context& peer) {
  if (&peer == this) {
    return MakeError(supaErrorInvalidDevice, "A device cannot be its own peer.");
  }
  if (!CanAccessPeer(properties(), peer.properties())) {
    return MakeError(supaErrorPeerAccessUnsupported,
                     absl::StrFormat("Device %d cannot be given access to the memory of device %d.",
                                     device_ordinal(), peer.device_ordinal()));
  }
  std::lock_guard lock(peers_mutex_);
  if (!peers_.insert(peer.id()).second) {
    return MakeError(supaErrorPeerAccessAlreadyEnabled,
                     absl::StrFormat("Device %d already has access to the memory of device %d.",
                                     device_ordinal(), peer.device_ordinal()));
  }
  return absl::OkStatus();
}

Status Context::DisablePeer(Context& peer) {
  std::lock_guard lock(peers_mutex_);
  if (peers_.erase(peer.id()) == 0) {
    return MakeError(supaErrorPeerAccessNotEnabled,
                     absl::StrFormat("Device %d has no access to the memory of device %d.",
                                     device_ordinal(), peer.device_ordinal()));
  }
  return absl::OkStatus();
}

}  // namespace opensupa::rt
