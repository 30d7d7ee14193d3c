#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace opensupa::emu {

/// Units [0, units) in one or more ranges next to each other, which threads take chunks from. A
/// thread takes from the front of its own range; when that is empty, from the back of the one with
/// most left. So neighbours run on one thread, and the same ones each time a dispatch is repeated.
/// Every unit is given out once. Thread safe.
class UnitRanges {
 public:
  static constexpr uint32_t kMaxRanges = 16;

  /// With one range, units are given out in ascending order.
  UnitRanges(uint64_t units, uint32_t ranges);
  UnitRanges(const UnitRanges&) = delete;
  UnitRanges& operator=(const UnitRanges&) = delete;

  uint32_t ranges() const { return ranges_; }

  /// Gives out a part of what is left in a range: a quarter, but at least `least` and at most
  /// `most` units (of very large dispatches, multiples of some unit count). False when none is left
  /// anywhere.
  bool Take(uint32_t own_range, uint64_t least, uint64_t most, uint64_t* first, uint64_t* count);

  /// What is left. May be out of date.
  uint64_t Left() const;
  bool Empty() const { return Left() == 0; }
  /// Nothing more is given out.
  void Clear();

 private:
  /// What is left of a range, as grains counted from its start: the front in the low half, the end
  /// in the high one.
  struct alignas(64) Range {
    uint64_t left;
  };

  static constexpr uint64_t kMaxGrains = 0xffffffff;
  static uint64_t Size(uint64_t left) { return (left >> 32) - (left & 0xffffffffu); }
  std::atomic_ref<uint64_t> LeftOf(uint32_t range) {
    return std::atomic_ref<uint64_t>(range_[range].left);
  }
  uint64_t SizeOf(uint32_t range) const {
    return Size(std::atomic_ref<uint64_t>(const_cast<uint64_t&>(range_[range].left)).load());
  }
  uint64_t Start(uint32_t range) const { return grains_ * range / ranges_; }
  bool TakeFrom(uint32_t range, bool front, uint64_t least, uint64_t most, uint64_t* first,
                uint64_t* count);

  const uint64_t units_;
  const uint64_t grain_units_;  // so that a range fits into half a word
  const uint64_t grains_;
  const uint32_t ranges_;
  std::array<Range, kMaxRanges> range_;  // of which ranges_ are used; the others are not touched
};

}  // namespace opensupa::emu
