#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "fault_log.h"
#include "opensupa/hal/hal.h"
#include "opensupa/port/port.h"
#include "va_manager.h"

namespace opensupa::native {

class FenceSlab;

/// What all objects of one open device share: the port, the address space (VM), the properties and
/// the faults. Objects hold it by shared_ptr, so that the order in which they die does not matter;
/// the VM goes with the last of them. Thread safe.
class DeviceContext {
 public:
  static StatusOr<std::shared_ptr<DeviceContext>> Create(std::unique_ptr<port::Port> port,
                                                         const std::string& backend);
  ~DeviceContext();
  DeviceContext(const DeviceContext&) = delete;
  DeviceContext& operator=(const DeviceContext&) = delete;

  port::Port& port() { return *port_; }
  VaManager& addresses() { return *addresses_; }
  uint32_t vm() const { return vm_; }
  const hal::DeviceProperties& properties() const { return properties_; }
  FaultLog& faults() { return faults_; }

  template <typename Struct>
  Status Call(supa_uapi_op op, Struct& arg) {
    return port::CallChecked(*port_, op, arg);
  }

  /// For calls that give something back: one failure is tried again, since a destructor can do
  /// nothing else; a second one is logged.
  template <typename Struct>
  void Release(supa_uapi_op op, Struct& arg) {
    if (!port::CallChecked(*port_, op, arg).ok())
      LogIfFailed(op, port_->Call(op, &arg, sizeof(arg)));
  }

  Status Bind(uint32_t bo, uint64_t bo_offset_bytes, uint64_t address, uint64_t size_bytes,
              uint32_t access);
  Status BindHost(uint64_t address, uint64_t size_bytes, uint32_t access);
  void Unbind(uint64_t address, uint64_t size_bytes);  // as Release
  Status Protect(uint64_t address, uint64_t size_bytes, uint32_t access);

  /// Wakes the device for `queue`; 0 = look at every queue. Repeating it is harmless, so a failure
  /// is tried again before it is returned.
  Status Doorbell(uint32_t queue);

  /// Blocks until the 64-bit value at `address` is >= `value`. The codes of hal::Fence::Wait.
  Status WaitValue(uint64_t address, uint64_t value, int64_t timeout_ns);

  /// Makes the fences of `slab` reachable by the device. Cheap from the second call on.
  Status MakeVisible(const FenceSlab& slab);
  bool IsVisible(const FenceSlab& slab) const;

  /// Calls `use` with every live context of the process; none of them ends meanwhile.
  static void ForEach(const std::function<void(DeviceContext&)>& use);

 private:
  static constexpr size_t kMaxSlabs = 1024;

  DeviceContext(std::unique_ptr<port::Port> port, hal::DeviceProperties properties,
                VaManager* addresses);
  Status CreateVm();
  void LogIfFailed(supa_uapi_op op, int result);

  const std::unique_ptr<port::Port> port_;
  const hal::DeviceProperties properties_;
  VaManager* const addresses_;
  uint32_t vm_ = 0;
  FaultLog faults_;
  std::mutex visible_mutex_;
  std::array<std::atomic<bool>, kMaxSlabs> visible_slabs_{};
};

}  // namespace opensupa::native
