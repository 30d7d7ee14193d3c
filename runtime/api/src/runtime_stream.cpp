#include "absl/strings/str_format.h"
#include "stream_calls.h"

namespace opensupa::api {
namespace {

/// Runs `body(stream)` for a stream of the current context's runtime.
template <typename Body>
supaError_t WithStream(supaStream_t stream, Body&& body) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> found, rt::FindStream(*context, stream));
    return body(*found);
  });
}

}  // namespace

supaError_t supaStreamCreateWithPriority(supaStream_t* stream, unsigned int flags, int priority) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(stream, "stream"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(*stream, CreateStream(*context, flags, priority));
    return absl::OkStatus();
  });
}

supaError_t supaStreamCreate(supaStream_t* stream) {
  return api::supaStreamCreateWithPriority(stream, supaStreamDefault, 0);
}

supaError_t supaStreamCreateWithFlags(supaStream_t* stream, unsigned int flags) {
  return api::supaStreamCreateWithPriority(stream, flags, 0);
}

supaError_t supaStreamDestroy(supaStream_t stream) {
  return Call([&]() -> Status { return DestroyStream(stream); });
}

supaError_t supaStreamQuery(supaStream_t stream) {
  return WithStream(stream, [](rt::Stream& found) { return found.Query(); });
}

supaError_t supaStreamSynchronize(supaStream_t stream) {
  return WithStream(stream, [](rt::Stream& found) { return found.Drain(); });
}

supaError_t supaStreamWaitEvent(supaStream_t stream, supaEvent_t event, unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    return WaitEvent(*context, stream, event, flags);
  });
}

supaError_t supaLaunchHostFunc(supaStream_t stream, supaHostFn_t function, void* user_data) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(reinterpret_cast<const void*>(function), "function"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    return LaunchHostFunction(*context, stream, [function, user_data] { function(user_data); });
  });
}

supaError_t supaStreamAddCallback(supaStream_t stream, supaStreamCallback_t callback,
                                  void* user_data, unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(reinterpret_cast<const void*>(callback), "callback"));
    if (flags != 0) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of a callback must be 0.", flags));
    }
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindStream(*context, stream));
    // The stream's context, which need not be the current one; it outlives the work put into it.
    const rt::Context* owner = &target->context();
    return LaunchHostFunction(*context, stream,
                              [=] { callback(stream, owner->sticky_error(), user_data); });
  });
}

supaError_t supaStreamGetPriority(supaStream_t stream, int* priority) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(priority, "priority"));
    *priority = found.priority();
    return absl::OkStatus();
  });
}

supaError_t supaStreamGetFlags(supaStream_t stream, unsigned int* flags) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(flags, "flags"));
    *flags = found.flags();
    return absl::OkStatus();
  });
}

supaError_t supaStreamGetId(supaStream_t stream, unsigned long long* stream_id) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(stream_id, "stream_id"));
    *stream_id = found.id();
    return absl::OkStatus();
  });
}

supaError_t supaStreamGetDevice(supaStream_t stream, int* device) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(device, "device"));
    *device = found.context().device_ordinal();
    return absl::OkStatus();
  });
}

supaError_t supaStreamIsCapturing(supaStream_t stream, enum supaStreamCaptureStatus* status) {
  return WithStream(stream, [&](rt::Stream&) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(status, "status"));
    *status = supaStreamCaptureStatusNone;  // capture cannot be begun
    return absl::OkStatus();
  });
}

supaError_t supaStreamGetCaptureInfo(supaStream_t stream, enum supaStreamCaptureStatus* status,
                                     unsigned long long* id, supaGraph_t* graph,
                                     const supaGraphNode_t** dependencies,
                                     size_t* num_dependencies) {
  return WithStream(stream, [&](rt::Stream&) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(status, "status"));
    *status = supaStreamCaptureStatusNone;
    if (id != nullptr) *id = 0;
    if (graph != nullptr) *graph = nullptr;
    if (dependencies != nullptr) *dependencies = nullptr;
    if (num_dependencies != nullptr) *num_dependencies = 0;
    return absl::OkStatus();
  });
}

supaError_t supaThreadExchangeStreamCaptureMode(enum supaStreamCaptureMode* mode) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(mode, "mode"));
    if (*mode < supaStreamCaptureModeGlobal || *mode > supaStreamCaptureModeRelaxed) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no capture mode %d.", static_cast<int>(*mode)));
    }
    const int before = rt::Thread().capture_mode;
    rt::Thread().capture_mode = *mode;
    *mode = static_cast<supaStreamCaptureMode>(before);
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
