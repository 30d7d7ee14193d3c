/// Macros the public headers share. Compiles as C11 and C++17, by any host compiler and by brcc.
#ifndef SUPA_HOST_DEFINES_H_
#define SUPA_HOST_DEFINES_H_

#include <stddef.h>
#include <stdint.h>

/// Version of the SUPA interface: 1000 * major + 10 * minor.
#ifndef SUPA_VERSION
#define SUPA_VERSION 2000
#endif
#ifndef SUPART_VERSION
#define SUPART_VERSION SUPA_VERSION
#endif

/// Calling conventions, empty on every supported platform.
#ifndef SUPARTAPI
#define SUPARTAPI
#endif
#ifndef SUPART_CB
#define SUPART_CB
#endif
#ifndef SUPAAPI
#define SUPAAPI
#endif
#ifndef SU_CB
#define SU_CB
#endif

/// Marks a function usable from host and device code; empty for a plain host compiler.
#if (defined(__clang__) && defined(__CUDA__)) || defined(OPENSUPA_HOST_SPLIT)
#define OPENSUPA_HOST_DEVICE __attribute__((host)) __attribute__((device))
#else
#define OPENSUPA_HOST_DEVICE

/// Qualifiers of the kernel language, so that host compilers can read headers shared with kernels.
#ifndef __host__
#define __host__
#endif
#ifndef __device__
#define __device__
#endif
#ifndef __global__
#define __global__
#endif
#ifndef __shared__
#define __shared__
#endif
#ifndef __constant__
#define __constant__
#endif
#ifndef __managed__
#define __managed__
#endif
#ifndef __launch_bounds__
#define __launch_bounds__(...)
#endif
#ifndef __forceinline__
#define __forceinline__ __inline__ __attribute__((always_inline))
#endif
#ifndef __align__
#define __align__(bytes) __attribute__((aligned(bytes)))
#endif
#endif

/// Alignment of a vector type, in bytes.
#define OPENSUPA_ALIGN(bytes) __attribute__((aligned(bytes)))

/// Default value of a parameter, for C++ callers.
#ifdef __cplusplus
#define OPENSUPA_DEFAULT(value) = value
#define OPENSUPA_EXTERN_C_BEGIN extern "C" {
#define OPENSUPA_EXTERN_C_END }
#else
#define OPENSUPA_DEFAULT(value)
#define OPENSUPA_EXTERN_C_BEGIN
#define OPENSUPA_EXTERN_C_END
#endif

#endif  // SUPA_HOST_DEFINES_H_
