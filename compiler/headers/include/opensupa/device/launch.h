/// What clang looks up by name to compile kernel<<<grid, block, shared, stream>>>(...). The calls
/// are renamed when the host half is finished, see docs/device-ir.md.
#ifndef OPENSUPA_DEVICE_LAUNCH_H_
#define OPENSUPA_DEVICE_LAUNCH_H_
#pragma clang system_header

#include <stddef.h>

#include "supa_vector_types.h"

#pragma push_macro("cudaLaunchKernel")
#undef cudaLaunchKernel
extern "C" {
supaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments,
                             size_t shared_bytes, supaStream_t stream);
supaError_t cudaLaunchKernel_ptsz(const void* function, dim3 grid, dim3 block, void** arguments,
                                  size_t shared_bytes, supaStream_t stream);
unsigned int __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared_bytes = 0,
                                         void* stream = 0);
}
#pragma pop_macro("cudaLaunchKernel")

#endif  // OPENSUPA_DEVICE_LAUNCH_H_
