/// Cooperative groups: named sets of threads with their own rank, barrier and exchanges.
///
/// Provided: the block, tiles of 1 to 32 threads, coalesced threads and their partitions, and the
/// grid without its barrier, which would need all blocks to run at once. Further headers in
/// cooperative_groups/: reduce.h, scan.h, memcpy_async.h. Empty for compilers without kernels.
#ifndef COOPERATIVE_GROUPS_H_
#define COOPERATIVE_GROUPS_H_

#if defined(__cplusplus) && defined(__CUDACC__)
#pragma GCC system_header

#include "opensupa/device/io.h"
#include "opensupa/device/sync.h"
#include "opensupa/device/warp.h"

namespace cooperative_groups {

namespace details {

template <bool Wide>
struct word {
  typedef unsigned int type;
};
template <>
struct word<true> {
  typedef unsigned long long type;
};

/// Moves a trivially copyable value of any size between lanes, four or eight bytes at a time;
/// `move` is one shuffle of such a word.
template <class T, class Move>
__device__ __forceinline__ T move_words(const T& value, Move move) {
  static_assert(__is_trivially_copyable(T), "Threads exchange trivially copyable values only.");
  typedef typename word<sizeof(T) % 8 == 0>::type Word;
  constexpr unsigned kWords = (sizeof(T) + sizeof(Word) - 1) / sizeof(Word);
  Word words[kWords] = {};
  __builtin_memcpy(words, &value, sizeof(T));
  for (unsigned i = 0; i < kWords; ++i) words[i] = move(words[i]);
  T result;
  __builtin_memcpy((void*)&result, words, sizeof(T));
  return result;
}

/// The lanes of `mask` whose rank lies in the same run of `size` ranks as `rank`.
__device__ __forceinline__ unsigned int run_of_lanes(unsigned int mask, unsigned int rank,
                                                     unsigned int size) {
  const unsigned int first = rank - rank % size;
  unsigned int result = 0;
  unsigned int at = 0;
  for (unsigned int rest = mask; rest != 0; rest &= rest - 1, ++at) {
    if (at >= first && at - first < size) result |= rest & (0u - rest);
  }
  return result;
}

__device__ __forceinline__ unsigned long long blocks_before() {
  return ((unsigned long long)blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
}

}  // namespace details

/// All threads of a block.
class thread_block {
 public:
  __device__ static void sync() { __syncthreads(); }
  __device__ static unsigned int thread_rank() { return __su_linear_tid(); }
  __device__ static unsigned int num_threads() { return blockDim.x * blockDim.y * blockDim.z; }
  __device__ static unsigned int size() { return num_threads(); }
  __device__ static dim3 group_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
  __device__ static dim3 thread_index() { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
  __device__ static dim3 group_dim() { return dim3(blockDim.x, blockDim.y, blockDim.z); }
  __device__ static dim3 dim_threads() { return group_dim(); }
  __device__ static bool is_valid() { return true; }

  /// The two halves of sync(). Threads meet in the second one.
  class arrival_token {};
  __device__ static arrival_token barrier_arrive() { return arrival_token(); }
  __device__ static void barrier_wait(arrival_token&&) { sync(); }
};

__device__ __forceinline__ thread_block this_thread_block() { return thread_block(); }
/// What tiles of more than 32 threads would need; smaller ones leave it alone.
template <unsigned int MaxBlockSize = 1024>
struct block_tile_memory {};
template <unsigned int MaxBlockSize>
__device__ __forceinline__ thread_block this_thread_block(block_tile_memory<MaxBlockSize>&) {
  return thread_block();
}

/// All threads of the grid. It cannot be waited for: see the top of this file.
class grid_group {
 public:
  __device__ static unsigned long long thread_rank() {
    return details::blocks_before() * thread_block::num_threads() + thread_block::thread_rank();
  }
  __device__ static unsigned long long num_threads() {
    return num_blocks() * thread_block::num_threads();
  }
  __device__ static unsigned long long size() { return num_threads(); }
  __device__ static unsigned long long block_rank() { return details::blocks_before(); }
  __device__ static unsigned long long num_blocks() {
    return (unsigned long long)gridDim.x * gridDim.y * gridDim.z;
  }
  __device__ static dim3 group_dim() { return dim3(gridDim.x, gridDim.y, gridDim.z); }
  __device__ static dim3 dim_blocks() { return group_dim(); }
  __device__ static dim3 block_index() { return thread_block::group_index(); }
  __device__ static bool is_valid() { return false; }
  __device__ static void sync()
      __attribute__((unavailable("grid_group::sync() is not supported: the blocks of a grid need "
                                 "not run at the same time")));
};

__device__ __forceinline__ grid_group this_grid() { return grid_group(); }

/// Any lanes of a warp, ranked by lane; coalesced_threads() gives those that run together now.
class coalesced_group {
 public:
  __device__ explicit coalesced_group(unsigned int mask, unsigned int meta_group_rank = 0,
                                      unsigned int meta_group_size = 1)
      : mask_(mask), meta_group_rank_(meta_group_rank), meta_group_size_(meta_group_size) {}

