#include "unit_ranges.h"

#include <algorithm>

namespace opensupa::emu {
namespace {

// A chunk is at most this part of what its range has left, so that the last chunks are small and
// all threads end at about the same time.
constexpr uint64_t kShare = 4;

uint64_t DivideUp(uint64_t a, uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

}  // namespace

UnitRanges::UnitRanges(uint64_t units, uint32_t ranges)
    : units_(units),
      grain_units_(units / kMaxGrains + 1),
      grains_(DivideUp(units, grain_units_)),
      ranges_(std::clamp<uint32_t>(ranges, 1, kMaxRanges)) {
  for (uint32_t i = 0; i < ranges_; ++i) {
    range_[i].left = (Start(i + 1) - Start(i)) << 32;
  }
}

bool UnitRanges::TakeFrom(uint32_t range, bool front, uint64_t least, uint64_t most,
                          uint64_t* first, uint64_t* count) {
  const std::atomic_ref<uint64_t> left = LeftOf(range);
  uint64_t seen = left.load();
  while (true) {
    const uint64_t size = Size(seen);
    if (size == 0) return false;
    const uint64_t wish = std::clamp(DivideUp(size, kShare) * grain_units_, least, most);
    const uint64_t grains = std::clamp<uint64_t>(wish / grain_units_, 1, size);
    const uint64_t after = front ? seen + grains : seen - (grains << 32);
    if (!left.compare_exchange_weak(seen, after)) continue;
    const uint64_t place = front ? seen & 0xffffffffu : after >> 32;
    *first = (Start(range) + place) * grain_units_;
    *count = std::min(grains * grain_units_, units_ - *first);
    return true;
  }
}

bool UnitRanges::Take(uint32_t own_range, uint64_t least, uint64_t most, uint64_t* first,
                      uint64_t* count) {
  if (TakeFrom(own_range, /*front=*/true, least, most, first, count)) return true;
  while (ranges_ > 1) {
    uint32_t fullest = 0;
    uint64_t size = 0;
    for (uint32_t i = 0; i < ranges_; ++i) {
      const uint64_t here = SizeOf(i);
      if (here <= size) continue;
      size = here;
      fullest = i;
    }
    if (size == 0) return false;
    if (TakeFrom(fullest, /*front=*/false, least, most, first, count)) return true;
  }
  return false;
}

uint64_t UnitRanges::Left() const {
  uint64_t grains = 0;
  for (uint32_t i = 0; i < ranges_; ++i) grains += SizeOf(i);
  return std::min(grains * grain_units_, units_);
}

void UnitRanges::Clear() {
  for (uint32_t i = 0; i < ranges_; ++i) LeftOf(i).store(0);
}

}  // namespace opensupa::emu
