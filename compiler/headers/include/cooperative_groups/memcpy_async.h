/// Copies by all threads of a group together. A copy is made at once by the threads themselves;
/// what was copied may be read after wait(), as with a copy in the background.
#ifndef COOPERATIVE_GROUPS_MEMCPY_ASYNC_H_
#define COOPERATIVE_GROUPS_MEMCPY_ASYNC_H_

#include "cooperative_groups.h"

#if defined(__cplusplus) && defined(__CUDACC__)
#pragma GCC system_header

namespace cooperative_groups {

namespace details {
template <class Word, class Group>
__device__ __forceinline__ void copy_words(const Group& group, void* to, const void* from,
                                           size_t size_bytes) {
  Word* const to_words = (Word*)to;
  const Word* const from_words = (const Word*)from;
  const size_t step = (size_t)group.num_threads();
  for (size_t i = (size_t)group.thread_rank(); i < size_bytes / sizeof(Word); i += step) {
    to_words[i] = from_words[i];
  }
}
}  // namespace details

template <class Group, class T>
__device__ __forceinline__ void memcpy_async(const Group& group, T* to, const T* from,
                                             size_t size_bytes) {
  if ((((size_t)to | (size_t)from | size_bytes) & 3u) == 0) {
    details::copy_words<unsigned int>(group, (void*)to, (const void*)from, size_bytes);
  } else {
    details::copy_words<unsigned char>(group, (void*)to, (const void*)from, size_bytes);
  }
}
/// Copies as many elements as both arrays have.
template <class Group, class T>
__device__ __forceinline__ void memcpy_async(const Group& group, T* to, size_t to_count,
                                             const T* from, size_t from_count) {
  memcpy_async(group, to, from, (to_count < from_count ? to_count : from_count) * sizeof(T));
}

template <class Group>
__device__ __forceinline__ void wait(const Group& group) {
  group.sync();
}
/// Waits for more than is asked for: for all copies.
template <unsigned int Stages, class Group>
__device__ __forceinline__ void wait_prior(const Group& group) {
  group.sync();
}

}  // namespace cooperative_groups

#endif  // __CUDACC__

#endif  // COOPERATIVE_GROUPS_MEMCPY_ASYNC_H_