  __device__ void sync() const { __syncwarp(mask_); }
  __device__ unsigned int num_threads() const { return (unsigned int)__popc(mask_); }
  __device__ unsigned int size() const { return num_threads(); }
  __device__ unsigned int thread_rank() const {
    return (unsigned int)__popc(mask_ & __lanemask_lt());
  }
  __device__ unsigned int meta_group_rank() const { return meta_group_rank_; }
  __device__ unsigned int meta_group_size() const { return meta_group_size_; }
  __device__ static bool is_valid() { return true; }
  /// The lanes of the warp that belong to the group. Not in CUDA.
  __device__ unsigned int __supa_lanes() const { return mask_; }

  template <class T>
  __device__ T shfl(T value, unsigned int rank) const {
    const int lane = (int)__fns(mask_, 0, (int)rank + 1);
    return details::move_words(value, [&](auto word) { return __shfl_sync(mask_, word, lane); });
  }
  /// Threads without a partner keep their own value.
  template <class T>
  __device__ T shfl_down(T value, unsigned int delta) const {
    const unsigned int rank = thread_rank();
    return shfl(value, rank + delta < num_threads() ? rank + delta : rank);
  }
  template <class T>
  __device__ T shfl_up(T value, unsigned int delta) const {
    const unsigned int rank = thread_rank();
    return shfl(value, rank >= delta ? rank - delta : rank);
  }
  __device__ int any(int predicate) const { return __any_sync(mask_, predicate); }
  __device__ int all(int predicate) const { return __all_sync(mask_, predicate); }
  /// Bit r stands for the thread of rank r.
  __device__ unsigned int ballot(int predicate) const {
    return Pack(__ballot_sync(mask_, predicate));
  }
  template <class T>
  __device__ unsigned int match_any(T value) const {
    return Pack(__match_any_sync(mask_, value));
  }
  template <class T>
  __device__ unsigned int match_all(T value, int& predicate) const {
    return Pack(__match_all_sync(mask_, value, &predicate));
  }

 private:
  __device__ unsigned int Pack(unsigned int lanes) const {
    unsigned int packed = 0;
    for (unsigned int rank = 0, rest = mask_; rest != 0; ++rank, rest &= rest - 1) {
      packed |= ((lanes >> (__ffs((int)rest) - 1)) & 1u) << rank;
    }
    return packed;
  }

  unsigned int mask_;
  unsigned int meta_group_rank_;
  unsigned int meta_group_size_;
};

__device__ __forceinline__ coalesced_group coalesced_threads() {
  return coalesced_group(__activemask());
}

template <unsigned int Size, class Parent = void>
class thread_block_tile;

namespace details {
/// Which of the equal parts of its parent a tile is.
template <unsigned int Size, class Parent>
struct tile_place {
  __device__ static unsigned int meta_group_rank() { return Parent::thread_rank() / Size; }
  __device__ static unsigned int meta_group_size() {
    return (Parent::num_threads() + Size - 1) / Size;
  }
};
/// A tile that has forgotten the type of its parent.
template <unsigned int Size>
class tile_place<Size, void> {
 public:
  __device__ tile_place()
      : rank_(tile_place<Size, thread_block>::meta_group_rank()),
        size_(tile_place<Size, thread_block>::meta_group_size()) {}
  __device__ unsigned int meta_group_rank() const { return rank_; }
  __device__ unsigned int meta_group_size() const { return size_; }

 protected:
  unsigned int rank_;
  unsigned int size_;
};
}  // namespace details

/// `Size` consecutive threads of a warp.
template <unsigned int Size, class Parent>
class thread_block_tile : public details::tile_place<Size, Parent> {
  static_assert(Size >= 1 && Size <= 32 && (Size & (Size - 1)) == 0,
                "A tile has 1, 2, 4, 8, 16 or 32 threads: larger ones are not supported.");

 public:
  thread_block_tile() = default;
  /// Only a tile without the type of its parent can be made from another.
  template <class OtherParent>
  __device__ thread_block_tile(const thread_block_tile<Size, OtherParent>& other) {
    this->rank_ = other.meta_group_rank();
    this->size_ = other.meta_group_size();
  }

