#pragma once

#include "call.h"
#include "opensupa/core/event.h"
#include "opensupa/core/stream.h"

/// What the runtime's and the driver's calls on streams and events share. Flags and priorities have
/// the same numbers in both.
namespace opensupa::api {

inline constexpr int kGreatestPriority = -5;

/// Makes a stream and gives it a handle. supaErrorInvalidValue for unknown flags; a priority out of
/// range is clamped.
StatusOr<SUstream_st*> CreateStream(rt::Context& context, unsigned int flags, int priority);
/// Forgets the handle; work in the stream still completes.
Status DestroyStream(SUstream_st* stream);
StatusOr<SUevent_st*> CreateEvent(rt::Context& context, unsigned int flags);
Status DestroyEvent(SUevent_st* event);
Status RecordEvent(rt::Context& context, SUevent_st* event, SUstream_st* stream);
Status WaitEvent(rt::Context& context, SUstream_st* stream, SUevent_st* event, unsigned int flags);
/// Puts `function(user_data)` into the stream.
Status LaunchHostFunction(rt::Context& context, SUstream_st* stream,
                          std::function<void()> function);

}  // namespace opensupa::api
