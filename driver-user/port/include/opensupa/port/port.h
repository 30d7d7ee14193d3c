#pragma once

#include <memory>
#include <string>

#include "opensupa/base/status.h"
#include "opensupa/port/uapi.h"

namespace opensupa::port {

/// One open render node: the only way from the native driver to a card. Thread safe.
///
/// The same bytes travel over every transport (in-process, socket, libdrm), so implementations
/// differ only in how the struct reaches the device. Decorators (record, later replay, delay,
/// inject) are Ports over a Port.
class Port {
 public:
  virtual ~Port() = default;

  /// Carries out `op` (supa_uapi_op) with its struct at `arg`, `size_bytes` long. 0, or a negative
  /// errno.
  virtual int Call(uint32_t op, void* arg, uint32_t size_bytes) = 0;

  /// For messages and recordings: "emu:BR106M#0".
  virtual std::string name() const = 0;
};

/// Text of an op, "VM_BIND", or "UNKNOWN".
const char* OpName(uint32_t op);

/// Size of the struct of `op`; 0 when unknown.
uint32_t OpStructBytes(uint32_t op);

/// Calls through the fault point "port.<op>" and turns errno into a Status: -EINVAL
/// kInvalidArgument, -ENOMEM kResourceExhausted, -ETIME kDeadlineExceeded, -ECANCELED kAborted,
/// -ENODEV kUnavailable, -EBUSY kFailedPrecondition, -ENOENT kNotFound, -EAGAIN kUnavailable.
Status CallChecked(Port& port, uint32_t op, void* arg, uint32_t size_bytes);

template <typename Struct>
Status CallChecked(Port& port, supa_uapi_op op, Struct& arg) {
  return CallChecked(port, op, &arg, sizeof(Struct));
}

/// Writes every call with its struct, result and time to `path` (binary, versioned header) and
/// forwards it to `inner`.
StatusOr<std::unique_ptr<Port>> MakeRecordingPort(std::unique_ptr<Port> inner,
                                                  const std::string& path);

}  // namespace opensupa::port
