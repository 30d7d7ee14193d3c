/// Tiles of several warps, and thread_block_tile, which is a tile of any size.
#ifndef COOPERATIVE_GROUPS_DETAILS_TILE_H_
#define COOPERATIVE_GROUPS_DETAILS_TILE_H_
#pragma GCC system_header

#include "cooperative_groups/details/lanes.h"

namespace cooperative_groups {
namespace details {

/// Atomics on the meeting places, at the scope of the block.
__device__ __forceinline__ __SUPA_SCOPE__(2) unsigned int load_phase(tile_meeting* meeting) {
  return __atomic_load_n(&meeting->phase, __ATOMIC_ACQUIRE);
}
/// True for the last of `threads` to come.
__device__ __forceinline__ __SUPA_SCOPE__(2) bool arrive_last(tile_meeting* meeting,
                                                              unsigned int threads) {
  return __atomic_fetch_add(&meeting->arrived, 1u, __ATOMIC_ACQ_REL) + 1 == threads;
}
__device__ __forceinline__ __SUPA_SCOPE__(2) void next_phase(tile_meeting* meeting,
                                                             unsigned int phase) {
  __atomic_store_n(&meeting->arrived, 0u, __ATOMIC_RELAXED);
  __atomic_store_n(&meeting->phase, phase, __ATOMIC_RELEASE);
}

/// Tiles of several warps. They meet and exchange values in the memory that this_thread_block() was
/// given.
template <unsigned int Size>
class large_tile {
 public:
  __device__ large_tile() : memory_(nullptr) {}
  __device__ explicit large_tile(tile_memory<1>* memory) : memory_(memory) {
    if (memory == nullptr) {
      __su_assert_fail(
          "A tile of more than 32 threads needs this_thread_block(block_tile_memory&).", __FILE__,
          __LINE__, "tiled_partition");
    }
  }

  __device__ void sync() const {
    tile_meeting* const meeting = &memory_->meetings[kFirstMeeting + __su_linear_tid() / Size];
    const unsigned int phase = load_phase(meeting);
    if (arrive_last(meeting, ExistingThreads())) {
      next_phase(meeting, phase + 1);
    } else {
      while (load_phase(meeting) == phase) __su_yield();
    }
  }
  __device__ static constexpr unsigned int num_threads() { return Size; }
  __device__ static constexpr unsigned int size() { return Size; }
  __device__ static unsigned int thread_rank() { return __su_linear_tid() & (Size - 1); }
  __device__ static bool is_valid() { return true; }
  __device__ tile_memory<1>* __supa_memory() const { return memory_; }

  __device__ int any(int predicate) const {
    return __supa_combine(__any_sync(~0u, predicate), [](int a, int b) { return a | b; });
  }
  __device__ int all(int predicate) const {
    return __supa_combine(__all_sync(~0u, predicate), [](int a, int b) { return a & b; });
  }
  template <class T>
  __device__ T shfl(T value, unsigned int rank) const {
    rank %= Size;
    // Usually all ask for the same one; otherwise each lane of the warps has its turn.
    int same = 0;
    (void)__match_all_sync(existing_lanes(), rank, &same);
    const unsigned int low = __supa_combine(
        same != 0 ? rank : ~0u, [](unsigned int a, unsigned int b) { return a == b ? a : ~0u; });
    if (low != ~0u) return Turn(value, low % 32, rank);
    T result = value;
    for (unsigned int lane = 0; lane < 32; ++lane) {
      const T other = Turn(value, lane, rank);
      if (rank % 32 == lane) result = other;
    }
    return result;
  }

  /// Combines one value of each warp, in order, for all threads.
  template <class T, class Operation>
  __device__ T __supa_combine(T value, Operation operation) const {
    if (__su_laneid() == 0) Put(value);
    sync();
    T result = Get<T>(0);
    for (unsigned int warp = 1; warp < Warps(); ++warp) result = operation(result, Get<T>(warp));
    sync();
    return result;
  }
  /// The combination of the values of the warps before the calling one; `first` in the first.
  template <class T, class Operation>
  __device__ T __supa_combine_before(T value, Operation operation, T first) const {
    if (__su_laneid() == 0) Put(value);
    sync();
    T result = first;
    for (unsigned int warp = 0; warp < thread_rank() / 32; ++warp) {
      result = warp == 0 ? Get<T>(0) : operation(result, Get<T>(warp));
    }
    sync();
    return result;
  }

 private:
  static constexpr unsigned int kFirstMeeting = Size == 64    ? 0
                                                : Size == 128 ? 16
                                                : Size == 256 ? 24
                                                              : 28;
  __device__ static unsigned int ExistingThreads() {
    const unsigned int after = block_threads() - (__su_linear_tid() & ~(Size - 1));
    return after < Size ? after : Size;
  }
  __device__ static unsigned int Warps() { return (ExistingThreads() + 31) / 32; }
  __device__ tile_slot* Slot(unsigned int warp) const {
    return &memory_->slots[(__su_linear_tid() & ~(Size - 1)) / 32 + warp];
  }
  template <class T>
  __device__ void Put(const T& value) const {
    static_assert(sizeof(T) <= sizeof(tile_slot),
                  "Tiles of more than 32 threads exchange values of at most 32 bytes.");
    __builtin_memcpy((void*)Slot(thread_rank() / 32), &value, sizeof(T));
  }
  template <class T>
  __device__ T Get(unsigned int warp) const {
    T value;
    __builtin_memcpy((void*)&value, Slot(warp), sizeof(T));
    return value;
  }
  /// The lane `lane` of every warp offers its value; `rank` is taken from its warp.
  template <class T>
  __device__ T Turn(const T& value, unsigned int lane, unsigned int rank) const {
    if (__su_laneid() == lane) Put(value);
    sync();
    const T result = Get<T>(rank / 32 < Warps() ? rank / 32 : 0);
    sync();
    return result;
  }

  tile_memory<1>* memory_;
};

template <unsigned int Size, bool Large>
struct tile_base {
  typedef small_tile<Size> type;
};
template <unsigned int Size>
struct tile_base<Size, true> {
  typedef large_tile<Size> type;
};

}  // namespace details

template <unsigned int Size, class Parent>
class thread_block_tile : public details::tile_base<Size, (Size > 32)>::type,
                          public details::tile_place<Size, Parent> {
  static_assert(Size >= 1 && Size <= 512 && (Size & (Size - 1)) == 0,
                "A tile has 1, 2, 4, 8, 16, 32, 64, 128, 256 or 512 threads.");
  typedef typename details::tile_base<Size, (Size > 32)>::type Base;

 public:
  thread_block_tile() = default;
  __device__ explicit thread_block_tile(const Base& base) : Base(base) {}
  /// Only a tile without the type of its parent can be made from another.
  template <class OtherParent>
  __device__ thread_block_tile(const thread_block_tile<Size, OtherParent>& other) : Base(other) {
    static_assert(__is_same(Parent, void), "The tiles have parents of different types.");
    this->Copy(other);
  }
};

}  // namespace cooperative_groups

#endif  // COOPERATIVE_GROUPS_DETAILS_TILE_H_
