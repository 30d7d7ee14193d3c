#include "opensupa/core/runtime.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/log.h"
#include "opensupa/base/options.h"
#include "opensupa/core/error.h"

namespace opensupa::rt {
namespace {

// How long the end of the process waits for each stream, so that the output of kernels is complete.
constexpr int64_t kExitWaitNs = 2'000'000'000;

}  // namespace

bool CanAccessPeer(const hal::DeviceProperties& device, const hal::DeviceProperties& peer) {
  return device.backend == peer.backend && device.unified_host_mapping && peer.unified_host_mapping;
}

Runtime::Runtime()
    : launch_blocking_(options::GetBoolean(options::kLaunchBlocking) ||
                       options::GetBoolean(options::kCudaLaunchBlocking)),
      process_(getpid()),
      host_memory_(addresses_),
      code_store_(KernelCache::FolderFromOptions(), KernelCache::MaxBytesFromOptions()),
      specializer_(code_store_),
      programs_(code_store_),
      virtual_memory_(addresses_) {}

Runtime::~Runtime() {
  specializer_.Stop();
  for (const auto& slot : slots_) ResetPrimary(*slot);
  for (const auto& context : contexts_.RemoveIf([](const Context&) { return true; })) {
    context->Destroy();
  }
}

Runtime& Runtime::Process() {
  static Runtime* runtime = [] {
    auto* made = new Runtime;
    std::atexit([] { Process().FlushOutput(); });
    return made;
  }();
  return *runtime;
}

void Runtime::FlushOutput() {
  if (getpid() != process_) return;  // a child does not have the threads that run the devices
  contexts_.FindIf([](Context& context) {
    context.FlushOutput(kExitWaitNs);
    return false;
  });
}

Status Runtime::Initialize() {
  if (initialized() && !slots_.empty()) return absl::OkStatus();
  std::lock_guard lock(init_mutex_);
  if (!initialized()) SUPA_RETURN_IF_ERROR(FindDevices());
  if (!slots_.empty()) return absl::OkStatus();
  std::string text = "There is no SUPA device.";
  for (const auto& rejection : discovery_.rejected) {
    absl::StrAppend(&text, " '", rejection.spec, "' was rejected: ", rejection.reason.message());
  }
  return MakeError(supaErrorNoDevice, text);
}

Status Runtime::FindDevices() {
  OPENSUPA_FAULT_POINT("runtime.init");
  RegisterBackends();
  hal::Discovery discovery = hal::Discover(options::Get(options::kDevices));
  slots_.clear();
  for (const auto& adapter : discovery.adapters) {
    for (uint32_t i = 0; i < adapter->DeviceCount(); ++i) {
      StatusOr<hal::DeviceProperties> properties = adapter->GetProperties(i);
      if (!properties.ok()) {
        discovery.rejected.push_back(
            {absl::StrCat(adapter->backend(), ":", i), properties.status()});
        continue;
      }
      auto slot = std::make_unique<DeviceSlot>();
      slot->adapter = adapter.get();
      slot->adapter_index = i;
      slot->properties = *std::move(properties);
      slots_.push_back(std::move(slot));
    }
  }
  discovery_ = std::move(discovery);
  KeepVisible();
  for (size_t i = 0; i < slots_.size(); ++i) slots_[i]->ordinal = static_cast<int>(i);
  // When every device was rejected the reason may pass, so that the next call looks again.
  const bool settled = !slots_.empty() || discovery_.rejected.empty();
  initialized_.store(settled, std::memory_order_release);
  return absl::OkStatus();
}

std::vector<hal::Discovery::Rejection> Runtime::rejected() const {
  std::lock_guard lock(init_mutex_);
  return discovery_.rejected;
}

void Runtime::KeepVisible() {
  const options::Option* option = nullptr;
  if (options::IsSet(options::kCudaVisibleDevices)) option = &options::kCudaVisibleDevices;
  if (options::IsSet(options::kVisibleDevices)) option = &options::kVisibleDevices;
  if (option == nullptr) return;
  // As CUDA has it: the list ends at the first entry that is no device or comes a second time.
  std::vector<std::unique_ptr<DeviceSlot>> visible;
  const std::string text = options::Get(*option);
  for (absl::string_view entry : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    size_t index = 0;
    if (!absl::SimpleAtoi(entry, &index) || index >= slots_.size() || slots_[index] == nullptr) {
      log::Write(log::Level::kWarning,
                 absl::StrCat("Option ", option->name, " names '", entry,
                              "', which is no further device; it and what follows is ignored."));
      break;
    }
    visible.push_back(std::move(slots_[index]));
  }
  slots_ = std::move(visible);
}

int Runtime::device_count() const { return initialized() ? static_cast<int>(slots_.size()) : 0; }

StatusOr<DeviceSlot*> Runtime::Device(int ordinal) {
  SUPA_RETURN_IF_ERROR(Initialize());
  if (ordinal < 0 || static_cast<size_t>(ordinal) >= slots_.size()) {
    return MakeError(
        supaErrorInvalidDevice,
        absl::StrFormat("Device %d does not exist; there are %d devices.", ordinal, slots_.size()));
  }
  return slots_[static_cast<size_t>(ordinal)].get();
}

StatusOr<std::shared_ptr<Context>> Runtime::Primary(DeviceSlot& slot) {
  std::lock_guard lock(slot.mutex);
  if (slot.primary == nullptr) {
    SUPA_ASSIGN_OR_RETURN(slot.primary, Context::Create(*this, slot, true, slot.primary_flags));
  }
  return slot.primary;
}

void Runtime::ResetPrimary(DeviceSlot& slot) {
  std::lock_guard lock(slot.mutex);
  slot.retains = 0;
  if (slot.primary == nullptr) return;
  slot.primary->Destroy();
  slot.primary = nullptr;
}

StatusOr<std::shared_ptr<Context>> Runtime::FindContextById(uint64_t id) const {
  std::shared_ptr<Context> context =
      contexts_.FindIf([id](const Context& candidate) { return candidate.id() == id; });
  if (context == nullptr) {
    return MakeError(supaErrorDeviceUninitialized,
                     absl::StrFormat("The context that owns the object is destroyed."));
  }
  return context;
}

}  // namespace opensupa::rt
