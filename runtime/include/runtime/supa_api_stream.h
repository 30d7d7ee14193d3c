/// Runtime API: streams, events and host functions.
#ifndef SUPA_RUNTIME_API_STREAM_H_
#define SUPA_RUNTIME_API_STREAM_H_

#include "../supa_driver_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Creates a stream on the current device.
supaError_t supaStreamCreate(supaStream_t* stream);
/// `flags` is supaStreamDefault or supaStreamNonBlocking (no implicit order with the legacy
/// stream).
supaError_t supaStreamCreateWithFlags(supaStream_t* stream, unsigned int flags);
/// A lower number is more urgent; numbers out of range are clamped.
supaError_t supaStreamCreateWithPriority(supaStream_t* stream, unsigned int flags, int priority);
/// Frees the stream; work in it still completes. supaErrorInvalidResourceHandle for one of the
/// default streams or a handle that is none.
supaError_t supaStreamDestroy(supaStream_t stream);
/// supaSuccess if all work is complete, supaErrorNotReady if not.
supaError_t supaStreamQuery(supaStream_t stream);
/// Waits for all work in the stream.
supaError_t supaStreamSynchronize(supaStream_t stream);
/// Makes later work of `stream` wait for what `event` recorded. `flags` must be 0.
supaError_t supaStreamWaitEvent(supaStream_t stream, supaEvent_t event,
                                unsigned int flags OPENSUPA_DEFAULT(0));
/// Calls `callback` from a thread of the runtime after the work put in so far; work put in later
/// waits for its return. `flags` must be 0.
supaError_t supaStreamAddCallback(supaStream_t stream, supaStreamCallback_t callback,
                                  void* user_data, unsigned int flags);
supaError_t supaStreamGetPriority(supaStream_t stream, int* priority);
supaError_t supaStreamGetFlags(supaStream_t stream, unsigned int* flags);
/// Stores a number that no other stream of this process has or had.
supaError_t supaStreamGetId(supaStream_t stream, unsigned long long* stream_id);
supaError_t supaStreamGetDevice(supaStream_t stream, int* device);
supaError_t supaStreamCopyAttributes(supaStream_t dst, supaStream_t src);
supaError_t supaStreamGetAttribute(supaStream_t stream, supaLaunchAttributeID attribute,
                                   supaLaunchAttributeValue* value);
supaError_t supaStreamSetAttribute(supaStream_t stream, supaLaunchAttributeID attribute,
                                   const supaLaunchAttributeValue* value);
supaError_t supaCtxResetPersistingL2Cache(void);

/// Creates an event that keeps a time.
supaError_t supaEventCreate(supaEvent_t* event);
/// Flags supaEventDefault, supaEventBlockingSync, supaEventDisableTiming, supaEventInterprocess.
supaError_t supaEventCreateWithFlags(supaEvent_t* event, unsigned int flags);
supaError_t supaEventDestroy(supaEvent_t event);
/// Makes `event` stand for the work put into `stream` so far.
supaError_t supaEventRecord(supaEvent_t event, supaStream_t stream OPENSUPA_DEFAULT(0));
supaError_t supaEventRecordWithFlags(supaEvent_t event, supaStream_t stream OPENSUPA_DEFAULT(0),
                                     unsigned int flags OPENSUPA_DEFAULT(0));
/// supaSuccess if the recorded work is complete or nothing was recorded, else supaErrorNotReady.
supaError_t supaEventQuery(supaEvent_t event);
supaError_t supaEventSynchronize(supaEvent_t event);
/// Stores the milliseconds between two recorded events. supaErrorNotReady before both are complete;
/// supaErrorInvalidResourceHandle if one was not recorded or keeps no time.
supaError_t supaEventElapsedTime(float* milliseconds, supaEvent_t start, supaEvent_t end);

/// Calls `function` from a thread of the runtime in the order of `stream`; skipped after an error.
supaError_t supaLaunchHostFunc(supaStream_t stream, supaHostFn_t function, void* user_data);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_RUNTIME_API_STREAM_H_
