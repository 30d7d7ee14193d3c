/// All types and constants of the runtime API.
#ifndef SUPA_DRIVER_TYPES_H_
#define SUPA_DRIVER_TYPES_H_

#include "runtime/supa_device_types.h"
#include "runtime/supa_error_types.h"
#include "runtime/supa_memory_types.h"
#include "runtime/supa_stream_types.h"
#include "runtime/supa_texture_types.h"
#include "supa_vector_types.h"

#endif  // SUPA_DRIVER_TYPES_H_
