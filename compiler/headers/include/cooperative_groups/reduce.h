/// Reductions over a cooperative group of at most one warp. Every thread gets the result.
#ifndef COOPERATIVE_GROUPS_REDUCE_H_
#define COOPERATIVE_GROUPS_REDUCE_H_
#pragma clang system_header

#include "cooperative_groups.h"

namespace cooperative_groups {

#define __SUPA_GROUP_OPERATION__(name, expression)                                      \
  template <class T = void>                                                             \
  struct name {                                                                         \
    __device__ __forceinline__ T operator()(T a, T b) const { return (T)(expression); } \
  };
__SUPA_GROUP_OPERATION__(plus, a + b)
__SUPA_GROUP_OPERATION__(less, b < a ? b : a)
__SUPA_GROUP_OPERATION__(greater, a < b ? b : a)
__SUPA_GROUP_OPERATION__(bit_and, a& b)
__SUPA_GROUP_OPERATION__(bit_or, a | b)
__SUPA_GROUP_OPERATION__(bit_xor, a ^ b)
#undef __SUPA_GROUP_OPERATION__

/// Pairs threads at growing distances, so that the order of operations is the same in every run.
template <unsigned int Size, class Parent, class T, class Operation>
__device__ __forceinline__ T reduce(const thread_block_tile<Size, Parent>& group, T value,
                                    Operation operation) {
  for (unsigned int distance = 1; distance < Size; distance *= 2) {
    value = operation(value, group.shfl_xor(value, distance));
  }
  return value;
}

template <class T, class Operation>
__device__ __forceinline__ T reduce(const coalesced_group& group, T value, Operation operation) {
  T result = group.shfl(value, 0);
  for (unsigned int rank = 1; rank < group.size(); ++rank) {
    result = operation(result, group.shfl(value, rank));
  }
  return result;
}

}  // namespace cooperative_groups

#endif  // COOPERATIVE_GROUPS_REDUCE_H_
