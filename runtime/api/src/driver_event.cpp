#include "absl/strings/str_format.h"
#include "stream_calls.h"

namespace opensupa::api {

SUresult suEventCreate(SUevent* event, unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(event, "event"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    SUPA_ASSIGN_OR_RETURN(*event, CreateEvent(*context, flags));
    return absl::OkStatus();
  });
}

SUresult suEventDestroy(SUevent event) {
  return CallDriver([&]() -> Status { return DestroyEvent(event); });
}

SUresult suEventRecord(SUevent event, SUstream stream) {
  return api::suEventRecordWithFlags(event, stream, SU_EVENT_RECORD_DEFAULT);
}

SUresult suEventRecordWithFlags(SUevent event, SUstream stream, unsigned int flags) {
  return CallDriver([&]() -> Status {
    if ((flags & ~static_cast<unsigned int>(SU_EVENT_RECORD_EXTERNAL)) != 0) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of a record are not all known.", flags));
    }
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    return RecordEvent(*context, event, stream);
  });
}

SUresult suEventQuery(SUevent event) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> found, rt::FindEvent(Process(), event));
    return found->Query();
  });
}

SUresult suEventSynchronize(SUevent event) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> found, rt::FindEvent(Process(), event));
    return found->Synchronize();
  });
}

SUresult suEventElapsedTime(float* milliseconds, SUevent start, SUevent end) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(milliseconds, "milliseconds"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> first, rt::FindEvent(Process(), start));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> second, rt::FindEvent(Process(), end));
    SUPA_ASSIGN_OR_RETURN(*milliseconds, rt::Event::Elapsed(*first, *second));
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
