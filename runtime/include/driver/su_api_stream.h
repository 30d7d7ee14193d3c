/// Driver API: streams, events, memory operations in stream order, captures.
#ifndef SUPA_DRIVER_SU_API_STREAM_H_
#define SUPA_DRIVER_SU_API_STREAM_H_

#include "su_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Creates a stream in the current context; flags SUstream_flags.
SUresult suStreamCreate(SUstream* stream, unsigned int flags);
SUresult suStreamCreateWithPriority(SUstream* stream, unsigned int flags, int priority);
SUresult suStreamDestroy(SUstream stream);
SUresult suStreamQuery(SUstream stream);
SUresult suStreamSynchronize(SUstream stream);
SUresult suStreamWaitEvent(SUstream stream, SUevent event, unsigned int flags);
SUresult suStreamAddCallback(SUstream stream, SUstreamCallback callback, void* user_data,
                             unsigned int flags);
SUresult suStreamGetPriority(SUstream stream, int* priority);
SUresult suStreamGetFlags(SUstream stream, unsigned int* flags);
SUresult suStreamGetId(SUstream stream, unsigned long long* stream_id);
SUresult suStreamGetCtx(SUstream stream, SUcontext* context);
SUresult suStreamGetDevice(SUstream stream, SUdevice* device);
SUresult suStreamAttachMemAsync(SUstream stream, SUdeviceptr dev_ptr, size_t length,
                                unsigned int flags);

SUresult suEventCreate(SUevent* event, unsigned int flags);
SUresult suEventDestroy(SUevent event);
SUresult suEventRecord(SUevent event, SUstream stream);
SUresult suEventRecordWithFlags(SUevent event, SUstream stream, unsigned int flags);
SUresult suEventQuery(SUevent event);
SUresult suEventSynchronize(SUevent event);
SUresult suEventElapsedTime(float* milliseconds, SUevent start, SUevent end);

/// Writes `value` to `address`, or waits until the word there compares with it, in stream order.
SUresult suStreamWriteValue32(SUstream stream, SUdeviceptr address, suuint32_t value,
                              unsigned int flags);
SUresult suStreamWaitValue32(SUstream stream, SUdeviceptr address, suuint32_t value,
                             unsigned int flags);
SUresult suStreamWriteValue64(SUstream stream, SUdeviceptr address, suuint64_t value,
                              unsigned int flags);
SUresult suStreamWaitValue64(SUstream stream, SUdeviceptr address, suuint64_t value,
                             unsigned int flags);

/// Captures are not supported yet; the queries tell so truthfully.
SUresult suStreamBeginCapture(SUstream stream, SUstreamCaptureMode mode);
SUresult suStreamEndCapture(SUstream stream, SUgraph* graph);
SUresult suStreamIsCapturing(SUstream stream, SUstreamCaptureStatus* status);
SUresult suStreamGetCaptureInfo(SUstream stream, SUstreamCaptureStatus* status, suuint64_t* id,
                                SUgraph* graph, const SUgraphNode** dependencies,
                                size_t* num_dependencies);
SUresult suThreadExchangeStreamCaptureMode(SUstreamCaptureMode* mode);
SUresult suGraphCreate(SUgraph* graph, unsigned int flags);
SUresult suGraphDestroy(SUgraph graph);
SUresult suGraphInstantiateWithFlags(SUgraphExec* graph_exec, SUgraph graph,
                                     unsigned long long flags);
SUresult suGraphLaunch(SUgraphExec graph_exec, SUstream stream);
SUresult suGraphExecDestroy(SUgraphExec graph_exec);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_DRIVER_SU_API_STREAM_H_
