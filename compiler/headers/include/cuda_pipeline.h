/// CUDA's functions for copies by one thread that may go on in the background. Here a copy is made
/// at once, so that waiting for it has nothing to do.
#ifndef CUDA_PIPELINE_H_
#define CUDA_PIPELINE_H_

#if defined(__cplusplus) && defined(__CUDACC__)
#pragma GCC system_header

#include "opensupa/sync/pipeline.h"

/// Copies `size_bytes` (4, 8 or 16), of which the last `zero_bytes` become zeros instead.
__device__ __forceinline__ void __pipeline_memcpy_async(void* to, const void* from,
                                                        size_t size_bytes, size_t zero_bytes = 0) {
  const size_t copied_bytes = zero_bytes < size_bytes ? size_bytes - zero_bytes : 0;
  for (size_t i = 0; i < size_bytes; ++i) {
    ((char*)to)[i] = i < copied_bytes ? ((const char*)from)[i] : (char)0;
  }
}
__device__ __forceinline__ void __pipeline_commit() {}
__device__ __forceinline__ void __pipeline_wait_prior(size_t stages) { (void)stages; }

namespace nvcuda {
namespace experimental {
/// The same as an object.
class pipeline {
 public:
  pipeline() = default;
  pipeline(const pipeline&) = delete;
  pipeline& operator=(const pipeline&) = delete;

  /// Number of the batch that was committed.
  __device__ size_t commit() { return committed_++; }
  __device__ void wait(size_t) {}
  template <unsigned int Stages>
  __device__ void wait_prior() {}
  __device__ void commit_and_wait() { (void)commit(); }
  __device__ void close() {}

 private:
  size_t committed_ = 0;
};
template <class T>
__device__ __forceinline__ void memcpy_async(T& to, const T& from, pipeline&) {
  to = from;
}
}  // namespace experimental
}  // namespace nvcuda

#endif  // __CUDACC__

#endif  // CUDA_PIPELINE_H_
