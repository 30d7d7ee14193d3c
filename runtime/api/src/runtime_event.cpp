#include "stream_calls.h"

namespace opensupa::api {

supaError_t supaEventCreateWithFlags(supaEvent_t* event, unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(event, "event"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    SUPA_ASSIGN_OR_RETURN(*event, CreateEvent(*context, flags));
    return absl::OkStatus();
  });
}

supaError_t supaEventCreate(supaEvent_t* event) {
  return api::supaEventCreateWithFlags(event, supaEventDefault);
}

supaError_t supaEventDestroy(supaEvent_t event) {
  return Call([&]() -> Status { return DestroyEvent(event); });
}

supaError_t supaEventRecordWithFlags(supaEvent_t event, supaStream_t stream, unsigned int flags) {
  return Call([&]() -> Status {
    if ((flags & ~1u) != 0) return MakeError(supaErrorInvalidValue, "Flags of a record are wrong.");
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
    return RecordEvent(*context, event, stream);
  });
}

supaError_t supaEventRecord(supaEvent_t event, supaStream_t stream) {
  return api::supaEventRecordWithFlags(event, stream, 0);
}

supaError_t supaEventQuery(supaEvent_t event) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> found, rt::FindEvent(Process(), event));
    return found->Query();
  });
}

supaError_t supaEventSynchronize(supaEvent_t event) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> found, rt::FindEvent(Process(), event));
    return found->Synchronize();
  });
}

supaError_t supaEventElapsedTime(float* milliseconds, supaEvent_t start, supaEvent_t end) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(milliseconds, "milliseconds"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> first, rt::FindEvent(Process(), start));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> second, rt::FindEvent(Process(), end));
    SUPA_ASSIGN_OR_RETURN(*milliseconds, rt::Event::Elapsed(*first, *second));
    return absl::OkStatus();
  });
}

struct supaChannelFormatDesc supaCreateChannelDesc(int x, int y, int z, int w,
                                                   enum supaChannelFormatKind kind) {
  return {x, y, z, w, kind};
}

}  // namespace opensupa::api
