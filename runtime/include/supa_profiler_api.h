/// supaProfilerStart() and supaProfilerStop().
#ifndef SUPA_PROFILER_API_H_
#define SUPA_PROFILER_API_H_

#include "runtime/supa_runtime_api.h"

#endif  // SUPA_PROFILER_API_H_
