/// The kernel language for the host half when a GNU compiler builds it: force-included by brcc in
/// place of prelude.h while g++ preprocesses a kernel file. The preprocessed text is read by
/// supa-host-split, which takes out what is device code; see docs/hostsplit.md.
///
/// Everything that prelude.h declares is declared here too, so that the text can be understood, but
/// nothing depends on clang's own headers.
#ifndef OPENSUPA_DEVICE_HOST_PRELUDE_H_
#define OPENSUPA_DEVICE_HOST_PRELUDE_H_
#pragma GCC system_header

#if defined(__clang__) || !defined(OPENSUPA_HOST_SPLIT)
#error "This header is for brcc -ccbin with a GNU compiler."
#endif

// qualifiers.h asks clang for a keyword. supa-host-split knows it too, and a macro of that name
// would break the attributes in libstdc++.
#pragma push_macro("__has_feature")
#undef __has_feature
#define __has_feature(feature) 1
#include "opensupa/device/qualifiers.h"
#pragma pop_macro("__has_feature")

#include "supa_vector_types.h"

#include "supa_vector_functions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

// builtin_vars.h needs properties, which only clang has. Host code can name the variables, in
// functions for both sides, but they have no storage there.
#define OPENSUPA_DEVICE_BUILTIN_VARS_H_
extern const __attribute__((weak)) uint3 threadIdx;
extern const __attribute__((weak)) uint3 blockIdx;
extern const __attribute__((weak)) dim3 blockDim;
extern const __attribute__((weak)) dim3 gridDim;
static constexpr __attribute__((unused)) int warpSize = 32;
__SUPA_EXTERN__ unsigned int __su_laneid();
__SUPA_EXTERN__ unsigned int __su_linear_tid();

#include "opensupa/device/atomic.h"
#include "opensupa/device/cast.h"
#include "opensupa/device/host_math.h"
#include "opensupa/device/integer.h"
#include "opensupa/device/io.h"
#include "opensupa/device/math.h"
#include "opensupa/device/math_intrinsics.h"
#include "opensupa/device/memory.h"
#include "opensupa/device/sync.h"
#include "opensupa/device/warp.h"

// A builtin of clang.
__attribute__((device)) void __syncthreads();

#if defined(OPENSUPA_CUDA_SOURCE)
#include <cuda_runtime.h>
#else
#include <supa_runtime.h>
#endif

#include "opensupa/device/launch.h"

/// What the stub of a kernel does: takes the launch configuration that the caller left and launches
/// the kernel whose stub is `stub`. `arguments` holds the address of each argument.
static inline __attribute__((unused)) void __supa_launch_from_stub(const void* stub,
                                                                   void** arguments) {
  dim3 grid, block;
  size_t shared_bytes = 0;
  supaStream_t stream = nullptr;
  if (::__supaPopCallConfiguration(&grid, &block, &shared_bytes, &stream) == supaSuccess) {
    (void)::supaLaunchKernel(stub, grid, block, arguments, shared_bytes, stream);
  }
}

#endif  // OPENSUPA_DEVICE_HOST_PRELUDE_H_
