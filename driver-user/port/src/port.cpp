#include "opensupa/port/port.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::port {
namespace {

struct OpRow {
  const char* name;
  const char* fault_point;
  uint32_t struct_bytes;
};

// In the order of supa_uapi_op.
constexpr OpRow kOps[] = {
    {"QUERY", "port.QUERY", sizeof(supa_uapi_query)},
    {"BO_CREATE", "port.BO_CREATE", sizeof(supa_uapi_bo_create)},
    {"BO_DESTROY", "port.BO_DESTROY", sizeof(supa_uapi_bo_destroy)},
    {"BO_MMAP", "port.BO_MMAP", sizeof(supa_uapi_bo_mmap)},
    {"VM_CREATE", "port.VM_CREATE", sizeof(supa_uapi_vm_create)},
    {"VM_DESTROY", "port.VM_DESTROY", sizeof(supa_uapi_vm_destroy)},
    {"VM_BIND", "port.VM_BIND", sizeof(supa_uapi_vm_bind)},
    {"QUEUE_CREATE", "port.QUEUE_CREATE", sizeof(supa_uapi_queue_create)},
    {"QUEUE_DESTROY", "port.QUEUE_DESTROY", sizeof(supa_uapi_queue_destroy)},
    {"DOORBELL", "port.DOORBELL", sizeof(supa_uapi_doorbell)},
    {"WAIT_FENCE", "port.WAIT_FENCE", sizeof(supa_uapi_wait_fence)},
    {"EVENT_READ", "port.EVENT_READ", sizeof(supa_uapi_event_read)},
    {"RESET", "port.RESET", sizeof(supa_uapi_reset)},
};
static_assert(std::size(kOps) == SUPA_UAPI_OP_COUNT);

absl::StatusCode CodeOfErrno(int error) {
  switch (error) {
    case EINVAL:
    case EFAULT:
      return absl::StatusCode::kInvalidArgument;
    case ENOMEM:
    case ENOSPC:
      return absl::StatusCode::kResourceExhausted;
    case ETIME:
      return absl::StatusCode::kDeadlineExceeded;
    case ECANCELED:
      return absl::StatusCode::kAborted;
    case ENODEV:
    case EAGAIN:
      return absl::StatusCode::kUnavailable;
    case EBUSY:
      return absl::StatusCode::kFailedPrecondition;
    case ENOENT:
      return absl::StatusCode::kNotFound;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

const char* OpName(uint32_t op) { return op < std::size(kOps) ? kOps[op].name : "UNKNOWN"; }

uint32_t OpStructBytes(uint32_t op) { return op < std::size(kOps) ? kOps[op].struct_bytes : 0; }

Status CallChecked(Port& port, uint32_t op, void* arg, uint32_t size_bytes) {
  SUPA_RETURN_IF_ERROR(fault::Check(op < std::size(kOps) ? kOps[op].fault_point : "port.UNKNOWN"));
  const int result = port.Call(op, arg, size_bytes);
  if (result == 0) return absl::OkStatus();
  // That there is no event is an answer, asked for after each wait: it needs no text.
  if (op == SUPA_UAPI_EVENT_READ && result == -EAGAIN) {
    return Status(absl::StatusCode::kUnavailable, "");
  }
  return Status(CodeOfErrno(-result),
                absl::StrCat("Device '", port.name(), "' answered ", OpName(op), " with errno ",
                             -result, " (", std::strerror(-result), ")."));
}

}  // namespace opensupa::port
