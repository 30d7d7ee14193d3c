#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "opensupa/core/address_map.h"
#include "opensupa/core/context.h"
#include "opensupa/core/handle_table.h"
#include "opensupa/core/host_memory.h"
#include "opensupa/core/image.h"
#include "opensupa/core/program_registry.h"
#include "opensupa/core/specializer.h"
#include "opensupa/core/virtual_memory.h"
#include "opensupa/hal/registry.h"

namespace opensupa::rt {

/// One device that the program sees, with its primary context.
struct DeviceSlot {
  int ordinal = 0;
  hal::Adapter* adapter = nullptr;
  uint32_t adapter_index = 0;
  hal::DeviceProperties properties;

  std::mutex mutex;                  // guards what follows; taken before a context's locks
  std::shared_ptr<Context> primary;  // null until something uses it
  uint32_t primary_flags = 0;
  uint32_t retains = 0;  // by suDevicePrimaryCtxRetain
};

/// True when a device can use the memory of the other.
bool CanAccessPeer(const hal::DeviceProperties& device, const hal::DeviceProperties& peer);

/// Everything this library keeps for a process. One object per process serves the API; tests make
/// their own. Thread safe. Created without touching a device, so that programs may register kernels
/// before main.
class Runtime {
 public:
  Runtime();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// The runtime behind the API. Never destroyed: programs may call it until the process ends, and
  /// a forked child that does not use it must be able to leave.
  static Runtime& Process();

  /// Finds the devices, once. supaErrorNoDevice when there is none, with what was rejected and why.
  Status Initialize();
  bool initialized() const { return initialized_.load(std::memory_order_acquire); }
  /// 0 before Initialize.
  int device_count() const;
  /// supaErrorInvalidDevice for a number out of range.
  StatusOr<DeviceSlot*> Device(int ordinal);
  /// What the last look for devices rejected.
  std::vector<hal::Discovery::Rejection> rejected() const;

  /// The primary context of `slot`, created at need.
  StatusOr<std::shared_ptr<Context>> Primary(DeviceSlot& slot);
  /// Destroys the primary context, if there is one, and forgets its retains.
  void ResetPrimary(DeviceSlot& slot);

  /// supaErrorDeviceUninitialized when no live context has the number.
  StatusOr<std::shared_ptr<Context>> FindContextById(uint64_t id) const;

  AddressMap& addresses() { return addresses_; }
  HostMemory& host_memory() { return host_memory_; }
  VirtualMemory& virtual_memory() { return virtual_memory_; }
  CodeStore& code_store() { return code_store_; }
  Specializer& specializer() { return specializer_; }
  ProgramRegistry& programs() { return programs_; }
  HandleTable<Context>& contexts() { return contexts_; }
  /// At the end of the process: writes what kernels have printed. Work that takes long is not
  /// waited for.
  void FlushOutput();
  HandleTable<Stream>& streams() { return streams_; }
  HandleTable<Event>& events() { return events_; }
  HandleTable<Module>& modules() { return modules_; }
  HandleTable<Function>& functions() { return functions_; }

  bool launch_blocking() const { return launch_blocking_; }

 private:
  Status FindDevices();  // init_mutex_ is held; so for KeepVisible
  void KeepVisible();

  const bool launch_blocking_;
  const pid_t process_;
  std::atomic<bool> initialized_{false};
  mutable std::mutex init_mutex_;  // guards discovery_ and, until initialized_, slots_
  hal::Discovery discovery_;
  AddressMap addresses_;
  HostMemory host_memory_;
  CodeStore code_store_;
  Specializer specializer_;
  ProgramRegistry programs_;
  VirtualMemory virtual_memory_;
  HandleTable<Context> contexts_;
  HandleTable<Stream> streams_;
  HandleTable<Event> events_;
  HandleTable<Module> modules_;
  HandleTable<Function> functions_;
  std::vector<std::unique_ptr<DeviceSlot>> slots_;
};

/// Makes the backends of this build known to hal; idempotent.
void RegisterBackends();

}  // namespace opensupa::rt
