/// Cooperative groups: named sets of threads with their own rank, barrier and exchanges.
///
/// Provided: the block, tiles of 1 to 32 threads, coalesced threads, and the grid without its
/// barrier, which would need all blocks to run at once. In <cooperative_groups/reduce.h>: reduce.
#ifndef COOPERATIVE_GROUPS_H_
#define COOPERATIVE_GROUPS_H_
#pragma clang system_header

#include "opensupa/device/sync.h"
#include "opensupa/device/warp.h"

namespace cooperative_groups {

namespace details {

/// Moves a trivially copyable value of any size between lanes, four bytes at a time; `move` is one
/// shuffle of an unsigned int.
template <class T, class Move>
__device__ __forceinline__ T move_words(const T& value, Move move) {
  constexpr unsigned kWords = (sizeof(T) + 3) / 4;
  unsigned words[kWords] = {};
  __builtin_memcpy(words, &value, sizeof(T));
  for (unsigned i = 0; i < kWords; ++i) words[i] = move(words[i]);
  T result;
  __builtin_memcpy(&result, words, sizeof(T));
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
};

__device__ __forceinline__ thread_block this_thread_block() { return thread_block(); }

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
      __attribute__((unavailable("the blocks of a grid need not run at the same time")));
};

__device__ __forceinline__ grid_group this_grid() { return grid_group(); }

/// Any lanes of a warp, ranked by lane; coalesced_threads() gives those that run together now.
class coalesced_group {
 public:
  __device__ explicit coalesced_group(unsigned int mask) : mask_(mask) {}

  __device__ void sync() const { __syncwarp(mask_); }
  __device__ unsigned int num_threads() const { return (unsigned int)__popc(mask_); }
  __device__ unsigned int size() const { return num_threads(); }
  __device__ unsigned int thread_rank() const {
    return (unsigned int)__popc(mask_ & __lanemask_lt());
  }
  __device__ unsigned int meta_group_rank() const { return 0; }
  __device__ unsigned int meta_group_size() const { return 1; }

  template <class T>
  __device__ T shfl(T value, unsigned int rank) const {
    const int lane = (int)Lane(rank);
    return details::move_words(value,
                               [&](unsigned int word) { return __shfl_sync(mask_, word, lane); });
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
  __device__ unsigned int Lane(unsigned int rank) const { return __fns(mask_, 0, (int)rank + 1); }
  __device__ unsigned int Pack(unsigned int lanes) const {
    unsigned int packed = 0;
    for (unsigned int rank = 0, rest = mask_; rest != 0; ++rank, rest &= rest - 1) {
      packed |= ((lanes >> (__ffs((int)rest) - 1)) & 1u) << rank;
    }
    return packed;
  }

  unsigned int mask_;
};

__device__ __forceinline__ coalesced_group coalesced_threads() {
  return coalesced_group(__activemask());
}

namespace details {
/// The group that a tile is a part of: the block, unless it is a tile itself.
template <class Parent>
struct parent : Parent {};
template <>
struct parent<void> : thread_block {};
}  // namespace details

/// `Size` consecutive threads of a warp.
template <unsigned int Size, class Parent = void>
class thread_block_tile {
  static_assert(Size >= 1 && Size <= 32 && (Size & (Size - 1)) == 0,
                "A tile has 1, 2, 4, 8, 16 or 32 threads: larger ones are not supported.");

 public:
  __device__ static void sync() { __syncwarp(Mask()); }
  __device__ static constexpr unsigned int num_threads() { return Size; }
  __device__ static constexpr unsigned int size() { return Size; }
  __device__ static unsigned int thread_rank() { return __su_linear_tid() & (Size - 1); }
  __device__ static unsigned int meta_group_rank() {
    return details::parent<Parent>::thread_rank() / Size;
  }
  __device__ static unsigned int meta_group_size() {
    return (details::parent<Parent>::num_threads() + Size - 1) / Size;
  }

  template <class T>
  __device__ T shfl(T value, int rank) const {
    return details::move_words(
        value, [&](unsigned int word) { return __shfl_sync(Mask(), word, rank, (int)Size); });
  }
  template <class T>
  __device__ T shfl_up(T value, unsigned int delta) const {
    return details::move_words(
        value, [&](unsigned int word) { return __shfl_up_sync(Mask(), word, delta, (int)Size); });
  }
  template <class T>
  __device__ T shfl_down(T value, unsigned int delta) const {
    return details::move_words(
        value, [&](unsigned int word) { return __shfl_down_sync(Mask(), word, delta, (int)Size); });
  }
  template <class T>
  __device__ T shfl_xor(T value, unsigned int lanes) const {
    return details::move_words(value, [&](unsigned int word) {
      return __shfl_xor_sync(Mask(), word, (int)lanes, (int)Size);
    });
  }
  __device__ int any(int predicate) const { return __any_sync(Mask(), predicate); }
  __device__ int all(int predicate) const { return __all_sync(Mask(), predicate); }
  __device__ unsigned int ballot(int predicate) const {
    return __ballot_sync(Mask(), predicate) >> FirstLane();
  }
  template <class T>
  __device__ unsigned int match_any(T value) const {
    return __match_any_sync(Mask(), value) >> FirstLane();
  }
  template <class T>
  __device__ unsigned int match_all(T value, int& predicate) const {
    return __match_all_sync(Mask(), value, &predicate) >> FirstLane();
  }

 private:
  __device__ static unsigned int FirstLane() { return __su_laneid() & ~(Size - 1); }
  __device__ static unsigned int Mask() {
    return (Size == 32 ? 0xffffffffu : (1u << (Size & 31u)) - 1u) << FirstLane();
  }
};

template <unsigned int Size, class Parent>
__device__ __forceinline__ thread_block_tile<Size, Parent> tiled_partition(const Parent&) {
  return thread_block_tile<Size, Parent>();
}

/// The threads of `parent` that have the same label.
template <class Parent>
__device__ __forceinline__ coalesced_group labeled_partition(const Parent&, int label) {
  return coalesced_group(__match_any_sync(__activemask(), label));
}
template <class Parent>
__device__ __forceinline__ coalesced_group binary_partition(const Parent&, bool predicate) {
  const unsigned int active = __activemask();
  const unsigned int yes = __ballot_sync(active, predicate);
  return coalesced_group(predicate ? yes : active & ~yes);
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

}  // namespace cooperative_groups

#endif  // COOPERATIVE_GROUPS_H_
