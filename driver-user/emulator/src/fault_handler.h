#pragma once

#include <pthread.h>

#include <csignal>
#include <cstdint>

#include "engine/fiber.h"

/// Turns the host's memory, arithmetic and instruction signals into device faults.
///
/// A thread that is to stop is sent SIGURG, which programs do not use and which does nothing by
/// itself.
///
/// Device code always runs on a Fiber. When a signal hits a thread whose fiber is marked as running
/// device code, the handler keeps what happened and lets the fiber go on in a function that
/// abandons it, so the resumer sees a fault. Accesses of safe_access.h just fail. Every other
/// signal goes to the handler that was there before.
namespace opensupa::emu {

struct HostFault {
  int signal;
  uintptr_t address;
  bool address_known;  // false for a non-canonical address, which the host does not tell
  uintptr_t program_counter;
  uint32_t access;  // SUPA_UAPI_BIND_ACCESS_*
  bool stack_overflow;
};

/// Installs the handlers; calls nest. Uninstall puts the former handlers back at the last one,
/// unless someone has installed others on top.
void InstallFaultHandler();
void UninstallFaultHandler();

/// Marks the calling thread as running device code while it lives, and makes it take signals on an
/// alternate stack, without which an overflown stack could not be reported. A thread that has such
/// a stack gets it back at the end; one that has none keeps one from then on. Scopes do not nest.
class DeviceCodeScope {
 public:
  /// The device code stands in [code_begin, code_end).
  DeviceCodeScope(void* alternate_stack, size_t size_bytes, uintptr_t code_begin,
                  uintptr_t code_end);
  ~DeviceCodeScope();
  DeviceCodeScope(const DeviceCodeScope&) = delete;
  DeviceCodeScope& operator=(const DeviceCodeScope&) = delete;
  /// False when the thread cannot run device code now (it is inside a signal handler).
  bool ok() const { return ok_; }

 private:
  stack_t former_{};
  bool ok_ = false;
};

/// Makes `thread`, which is in a DeviceCodeScope and stays there for this call, leave its fiber if
/// it is in device code right now. Else nothing happens: call it again after a while.
void InterruptDeviceCode(pthread_t thread);

/// Makes the calling thread take signals on an alternate stack for good, which makes its
/// DeviceCodeScopes cheap. The memory must outlive the thread's device code.
void KeepSignalStack(void* alternate_stack, size_t size_bytes);

/// The fault after which the last fiber of this thread was abandoned; false when there is none
/// since the last call.
bool TakeHostFault(HostFault* fault);

}  // namespace opensupa::emu
