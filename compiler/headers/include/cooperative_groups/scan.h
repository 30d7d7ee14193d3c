/// Scans over a tile or coalesced threads: each thread gets the combination of the values of the
/// ranks up to its own (inclusive) or below its own (exclusive; rank 0 gets T()).
#ifndef COOPERATIVE_GROUPS_SCAN_H_
#define COOPERATIVE_GROUPS_SCAN_H_

#include "cooperative_groups.h"
#include "cooperative_groups/reduce.h"

#if defined(__cplusplus) && defined(__CUDACC__)
#pragma GCC system_header

namespace cooperative_groups {

template <class Group, class T, class Operation>
__device__ __forceinline__ typename details::plain<T>::type inclusive_scan(const Group& group,
                                                                           T&& value,
                                                                           Operation&& operation) {
  typename details::plain<T>::type result = value;
  const unsigned int rank = group.thread_rank();
  for (unsigned int distance = 1; distance < group.num_threads(); distance *= 2) {
    const typename details::plain<T>::type other = group.shfl_up(result, distance);
    if (rank >= distance) result = operation(other, result);
  }
  return result;
}
template <class Group, class T>
__device__ __forceinline__ typename details::plain<T>::type inclusive_scan(const Group& group,
                                                                           T&& value) {
  return inclusive_scan(group, value, plus<typename details::plain<T>::type>());
}

template <class Group, class T, class Operation>
__device__ __forceinline__ typename details::plain<T>::type exclusive_scan(const Group& group,
                                                                           T&& value,
                                                                           Operation&& operation) {
  typedef typename details::plain<T>::type Value;
  const Value before = group.shfl_up(inclusive_scan(group, value, operation), 1);
  return group.thread_rank() == 0 ? Value() : before;
}
template <class Group, class T>
__device__ __forceinline__ typename details::plain<T>::type exclusive_scan(const Group& group,
                                                                           T&& value) {
  return exclusive_scan(group, value, plus<typename details::plain<T>::type>());
}

}  // namespace cooperative_groups

#endif  // __CUDACC__

#endif  // COOPERATIVE_GROUPS_SCAN_H_
