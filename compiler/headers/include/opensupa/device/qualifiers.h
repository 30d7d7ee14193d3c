/// Qualifiers and identification macros of the kernel language.
#ifndef OPENSUPA_DEVICE_QUALIFIERS_H_
#define OPENSUPA_DEVICE_QUALIFIERS_H_
#pragma clang system_header

/// What programs test to know the language and its level.
#ifndef __CUDACC__
#define __CUDACC__ 1
#endif
// CUDA programs ask for their own compiler by name; .su programs have __SUPACC__.
#if defined(OPENSUPA_CUDA_SOURCE) && !defined(__NVCC__)
#define __NVCC__ 1
#endif
#define __SUPACC__ 1
#define __SUPA__ 1
// The release that CUDA_VERSION and CUDART_VERSION name.
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 9
#define __CUDACC_VER_BUILD__ 0
#if defined(__CUDA_ARCH__)
#define __SUPA_ARCH__ __CUDA_ARCH__
#endif
#if defined(__CLANG_RDC__)
#define __CUDACC_RDC__ 1
#endif
#define __CUDACC_RELAXED_CONSTEXPR__ 1
#define __CUDACC_EXTENDED_LAMBDA__ 1

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
/// One variable that host and device share. The annotation tells the runtime so.
#define __managed__ __attribute__((device)) __attribute__((annotate("supa.managed")))
#if defined(__CUDA_ARCH__)
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#else
// Kept with the device half; clang knows no third number in the other.
#define __launch_bounds__(...)
#endif
#define __forceinline__ __inline__ __attribute__((always_inline))
#if !__has_feature(cuda_noinline_keyword)
#define __noinline__ __attribute__((noinline))
#endif
#define __align__(bytes) __attribute__((aligned(bytes)))
/// A promise that a kernel does not write to the parameter; a hint only.
#define __grid_constant__
/// Blocks in a cluster along x, y and z, which launches of the kernel get; kept with the kernel.
#define __cluster_dims__(...) __attribute__((annotate("supa.cluster_dims", __VA_ARGS__)))
/// Hints that change nothing here.
#define __maxnreg__(...)
#define __block_size__(...)
#define __inline_hint__
#define __nv_pure__ __attribute__((pure))

/// Prefix of every function that this folder defines for device code.
#define __SUPA_DEVICE_FN__ static __inline__ __attribute__((always_inline)) __attribute__((device))
/// The same for host and device code.
#define __SUPA_BOTH_FN__ \
  static __inline__ __attribute__((always_inline)) __attribute__((host)) __attribute__((device))
/// Prefix of the externs that backends provide (docs/device-ir.md).
#define __SUPA_EXTERN__ extern "C" __attribute__((device))
/// Scope of the atomic instructions and fences that stand in a function: 0 system, 1 device, 2
/// block, 3 thread. Clang's target knows none, so the scope is set when device code is finalized.
#define __SUPA_SCOPE__(number) __attribute__((annotate("supa.scope", number)))
/// For externs whose result depends on nothing but the arguments and the thread.
#define __SUPA_PURE__ __attribute__((const))

#endif  // OPENSUPA_DEVICE_QUALIFIERS_H_
