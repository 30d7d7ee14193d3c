#include "absl/strings/str_format.h"
#include "driver_handles.h"
#include "stream_calls.h"

namespace opensupa::api {
namespace {

Status CheckWord(SUdeviceptr address, uint64_t bytes) {
  rt::AllocationRef found = Process().addresses().Find(address);
  if (address % bytes == 0 && found != nullptr && bytes <= found->end() - address) {
    return absl::OkStatus();
  }
  return MakeError(
      supaErrorInvalidValue,
      absl::StrFormat(
          "Address 0x%x is no aligned word of %d bytes that a device can use: it is %s.", address,
          bytes, Process().addresses().Describe(address)));
}

SUresult WriteValue(SUstream stream, SUdeviceptr address, uint64_t value, bool is_64bit,
                    unsigned int flags) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    if ((flags & ~static_cast<unsigned int>(SU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER)) != 0) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of a write are not all known.", flags));
    }
    SUPA_RETURN_IF_ERROR(CheckWord(address, is_64bit ? 8 : 4));
    return found.Submit(hal::WriteValueCommand{address, value, is_64bit});
  });
}

SUresult WaitValue(SUstream stream, SUdeviceptr address, uint64_t value, bool is_64bit,
                   unsigned int flags) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    const unsigned int comparison = flags & ~static_cast<unsigned int>(SU_STREAM_WAIT_VALUE_FLUSH);
    if (comparison > SU_STREAM_WAIT_VALUE_NOR) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of a wait are not all known.", flags));
    }
    if (comparison > SU_STREAM_WAIT_VALUE_EQ) {
      return MakeError(supaErrorNotSupported,
                       "Waits by bit mask are not supported by OpenSUPA, only >= and ==.");
    }
    SUPA_RETURN_IF_ERROR(CheckWord(address, is_64bit ? 8 : 4));
    return found.Submit(
        hal::WaitValueCommand{address, value, is_64bit, comparison == SU_STREAM_WAIT_VALUE_EQ});
  });
}

}  // namespace

SUresult suStreamCreate(SUstream* stream, unsigned int flags) {
  return api::suStreamCreateWithPriority(stream, flags, 0);
}

SUresult suStreamCreateWithPriority(SUstream* stream, unsigned int flags, int priority) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(stream, "stream"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    SUPA_ASSIGN_OR_RETURN(*stream, CreateStream(*context, flags, priority));
    return absl::OkStatus();
  });
}

SUresult suStreamDestroy(SUstream stream) {
  return CallDriver([&]() -> Status { return DestroyStream(stream); });
}

SUresult suStreamQuery(SUstream stream) {
  return WithStream(stream, [](rt::Stream& found) { return found.Query(); });
}

SUresult suStreamSynchronize(SUstream stream) {
  return WithStream(stream, [](rt::Stream& found) { return found.Drain(); });
}

SUresult suStreamWaitEvent(SUstream stream, SUevent event, unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    return WaitEvent(*context, stream, event, flags);
  });
}

SUresult suLaunchHostFunc(SUstream stream, SUhostFn function, void* user_data) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(reinterpret_cast<const void*>(function), "function"));
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    return LaunchHostFunction(*context, stream, [function, user_data] { function(user_data); });
  });
}

SUresult suStreamAddCallback(SUstream stream, SUstreamCallback callback, void* user_data,
                             unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(reinterpret_cast<const void*>(callback), "callback"));
    if (flags != 0) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of a callback must be 0.", flags));
    }
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    return LaunchHostFunction(*context, stream, [=] {
      // Errors that stick have the same numbers in both APIs.
      callback(stream, static_cast<SUresult>(context->sticky_error()), user_data);
    });
  });
}

SUresult suStreamGetPriority(SUstream stream, int* priority) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(priority, "priority"));
    *priority = found.priority();
    return absl::OkStatus();
  });
}

