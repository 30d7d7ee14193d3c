/// What all groups are built on: moving values of any type between lanes, and sets of lanes.
#ifndef COOPERATIVE_GROUPS_DETAILS_EXCHANGE_H_
#define COOPERATIVE_GROUPS_DETAILS_EXCHANGE_H_
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

/// Threads of the block.
__device__ __forceinline__ unsigned int block_threads() {
  return blockDim.x * blockDim.y * blockDim.z;
}
/// Lanes of the calling thread's warp that the block has.
__device__ __forceinline__ unsigned int existing_lanes() {
  const unsigned int after = block_threads() - (__su_linear_tid() & ~31u);
  return after >= 32 ? 0xffffffffu : (1u << after) - 1u;
}

}  // namespace details
}  // namespace cooperative_groups

#endif  // COOPERATIVE_GROUPS_DETAILS_EXCHANGE_H_
