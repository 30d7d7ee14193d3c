/// Parts of groups, calls by one thread, and the functions that take any group.
#ifndef COOPERATIVE_GROUPS_DETAILS_PARTITION_H_
#define COOPERATIVE_GROUPS_DETAILS_PARTITION_H_
#pragma GCC system_header

#include "cooperative_groups/details/tile.h"

namespace cooperative_groups {

namespace details {

template <unsigned int Size, class Parent>
__device__ __forceinline__ small_tile<Size> make_tile(const Parent&, small_tile<Size>*) {
  return small_tile<Size>();
}
template <unsigned int Size, class Parent>
__device__ __forceinline__ large_tile<Size> make_tile(const Parent& parent, large_tile<Size>*) {
  return large_tile<Size>(parent.__supa_memory());
}

/// The part `mine` of the lanes `all`; parts are counted in the order of their first lanes.
__device__ __forceinline__ coalesced_group part_of_lanes(unsigned int all, unsigned int mine) {
  const unsigned int first = mine & (0u - mine);
  const unsigned int leaders = __ballot_sync(all, (first & __lanemask_eq()) != 0);
  return coalesced_group(mine, (unsigned int)__popc(leaders & (first - 1)),
                         (unsigned int)__popc(leaders));
}

}  // namespace details

/// Parts of `Size` threads of a block or of a larger tile.
template <unsigned int Size, class Parent>
__device__ __forceinline__ thread_block_tile<Size, Parent> tiled_partition(const Parent& parent) {
  return thread_block_tile<Size, Parent>(details::make_tile<Size>(
      parent, (typename details::tile_base<Size, (Size > 32)>::type*)nullptr));
}
/// A tile of the calling thread alone.
__device__ __forceinline__ thread_block_tile<1> this_thread() { return thread_block_tile<1>(); }

/// Runs of `size` ranks; the last one is shorter where the sizes do not fit.
__device__ __forceinline__ coalesced_group tiled_partition(const coalesced_group& parent,
                                                           unsigned int size) {
  const unsigned int rank = parent.thread_rank();
  return coalesced_group(details::run_of_lanes(parent.__supa_lanes(), rank, size), rank / size,
                         (parent.size() + size - 1) / size);
}
/// `size` is a power of two, at most 32, unless `parent` is no larger itself.
__device__ __forceinline__ thread_group tiled_partition(const thread_group& parent,
                                                        unsigned int size) {
  if (parent.__supa_lanes() == 0) {
    if (size == 0 || size > 32 || (size & (size - 1)) != 0) {
      if (size >= parent.size()) return parent;
      __su_assert_fail("A tile of a block has 1, 2, 4, 8, 16 or 32 threads.", __FILE__, __LINE__,
                       "tiled_partition");
    }
    return coalesced_group(details::run_of_lanes(details::existing_lanes(), __su_laneid(), size));
  }
  return coalesced_group(details::run_of_lanes(parent.__supa_lanes(), parent.thread_rank(), size));
}

/// The threads of `parent`, a tile or coalesced threads, that have the same label.
template <class Parent, class Label>
__device__ __forceinline__ coalesced_group labeled_partition(const Parent& parent, Label label) {
  const unsigned int all = parent.__supa_lanes();
  return details::part_of_lanes(all, __match_any_sync(all, (long long)label));
}
template <class Parent>
__device__ __forceinline__ coalesced_group binary_partition(const Parent& parent, bool predicate) {
  const unsigned int all = parent.__supa_lanes();
  const unsigned int yes = __ballot_sync(all, predicate);
  return details::part_of_lanes(all, predicate ? yes : all & details::existing_lanes() & ~yes);
}

/// One thread of the group calls `function`.
template <class Group, class Function, class... Arguments>
__device__ __forceinline__ void invoke_one(const Group& group, Function&& function,
                                           Arguments&&... arguments) {
  if (group.thread_rank() == 0) function(static_cast<Arguments&&>(arguments)...);
}
/// The same, and all threads of the tile or the coalesced threads get the result.
template <class Group, class Function, class... Arguments>
__device__ __forceinline__ auto invoke_one_broadcast(const Group& group, Function&& function,
                                                     Arguments&&... arguments)
    -> decltype(function(static_cast<Arguments&&>(arguments)...)) {
  typedef decltype(function(static_cast<Arguments&&>(arguments)...)) Result;
  Result result = Result();
  if (group.thread_rank() == 0) result = function(static_cast<Arguments&&>(arguments)...);
  return group.shfl(result, 0);
}

template <class Group>
__device__ __forceinline__ void sync(const Group& group) {
  group.sync();
}
template <class Group>
__device__ __forceinline__ auto thread_rank(const Group& group) -> decltype(group.thread_rank()) {
  return group.thread_rank();
}
template <class Group>
__device__ __forceinline__ auto group_size(const Group& group) -> decltype(group.size()) {
  return group.size();
}
template <class Group>
__device__ __forceinline__ bool is_valid(const Group& group) {
  return group.is_valid();
}

}  // namespace cooperative_groups

#endif  // COOPERATIVE_GROUPS_DETAILS_PARTITION_H_