SUresult suStreamGetFlags(SUstream stream, unsigned int* flags) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(flags, "flags"));
    *flags = found.flags();
    return absl::OkStatus();
  });
}

SUresult suStreamGetId(SUstream stream, unsigned long long* stream_id) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(stream_id, "stream_id"));
    *stream_id = found.id();
    return absl::OkStatus();
  });
}

SUresult suStreamGetCtx(SUstream stream, SUcontext* context) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(context, "context"));
    *context = HandleOf(found.context());
    return absl::OkStatus();
  });
}

SUresult suStreamGetDevice(SUstream stream, SUdevice* device) {
  return WithStream(stream, [&](rt::Stream& found) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(device, "device"));
    *device = found.context().device_ordinal();
    return absl::OkStatus();
  });
}

SUresult suStreamAttachMemAsync(SUstream stream, SUdeviceptr dev_ptr, size_t length,
                                unsigned int flags) {
  return WithStream(stream, [&](rt::Stream&) -> Status {
    if (flags != SU_MEM_ATTACH_GLOBAL && flags != SU_MEM_ATTACH_HOST &&
        flags != SU_MEM_ATTACH_SINGLE) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("Flags %#x of an attachment are wrong.", flags));
    }
    rt::AllocationRef found = Process().addresses().Find(dev_ptr);
    if (found == nullptr || found->kind != rt::MemoryKind::kManaged ||
        length > found->end() - dev_ptr) {
      return MakeError(
          supaErrorInvalidValue,
          absl::StrFormat("The range of %d bytes at 0x%x is no managed memory: it is %s.", length,
                          dev_ptr, Process().addresses().Describe(dev_ptr)));
    }
    return absl::OkStatus();
  });
}

SUresult suStreamWriteValue32(SUstream stream, SUdeviceptr address, suuint32_t value,
                              unsigned int flags) {
  return WriteValue(stream, address, value, /*is_64bit=*/false, flags);
}

SUresult suStreamWriteValue64(SUstream stream, SUdeviceptr address, suuint64_t value,
                              unsigned int flags) {
  return WriteValue(stream, address, value, /*is_64bit=*/true, flags);
}

SUresult suStreamWaitValue32(SUstream stream, SUdeviceptr address, suuint32_t value,
                             unsigned int flags) {
  return WaitValue(stream, address, value, /*is_64bit=*/false, flags);
}

SUresult suStreamWaitValue64(SUstream stream, SUdeviceptr address, suuint64_t value,
                             unsigned int flags) {
  return WaitValue(stream, address, value, /*is_64bit=*/true, flags);
}

SUresult suStreamIsCapturing(SUstream stream, SUstreamCaptureStatus* status) {
  return WithStream(stream, [&](rt::Stream&) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(status, "status"));
    *status = SU_STREAM_CAPTURE_STATUS_NONE;  // a capture cannot be begun
    return absl::OkStatus();
  });
}

SUresult suStreamGetCaptureInfo(SUstream stream, SUstreamCaptureStatus* status, suuint64_t* id,
                                SUgraph* graph, const SUgraphNode** dependencies,
                                size_t* num_dependencies) {
  return WithStream(stream, [&](rt::Stream&) -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(status, "status"));
    *status = SU_STREAM_CAPTURE_STATUS_NONE;
    if (id != nullptr) *id = 0;
    if (graph != nullptr) *graph = nullptr;
    if (dependencies != nullptr) *dependencies = nullptr;
    if (num_dependencies != nullptr) *num_dependencies = 0;
    return absl::OkStatus();
  });
}

SUresult suThreadExchangeStreamCaptureMode(SUstreamCaptureMode* mode) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(mode, "mode"));
    if (static_cast<unsigned int>(*mode) > SU_STREAM_CAPTURE_MODE_RELAXED) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There is no capture mode %d.", static_cast<int>(*mode)));
    }
    const int before = rt::Thread().capture_mode;
    rt::Thread().capture_mode = *mode;
    *mode = static_cast<SUstreamCaptureMode>(before);
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
