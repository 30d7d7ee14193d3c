#include "stream_calls.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace opensupa::api {

StatusOr<SUstream_st*> CreateStream(rt::Context& context, unsigned int flags, int priority) {
  if ((flags & ~static_cast<unsigned>(supaStreamNonBlocking)) != 0) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Flags %#x of a stream are not all known.", flags));
  }
  const int clamped = std::clamp(priority, kGreatestPriority, 0);
  SUPA_ASSIGN_OR_RETURN(
      std::shared_ptr<rt::Stream> stream,
      rt::Stream::Create(context.shared_from_this(), rt::Stream::Kind::kCreated, flags, clamped));
  auto* handle = reinterpret_cast<SUstream_st*>(stream.get());
  Process().streams().Insert(handle, std::move(stream));
  return handle;
}

Status DestroyStream(SUstream_st* stream) {
  if (Process().streams().Remove(stream) == nullptr) {
    return MakeError(supaErrorInvalidResourceHandle,
                     absl::StrFormat("Handle %p is no stream that can be destroyed.",
                                     static_cast<const void*>(stream)));
  }
  return absl::OkStatus();
}

StatusOr<SUevent_st*> CreateEvent(rt::Context& context, unsigned int flags) {
  constexpr unsigned int kKnown =
      supaEventBlockingSync | supaEventDisableTiming | supaEventInterprocess;
  if ((flags & ~kKnown) != 0) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Flags %#x of an event are not all known.", flags));
  }
  if ((flags & supaEventInterprocess) != 0) {
    if ((flags & supaEventDisableTiming) == 0) {
      return MakeError(supaErrorInvalidValue, "An interprocess event must not take times.");
    }
    return MakeError(supaErrorNotSupported, "Interprocess events are not supported by OpenSUPA.");
  }
  auto event = std::make_shared<rt::Event>(context.shared_from_this(), flags);
  auto* handle = reinterpret_cast<SUevent_st*>(event.get());
  Process().events().Insert(handle, std::move(event));
  return handle;
}

Status DestroyEvent(SUevent_st* event) {
  if (Process().events().Remove(event) == nullptr) {
    return MakeError(
        supaErrorInvalidResourceHandle,
        absl::StrFormat("Handle %p is no live event.", static_cast<const void*>(event)));
  }
  return absl::OkStatus();
}

Status RecordEvent(rt::Context& context, SUevent_st* event, SUstream_st* stream) {
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> found, rt::FindEvent(Process(), event));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindStream(context, stream));
  if (&found->context() != &target->context()) {
    return MakeError(
        supaErrorInvalidResourceHandle,
        absl::StrFormat("An event of device %d cannot be recorded in stream %d of device %d; both "
                        "must belong to the same context.",
                        found->context().device_ordinal(), target->id(),
                        target->context().device_ordinal()));
  }
  return found->Record(*target);
}

Status WaitEvent(rt::Context& context, SUstream_st* stream, SUevent_st* event, unsigned int flags) {
  if ((flags & ~1u) != 0) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Flags %#x of a wait are not all known.", flags));
  }
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindStream(context, stream));
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Event> found, rt::FindEvent(Process(), event));
  return target->WaitFor(found->point());
}

Status LaunchHostFunction(rt::Context& context, SUstream_st* stream,
                          std::function<void()> function) {
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindStream(context, stream));
  return target->Submit(hal::HostCallCommand{std::move(function)});
}

}  // namespace opensupa::api