  __device__ static void sync() { __syncwarp(__supa_lanes()); }
  __device__ static constexpr unsigned int num_threads() { return Size; }
  __device__ static constexpr unsigned int size() { return Size; }
  __device__ static unsigned int thread_rank() { return __su_linear_tid() & (Size - 1); }
  __device__ static bool is_valid() { return true; }
  /// The lanes of the warp that belong to the group. Not in CUDA.
  __device__ static unsigned int __supa_lanes() {
    return (Size == 32 ? 0xffffffffu : (1u << (Size & 31u)) - 1u) << FirstLane();
  }

  template <class T>
  __device__ T shfl(T value, int rank) const {
    return details::move_words(
        value, [&](auto word) { return __shfl_sync(__supa_lanes(), word, rank, (int)Size); });
  }
  template <class T>
  __device__ T shfl_up(T value, unsigned int delta) const {
    return details::move_words(
        value, [&](auto word) { return __shfl_up_sync(__supa_lanes(), word, delta, (int)Size); });
  }
  template <class T>
  __device__ T shfl_down(T value, unsigned int delta) const {
    return details::move_words(
        value, [&](auto word) { return __shfl_down_sync(__supa_lanes(), word, delta, (int)Size); });
  }
  template <class T>
  __device__ T shfl_xor(T value, unsigned int lanes) const {
    return details::move_words(value, [&](auto word) {
      return __shfl_xor_sync(__supa_lanes(), word, (int)lanes, (int)Size);
    });
  }
  __device__ int any(int predicate) const { return __any_sync(__supa_lanes(), predicate); }
  __device__ int all(int predicate) const { return __all_sync(__supa_lanes(), predicate); }
  __device__ unsigned int ballot(int predicate) const {
    return __ballot_sync(__supa_lanes(), predicate) >> FirstLane();
  }
  template <class T>
  __device__ unsigned int match_any(T value) const {
    return __match_any_sync(__supa_lanes(), value) >> FirstLane();
  }
  template <class T>
  __device__ unsigned int match_all(T value, int& predicate) const {
    return __match_all_sync(__supa_lanes(), value, &predicate) >> FirstLane();
  }

 private:
  __device__ static unsigned int FirstLane() { return __su_laneid() & ~(Size - 1); }
};

/// A block, a tile or coalesced threads, whose kind is known when the program runs.
class thread_group {
 public:
  __device__ thread_group(const thread_block&) : mask_(0) {}
  __device__ thread_group(const coalesced_group& group) : mask_(group.__supa_lanes()) {}
  template <unsigned int Size, class Parent>
  __device__ thread_group(const thread_block_tile<Size, Parent>& tile)
      : mask_(tile.__supa_lanes() & ExistingLanes()) {}

  __device__ void sync() const {
    if (mask_ == 0) {
      thread_block::sync();
    } else {
      __syncwarp(mask_);
    }
  }
  __device__ unsigned int num_threads() const {
    return mask_ == 0 ? thread_block::num_threads() : (unsigned int)__popc(mask_);
  }
  __device__ unsigned int size() const { return num_threads(); }
  __device__ unsigned int thread_rank() const {
    return mask_ == 0 ? thread_block::thread_rank() : (unsigned int)__popc(mask_ & __lanemask_lt());
  }
  __device__ static bool is_valid() { return true; }
  /// Zero stands for the block.
  __device__ unsigned int __supa_lanes() const { return mask_; }
  /// Lanes of this warp that the block has.
  __device__ static unsigned int ExistingLanes() {
    const unsigned int after = thread_block::num_threads() - (__su_linear_tid() & ~31u);
    return after >= 32 ? 0xffffffffu : (1u << after) - 1u;
  }

 private:
  unsigned int mask_;
};

template <unsigned int Size, class Parent>
__device__ __forceinline__ thread_block_tile<Size, Parent> tiled_partition(const Parent&) {
  return thread_block_tile<Size, Parent>();
}

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
    return coalesced_group(
        details::run_of_lanes(thread_group::ExistingLanes(), __su_laneid(), size));
  }
  return coalesced_group(details::run_of_lanes(parent.__supa_lanes(), parent.thread_rank(), size));
}

namespace details {
/// The part `mine` of the lanes `all`; parts are counted in the order of their first lanes.
__device__ __forceinline__ coalesced_group part_of_lanes(unsigned int all, unsigned int mine) {
  const unsigned int first = mine & (0u - mine);
  const unsigned int leaders = __ballot_sync(all, (first & __lanemask_eq()) != 0);
  return coalesced_group(mine, (unsigned int)__popc(leaders & (first - 1)),
                         (unsigned int)__popc(leaders));
}
}  // namespace details

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
  return details::part_of_lanes(all, predicate ? yes : all & ~yes);
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

#endif  // __CUDACC__

#endif  // COOPERATIVE_GROUPS_H_
