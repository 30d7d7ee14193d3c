/// Scans over a tile or coalesced threads: each thread gets the combination of the values of the
/// ranks up to its own (inclusive) or below its own (exclusive; rank 0 gets T()).
#ifndef COOPERATIVE_GROUPS_SCAN_H_
#define COOPERATIVE_GROUPS_SCAN_H_

#include "cooperative_groups.h"
#include "cooperative_groups/reduce.h"

#if defined(__cplusplus) && defined(__CUDACC__)
#pragma GCC system_header

namespace cooperative_groups {

namespace details {

template <class Group, class T, class Operation>
__device__ __forceinline__ T scan_in_steps(const Group& group, const T& value,
                                           Operation& operation) {
  T result = value;
  const unsigned int rank = group.thread_rank();
  for (unsigned int distance = 1; distance < group.num_threads(); distance *= 2) {
    const T other = group.shfl_up(result, distance);
    if (rank >= distance) result = operation(other, result);
  }
  return result;
}
/// The combinations up to the calling rank and below it.
template <class T>
struct scanned {
  T inclusive;
  T before;
};

template <class Group, class T, class Operation>
__device__ __forceinline__ scanned<T> scan_warp(const Group& group, const T& value,
                                                Operation& operation) {
  const T inclusive = scan_in_steps(group, value, operation);
  const T before = group.shfl_up(inclusive, 1);
  return {inclusive, group.thread_rank() == 0 ? T() : before};
}
template <class T, class Operation>
__device__ __forceinline__ scanned<T> scan_lanes(const coalesced_group& group, const T& value,
                                                 Operation& operation) {
  return scan_warp(group, value, operation);
}
template <class T, class Operation, unsigned int Size>
__device__ __forceinline__ scanned<T> scan_lanes(const small_tile<Size>& group, const T& value,
                                                 Operation& operation) {
  return scan_warp(group, value, operation);
}
template <class T, class Operation, unsigned int Size>
__device__ __forceinline__ scanned<T> scan_lanes(const large_tile<Size>& group, const T& value,
                                                 Operation& operation) {
  const small_tile<32> warp;
  const scanned<T> own = scan_warp(warp, value, operation);
  const T total =
      warp.shfl(own.inclusive, (int)static_cast<const thread_group&>(warp).num_threads() - 1);
  const T below = group.template __supa_combine_before<T, Operation&>(total, operation, T());
  if (group.thread_rank() < 32) return own;
  return {operation(below, own.inclusive),
          warp.thread_rank() == 0 ? below : operation(below, own.before)};
}

/// The last rank adds the whole group to `atomic`; all get what was there before.
template <class Group, class Atomic, class T, class Operation>
__device__ __forceinline__ T update_by_last(const Group& group, Atomic& atomic, const T& total,
                                            Operation& operation) {
  const unsigned int last = (unsigned int)group.num_threads() - 1;
  T old = T();
  if (group.thread_rank() == last) old = update<Atomic, T>(atomic, total, operation);
  return group.shfl(old, last);
}

}  // namespace details

template <class Group, class T, class Operation>
__device__ __forceinline__ typename details::plain<T>::type inclusive_scan(const Group& group,
                                                                           T&& value,
                                                                           Operation&& operation) {
  typedef typename details::plain<T>::type Value;
  typedef typename details::plain<Operation>::type Function;
  Function function = operation;
  return details::scan_lanes<Value, Function>(group, value, function).inclusive;
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
  typedef typename details::plain<Operation>::type Function;
  Function function = operation;
  return details::scan_lanes<Value, Function>(group, value, function).before;
}
template <class Group, class T>
__device__ __forceinline__ typename details::plain<T>::type exclusive_scan(const Group& group,
                                                                           T&& value) {
  return exclusive_scan(group, value, plus<typename details::plain<T>::type>());
}

/// A scan that goes on from what `atomic`, a supa::atomic or a supa::atomic_ref, holds, and adds
/// the whole group to it.
template <class Group, class Atomic, class T, class Operation>
__device__ __forceinline__ typename details::plain<T>::type inclusive_scan_update(
    const Group& group, Atomic& atomic, T&& value, Operation&& operation) {
  typedef typename details::plain<T>::type Value;
  typename details::plain<Operation>::type function = operation;
  const Value mine = inclusive_scan(group, value, operation);
  return function(details::update_by_last(group, atomic, mine, function), mine);
}
template <class Group, class Atomic, class T>
__device__ __forceinline__ typename details::plain<T>::type inclusive_scan_update(
    const Group& group, Atomic& atomic, T&& value) {
  return inclusive_scan_update(group, atomic, value, plus<typename details::plain<T>::type>());
}
template <class Group, class Atomic, class T, class Operation>
__device__ __forceinline__ typename details::plain<T>::type exclusive_scan_update(
    const Group& group, Atomic& atomic, T&& value, Operation&& operation) {
  typedef typename details::plain<T>::type Value;
  typedef typename details::plain<Operation>::type Function;
  Function function = operation;
  const details::scanned<Value> mine = details::scan_lanes<Value, Function>(group, value, function);
  const Value old = details::update_by_last(group, atomic, mine.inclusive, function);
  return group.thread_rank() == 0 ? old : function(old, mine.before);
}
template <class Group, class Atomic, class T>
__device__ __forceinline__ typename details::plain<T>::type exclusive_scan_update(
    const Group& group, Atomic& atomic, T&& value) {
  return exclusive_scan_update(group, atomic, value, plus<typename details::plain<T>::type>());
}

}  // namespace cooperative_groups

#endif  // __CUDACC__

#endif  // COOPERATIVE_GROUPS_SCAN_H_
