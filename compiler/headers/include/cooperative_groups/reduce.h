/// Reductions over a tile or coalesced threads.
#ifndef COOPERATIVE_GROUPS_REDUCE_H_
#define COOPERATIVE_GROUPS_REDUCE_H_

#include "cooperative_groups.h"

#if defined(__cplusplus) && defined(__CUDACC__)
#pragma GCC system_header

namespace cooperative_groups {

#define __SUPA_GROUP_OPERATION__(name, expression)                                      \
  template <class T = void>                                                             \
  struct name {                                                                         \
    __device__ __forceinline__ T operator()(T a, T b) const { return (T)(expression); } \
  };                                                                                    \
  template <>                                                                           \
  struct name<void> {                                                                   \
    template <class T>                                                                  \
    __device__ __forceinline__ T operator()(T a, T b) const {                           \
      return (T)(expression);                                                           \
    }                                                                                   \
  };
__SUPA_GROUP_OPERATION__(plus, a + b)
/// The smaller and the larger of two values.
__SUPA_GROUP_OPERATION__(less, b < a ? b : a)
__SUPA_GROUP_OPERATION__(greater, a < b ? b : a)
__SUPA_GROUP_OPERATION__(bit_and, a& b)
__SUPA_GROUP_OPERATION__(bit_or, a | b)
__SUPA_GROUP_OPERATION__(bit_xor, a ^ b)
#undef __SUPA_GROUP_OPERATION__

namespace details {

/// Pairs threads at growing distances. A thread's value stands for a run of ranks from its own on,
/// so the operation need not be commutative; every run of the program combines in the same order.
template <class Group, class T, class Operation>
__device__ __forceinline__ T reduce_in_steps(const Group& group, T value, Operation& operation) {
  const unsigned int rank = group.thread_rank();
  // Not the group's own function: a tile at the end of the block has fewer threads.
  const unsigned int size = static_cast<const thread_group&>(group).num_threads();
  for (unsigned int distance = 1; distance < size; distance *= 2) {
    const T other = group.shfl_down(value, distance);
    if (rank + distance < size) value = operation(value, other);
  }
  return group.shfl(value, 0);
}

/// The general case, and below it what one exchange of the warp can do.
template <class T, class Operation>
struct reduction {
  template <class Group>
  __device__ static __forceinline__ T run(const Group& group, T value, Operation& operation) {
    return reduce_in_steps(group, value, operation);
  }
};
#define __SUPA_WARP_REDUCTION__(T, Operation, function)                                   \
  template <>                                                                             \
  struct reduction<T, Operation<T>> {                                                     \
    template <class Group>                                                                \
    __device__ static __forceinline__ T run(const Group& group, T value, Operation<T>&) { \
      return (T)function(group.__supa_lanes(), value);                                    \
    }                                                                                     \
  };
#define __SUPA_WARP_REDUCTIONS__(T)                      \
  __SUPA_WARP_REDUCTION__(T, plus, __reduce_add_sync)    \
  __SUPA_WARP_REDUCTION__(T, less, __reduce_min_sync)    \
  __SUPA_WARP_REDUCTION__(T, greater, __reduce_max_sync) \
  __SUPA_WARP_REDUCTION__(T, bit_and, __reduce_and_sync) \
  __SUPA_WARP_REDUCTION__(T, bit_or, __reduce_or_sync)   \
  __SUPA_WARP_REDUCTION__(T, bit_xor, __reduce_xor_sync)
__SUPA_WARP_REDUCTIONS__(int)
__SUPA_WARP_REDUCTIONS__(unsigned int)
#undef __SUPA_WARP_REDUCTIONS__
#undef __SUPA_WARP_REDUCTION__

template <class T>
struct plain {
  typedef T type;
};
template <class T>
struct plain<const T> {
  typedef T type;
};
template <class T>
struct plain<T&> : plain<T> {};
template <class T>
struct plain<T&&> : plain<T> {};
template <class Result, class... Arguments>
struct plain<Result(Arguments...)> {
  typedef Result (*type)(Arguments...);
};

template <class T, class Operation>
__device__ __forceinline__ T reduce_lanes(const coalesced_group& group, const T& value,
                                          Operation& operation) {
  return reduction<T, Operation>::run(group, value, operation);
}
template <class T, class Operation, unsigned int Size>
__device__ __forceinline__ T reduce_lanes(const small_tile<Size>& group, const T& value,
                                          Operation& operation) {
  return reduction<T, Operation>::run(group, value, operation);
}
template <class T, class Operation, unsigned int Size>
__device__ __forceinline__ T reduce_lanes(const large_tile<Size>& group, const T& value,
                                          Operation& operation) {
  return group.template __supa_combine<T, Operation&>(
      reduce_lanes(small_tile<32>(), value, operation), operation);
}

/// Combines what an atomic object holds with `value`, and returns what it held.
template <class Atomic, class T, class Operation>
__device__ __forceinline__ T update(Atomic& atomic, const T& value, Operation& operation) {
  T old = atomic.load();
  while (!atomic.compare_exchange_weak(old, operation(old, value))) {
  }
  return old;
}

}  // namespace details

/// Every thread gets the result.
template <class Group, class T, class Operation>
__device__ __forceinline__ typename details::plain<T>::type reduce(const Group& group, T&& value,
                                                                   Operation&& operation) {
  typedef typename details::plain<T>::type Value;
  typedef typename details::plain<Operation>::type Function;
  Function function = operation;
  return details::reduce_lanes<Value, Function>(group, value, function);
}

/// Combines the result with what `atomic`, a supa::atomic or a supa::atomic_ref, holds.
template <class Group, class Atomic, class T, class Operation>
__device__ __forceinline__ void reduce_update_async(const Group& group, Atomic& atomic, T&& value,
                                                    Operation&& operation) {
  typedef typename details::plain<T>::type Value;
  typename details::plain<Operation>::type function = operation;
  const Value result = reduce(group, value, operation);
  if (group.thread_rank() == 0) details::update<Atomic, Value>(atomic, result, function);
}
/// Stores the result. It is there when the group has met again.
template <class Group, class T, class Operation>
__device__ __forceinline__ void reduce_store_async(const Group& group,
                                                   typename details::plain<T>::type* to, T&& value,
                                                   Operation&& operation) {
  const typename details::plain<T>::type result = reduce(group, value, operation);
  if (group.thread_rank() == 0) *to = result;
}

}  // namespace cooperative_groups

#endif  // __CUDACC__

#endif  // COOPERATIVE_GROUPS_REDUCE_H_
