/// The SUPA driver API for C and C++.
///
/// suInit() comes first. Every call returns SUPA_SUCCESS or the code of what went wrong, which may
/// come from earlier, asynchronous work. Calls use the calling thread's current context
/// (SUPA_ERROR_INVALID_CONTEXT if there is none) and are safe from any thread.
#ifndef SUPA_DRIVER_H_
#define SUPA_DRIVER_H_

#if defined(CUDA_API_PER_THREAD_DEFAULT_STREAM) && !defined(SUPA_API_PER_THREAD_DEFAULT_STREAM)
#define SUPA_API_PER_THREAD_DEFAULT_STREAM 1
#endif
#if defined(SUPA_API_PER_THREAD_DEFAULT_STREAM)
#include "driver/su_per_thread_stream.h"
#endif

#include "driver/su_api_device.h"
#include "driver/su_api_memory.h"
#include "driver/su_api_module.h"
#include "driver/su_api_stream.h"
#include "driver/su_types.h"

#if !defined(OPENSUPA_EXACT_NAMES)
#include "driver/su_versioned_names.h"
#endif

#endif  // SUPA_DRIVER_H_
