#include "device_context.h"

#include <algorithm>
#include <shared_mutex>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "card_properties.h"
#include "fence_pool.h"
#include "opensupa/base/log.h"

namespace opensupa::native {
namespace {

constexpr int kDoorbellTries = 3;

struct LiveContexts {
  std::shared_mutex mutex;
  std::vector<DeviceContext*> contexts;
};

LiveContexts& Live() {
  static LiveContexts& live = *new LiveContexts;
  return live;
}

}  // namespace

StatusOr<std::shared_ptr<DeviceContext>> DeviceContext::Create(std::unique_ptr<port::Port> port,
                                                               const std::string& backend) {
  SUPA_ASSIGN_OR_RETURN(hal::DeviceProperties properties, QueryProperties(*port, backend));
  SUPA_ASSIGN_OR_RETURN(VaManager * addresses, VaManager::Process());
  std::shared_ptr<DeviceContext> context(
      new DeviceContext(std::move(port), std::move(properties), addresses));
  SUPA_RETURN_IF_ERROR_CONTEXT(
      context->CreateVm(),
      absl::StrCat("creating an address space on card ", context->port().name()));
  LiveContexts& live = Live();
  std::unique_lock lock(live.mutex);
  live.contexts.push_back(context.get());
  return context;
}

DeviceContext::DeviceContext(std::unique_ptr<port::Port> port, hal::DeviceProperties properties,
                             VaManager* addresses)
    : port_(std::move(port)),
      properties_(std::move(properties)),
      addresses_(addresses),
      faults_(*port_) {}

DeviceContext::~DeviceContext() {
  {
    LiveContexts& live = Live();
    std::unique_lock lock(live.mutex);
    std::erase(live.contexts, this);
  }
  if (vm_ == 0) return;
  supa_uapi_vm_destroy destroy{};
  destroy.vm = vm_;
  Release(SUPA_UAPI_VM_DESTROY, destroy);
}

Status DeviceContext::CreateVm() {
  supa_uapi_vm_create create{};
  create.va_base = addresses_->base();
  create.va_size_bytes = addresses_->size_bytes();
  SUPA_RETURN_IF_ERROR(Call(SUPA_UAPI_VM_CREATE, create));
  vm_ = create.vm;
  faults_.SetVm(vm_);
  return absl::OkStatus();
}

void DeviceContext::LogIfFailed(supa_uapi_op op, int result) {
  if (result == 0) return;
  log::Write(log::Level::kWarning,
             absl::StrCat("Card ", port_->name(), " refused ", port::OpName(op), " with errno ",
                          -result, "; what it should give back stays taken."));
}

Status DeviceContext::Bind(uint32_t bo, uint64_t bo_offset_bytes, uint64_t address,
                           uint64_t size_bytes, uint32_t access) {
  supa_uapi_vm_bind bind{};
  bind.vm = vm_;
  bind.op = SUPA_UAPI_BIND_MAP;
  bind.handle = bo;
  bind.access = access;
  bind.bo_offset_bytes = bo_offset_bytes;
  bind.va = address;
  bind.size_bytes = size_bytes;
  return Call(SUPA_UAPI_VM_BIND, bind);
}

Status DeviceContext::BindHost(uint64_t address, uint64_t size_bytes, uint32_t access) {
  supa_uapi_vm_bind bind{};
  bind.vm = vm_;
  bind.op = SUPA_UAPI_BIND_MAP_USERPTR;
  bind.access = access;
  bind.bo_offset_bytes = address;
  bind.va = address;
  bind.size_bytes = size_bytes;
  return Call(SUPA_UAPI_VM_BIND, bind);
}

void DeviceContext::Unbind(uint64_t address, uint64_t size_bytes) {
  supa_uapi_vm_bind bind{};
  bind.vm = vm_;
  bind.op = SUPA_UAPI_BIND_UNMAP;
  bind.va = address;
  bind.size_bytes = size_bytes;
  Release(SUPA_UAPI_VM_BIND, bind);
}

Status DeviceContext::Protect(uint64_t address, uint64_t size_bytes, uint32_t access) {
  supa_uapi_vm_bind bind{};
  bind.vm = vm_;
  bind.op = SUPA_UAPI_BIND_PROTECT;
  bind.access = access;
  bind.va = address;
  bind.size_bytes = size_bytes;
  return Call(SUPA_UAPI_VM_BIND, bind);
}

Status DeviceContext::Doorbell(uint32_t queue) {
  Status status;
  for (int i = 0; i < kDoorbellTries; ++i) {
    supa_uapi_doorbell doorbell{};
    doorbell.queue = queue;
    status = Call(SUPA_UAPI_DOORBELL, doorbell);
    if (status.ok()) break;
    if (absl::IsAborted(status)) return faults_.DeadStatus();
  }
  return status;
}

Status DeviceContext::WaitValue(uint64_t address, uint64_t value, int64_t timeout_ns) {
  supa_uapi_wait_fence wait{};
  wait.address = address;
  wait.value = value;
  wait.timeout_ns = timeout_ns;
  wait.vm = vm_;
  Status status = Call(SUPA_UAPI_WAIT_FENCE, wait);
  if (absl::IsAborted(status)) return faults_.DeadStatus();
  return status;
}

bool DeviceContext::IsVisible(const FenceSlab& slab) const {
  return slab.index() < kMaxSlabs && visible_slabs_[slab.index()].load(std::memory_order_acquire);
}

Status DeviceContext::MakeVisible(const FenceSlab& slab) {
  if (IsVisible(slab)) return absl::OkStatus();
  if (slab.index() >= kMaxSlabs) {
    return absl::ResourceExhaustedError(
        absl::StrCat("The process has more than ", kMaxSlabs * FenceSlab::kFences, " fences."));
  }
  std::lock_guard lock(visible_mutex_);
  if (IsVisible(slab)) return absl::OkStatus();
  SUPA_RETURN_IF_ERROR_CONTEXT(BindHost(slab.address(), FenceSlab::kBytes,
                                        SUPA_UAPI_BIND_ACCESS_READ | SUPA_UAPI_BIND_ACCESS_WRITE),
                               absl::StrCat("making fences visible to card ", port_->name()));
  visible_slabs_[slab.index()].store(true, std::memory_order_release);
  return absl::OkStatus();
}

void DeviceContext::ForEach(const std::function<void(DeviceContext&)>& use) {
  LiveContexts& live = Live();
  std::shared_lock lock(live.mutex);
  for (DeviceContext* context : live.contexts) use(*context);
}

}  // namespace opensupa::native
