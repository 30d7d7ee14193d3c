/// Groups inside a warp: coalesced threads and tiles of at most 32 threads.
#ifndef COOPERATIVE_GROUPS_DETAILS_LANES_H_
#define COOPERATIVE_GROUPS_DETAILS_LANES_H_
#pragma GCC system_header

#include "cooperative_groups/details/block.h"

namespace cooperative_groups {

/// Any lanes of a warp, ranked by lane; coalesced_threads() gives those that run together now.
class coalesced_group : public thread_group {
 public:
  __device__ explicit coalesced_group(unsigned int mask, unsigned int meta_group_rank = 0,
                                      unsigned int meta_group_size = 1)
      : thread_group(mask), meta_group_rank_(meta_group_rank), meta_group_size_(meta_group_size) {}

  __device__ void sync() const { __syncwarp(Mask()); }
  __device__ unsigned int num_threads() const { return (unsigned int)__popc(Mask()); }
  __device__ unsigned int size() const { return num_threads(); }
  __device__ unsigned int thread_rank() const {
    return (unsigned int)__popc(Mask() & __lanemask_lt());
  }
  __device__ unsigned int meta_group_rank() const { return meta_group_rank_; }
  __device__ unsigned int meta_group_size() const { return meta_group_size_; }

  template <class T>
  __device__ T shfl(T value, unsigned int rank) const {
    const int lane = (int)__fns(Mask(), 0, (int)(rank % num_threads()) + 1);
    return details::move_words(value, [&](auto word) { return __shfl_sync(Mask(), word, lane); });
  }
  /// Threads without a partner keep their own value.
  template <class T>
  __device__ T shfl_up(T value, unsigned int delta) const {
    const unsigned int rank = thread_rank();
    return shfl(value, rank >= delta ? rank - delta : rank);
  }
  template <class T>
  __device__ T shfl_down(T value, unsigned int delta) const {
    const unsigned int rank = thread_rank();
    return shfl(value, delta < num_threads() - rank ? rank + delta : rank);
  }
  __device__ int any(int predicate) const { return __any_sync(Mask(), predicate); }
  __device__ int all(int predicate) const { return __all_sync(Mask(), predicate); }
  /// Bits of the results stand for ranks, not lanes.
  __device__ unsigned int ballot(int predicate) const {
    return Pack(__ballot_sync(Mask(), predicate));
  }
  template <class T>
  __device__ unsigned int match_any(T value) const {
    return Pack(__match_any_sync(Mask(), value));
  }
  template <class T>
  __device__ unsigned int match_all(T value, int& predicate) const {
    return Pack(__match_all_sync(Mask(), value, &predicate));
  }

 private:
  __device__ unsigned int Mask() const { return __supa_lanes(); }
  __device__ unsigned int Pack(unsigned int lanes) const {
    unsigned int packed = 0;
    for (unsigned int rank = 0, rest = Mask(); rest != 0; ++rank, rest &= rest - 1) {
      if ((lanes & rest & (0u - rest)) != 0) packed |= 1u << rank;
    }
    return packed;
  }

  unsigned int meta_group_rank_;
  unsigned int meta_group_size_;
};

__device__ __forceinline__ coalesced_group coalesced_threads() {
  return coalesced_group(__activemask());
}

/// `Size` consecutive threads of a block: 1 to 32 in a warp, 64 to 512 in several.
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

 protected:
  template <class Tile>
  __device__ void Copy(const Tile&) {}
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
  template <class Tile>
  __device__ void Copy(const Tile& tile) {
    rank_ = tile.meta_group_rank();
    size_ = tile.meta_group_size();
  }

 private:
  unsigned int rank_;
  unsigned int size_;
};

/// Tiles inside a warp.
template <unsigned int Size>
class small_tile : public thread_group {
 public:
  __device__ small_tile() : thread_group(__supa_lanes() & existing_lanes()) {}

  __device__ static void sync() { __syncwarp(__supa_lanes()); }
  __device__ static constexpr unsigned int num_threads() { return Size; }
  __device__ static constexpr unsigned int size() { return Size; }
  __device__ static unsigned int thread_rank() { return __su_linear_tid() & (Size - 1); }
  /// The lanes of the warp that belong to the group. Not in CUDA.
  __device__ static unsigned int __supa_lanes() {
    return (Size == 32 ? 0xffffffffu : (1u << (Size & 31u)) - 1u) << FirstLane();
  }
  __device__ static tile_memory<1>* __supa_memory() { return nullptr; }

  template <class T>
  __device__ T shfl(T value, int rank) const {
    return move_words(
        value, [&](auto word) { return __shfl_sync(__supa_lanes(), word, rank, (int)Size); });
  }
  template <class T>
  __device__ T shfl_up(T value, unsigned int delta) const {
    return move_words(
        value, [&](auto word) { return __shfl_up_sync(__supa_lanes(), word, delta, (int)Size); });
  }
  template <class T>
  __device__ T shfl_down(T value, unsigned int delta) const {
    return move_words(
        value, [&](auto word) { return __shfl_down_sync(__supa_lanes(), word, delta, (int)Size); });
  }
  template <class T>
  __device__ T shfl_xor(T value, unsigned int lanes) const {
    return move_words(value, [&](auto word) {
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

}  // namespace details
}  // namespace cooperative_groups

#endif  // COOPERATIVE_GROUPS_DETAILS_LANES_H_
