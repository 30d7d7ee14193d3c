/// The SUPA runtime API for C and C++.
///
/// Every call returns supaSuccess or the code of what went wrong; a failure is also kept for
/// supaGetLastError(). A call may also return an error that earlier, asynchronous work caused.
/// Calls use the device that supaSetDevice() chose for the calling thread, and are safe from any
/// thread. A null stream means the default stream: the legacy one, or the thread's own one in
/// sources compiled with SUPA_API_PER_THREAD_DEFAULT_STREAM.
#ifndef SUPA_RUNTIME_API_H_
#define SUPA_RUNTIME_API_H_

#if defined(CUDA_API_PER_THREAD_DEFAULT_STREAM) && !defined(SUPA_API_PER_THREAD_DEFAULT_STREAM)
#define SUPA_API_PER_THREAD_DEFAULT_STREAM 1
#endif
#if defined(SUPA_API_PER_THREAD_DEFAULT_STREAM)
#include "supa_per_thread_stream.h"
#endif

#include "../supa_driver_types.h"
#include "supa_api_device.h"
#include "supa_api_execution.h"
#include "supa_api_graph.h"
#include "supa_api_memory.h"
#include "supa_api_memory_pool.h"
#include "supa_api_stream.h"
#include "supa_api_symbol.h"
#include "supa_api_texture.h"

#if !defined(OPENSUPA_EXACT_NAMES)
#include "supa_versioned_names.h"
#endif

#endif  // SUPA_RUNTIME_API_H_
