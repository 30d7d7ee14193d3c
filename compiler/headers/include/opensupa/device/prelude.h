/// The kernel language: included by brcc before the first line of every .su and .cu file, for the
/// host half and for the device half.
#ifndef OPENSUPA_DEVICE_PRELUDE_H_
#define OPENSUPA_DEVICE_PRELUDE_H_
#pragma clang system_header

#if !defined(__clang__) || !defined(__CUDA__)
#error "This header is for brcc, which compiles kernels with clang's -x cuda."
#endif

#include "opensupa/device/qualifiers.h"

// Before any header of the standard library.
#include "opensupa/device/std_support.h"

// Device overloads must be declared before the standard library's constexpr functions are seen.
#include <__clang_cuda_math_forward_declares.h>

#include "supa_vector_types.h"

#include "supa_vector_functions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cstdlib>
#include <cstring>

// Device malloc and free, before any header of the standard library includes <new>.
#include "opensupa/device/memory.h"

#include <math.h>

#include <cmath>

#include "opensupa/device/atomic.h"
#include "opensupa/device/builtin_vars.h"
#include "opensupa/device/cast.h"
#include "opensupa/device/host_math.h"
#include "opensupa/device/integer.h"
#include "opensupa/device/io.h"
#include "opensupa/device/math.h"
#include "opensupa/device/math_intrinsics.h"
#include "opensupa/device/ordered_atomic.h"
#include "opensupa/device/sync.h"
#include "opensupa/device/warp.h"

// Device overloads in namespace std, and of the C++ runtime's new and delete.
#include <__clang_cuda_cmath.h>
#include <__clang_cuda_complex_builtins.h>
#include <new>

// The runtime's interface, which kernel files need not include themselves.
#if defined(OPENSUPA_CUDA_SOURCE)
#include <cuda_runtime.h>
#else
#include <supa_runtime.h>
#endif

#include "opensupa/device/launch.h"

#endif  // OPENSUPA_DEVICE_PRELUDE_H_
