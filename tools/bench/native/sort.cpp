// bitonic: the sorting network, recursive, so that all levels below 16 vectors stay in registers.

#include "simd.h"
#include "twins_level.h"

namespace bench::BENCH_LEVEL {
namespace {

constexpr int kRegisters = kLanes == 16 ? 16 : 8;
constexpr size_t kLeaf = kRegisters * kLanes;

template <int kDistance, size_t... I>
BENCH_INLINE Uint Partner(Uint v, std::index_sequence<I...>) {
  return __builtin_shufflevector(v, v, (static_cast<int>(I) ^ kDistance)...);
}

/// Lanes of `v` that keep the larger key when exchanging over kDistance, in runs of kRun lanes of
/// which every second sorts downwards.
template <int kDistance, int kRun, bool kUp, size_t... I>
BENCH_INLINE Uint Exchange(Uint v, std::index_sequence<I...> all) {
  const Uint other = Partner<kDistance>(v, all);
  constexpr auto takes_larger = [](int lane) {
    const bool upper = (lane & kDistance) != 0;
    const bool up = ((lane & kRun) == 0) == kUp;
    return upper == up;
  };
  const Uint low = MinU(v, other), high = MaxU(v, other);
  return __builtin_shufflevector(
      low, high,
      (takes_larger(static_cast<int>(I)) ? static_cast<int>(I) + kLanes : static_cast<int>(I))...);
}

/// Sorts a bitonic run of kRun lanes (or of all when kRun is kLanes) in each part of the vector.
template <int kDistance, int kRun, bool kUp>
BENCH_INLINE Uint MergeLanes(Uint v) {
  v = Exchange<kDistance, kRun, kUp>(v, std::make_index_sequence<kLanes>{});
  if constexpr (kDistance > 1) v = MergeLanes<kDistance / 2, kRun, kUp>(v);
  return v;
}

template <bool kUp>
BENCH_INLINE Uint SortLanes(Uint v) {
  v = MergeLanes<1, 2, kUp>(v);
  v = MergeLanes<2, 4, kUp>(v);
  if constexpr (kLanes == 16) v = MergeLanes<4, 8, kUp>(v);
  return MergeLanes<kLanes / 2, kLanes, kUp>(v);
}

template <bool kUp>
BENCH_INLINE void ExchangeVectors(Uint& a, Uint& b) {
  const Uint low = MinU(a, b), high = MaxU(a, b);
  a = kUp ? low : high;
  b = kUp ? high : low;
}

template <bool kUp, int kCount>
BENCH_INLINE void MergeVectors(Uint* v) {
#pragma GCC unroll 16
  for (int distance = kCount / 2; distance > 0; distance /= 2) {
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
      if (!(i & distance)) ExchangeVectors<kUp>(v[i], v[i + distance]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kCount; ++i) v[i] = MergeLanes<kLanes / 2, kLanes, kUp>(v[i]);
}

template <bool kUp, int kCount>
BENCH_INLINE void SortVectors(Uint* v) {
  if constexpr (kCount == 1) {
    v[0] = SortLanes<kUp>(v[0]);
  } else {
    SortVectors<true, kCount / 2>(v);
    SortVectors<false, kCount / 2>(v + kCount / 2);
    MergeVectors<kUp, kCount>(v);
  }
}

template <bool kUp, bool kMergeOnly>
void Leaf(uint32_t* keys) {
  Uint v[kRegisters];
#pragma GCC unroll 16
  for (int i = 0; i < kRegisters; ++i) v[i] = LoadAs<Uint>(keys + i * kLanes);
  if constexpr (kMergeOnly) {
    MergeVectors<kUp, kRegisters>(v);
  } else {
    SortVectors<kUp, kRegisters>(v);
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRegisters; ++i) Store(keys + i * kLanes, v[i]);
}

/// One level of the merge for [begin, end) of the lower half.
template <bool kUp>
void OneLevel(uint32_t* keys, size_t begin, size_t end, size_t distance) {
  for (size_t i = begin; i < end; i += kLanes) {
    Uint a = LoadAs<Uint>(keys + i), b = LoadAs<Uint>(keys + i + distance);
    ExchangeVectors<kUp>(a, b);
    Store(keys + i, a);
    Store(keys + i + distance, b);
  }
}

/// Two levels at once over 4 * quarter keys.
template <bool kUp>
void TwoLevels(uint32_t* keys, size_t quarter) {
  for (size_t i = 0; i < quarter; i += kLanes) {
    Uint v[4];
    for (int k = 0; k < 4; ++k) v[k] = LoadAs<Uint>(keys + i + k * quarter);
    ExchangeVectors<kUp>(v[0], v[2]);
    ExchangeVectors<kUp>(v[1], v[3]);
    ExchangeVectors<kUp>(v[0], v[1]);
    ExchangeVectors<kUp>(v[2], v[3]);
    for (int k = 0; k < 4; ++k) Store(keys + i + k * quarter, v[k]);
  }
}

template <bool kUp>
void Merge(uint32_t* keys, size_t n) {
  if (n == kLeaf) return Leaf<kUp, true>(keys);
  if (n >= 4 * kLeaf) {
    TwoLevels<kUp>(keys, n / 4);
    for (int k = 0; k < 4; ++k) Merge<kUp>(keys + k * (n / 4), n / 4);
    return;
  }
  OneLevel<kUp>(keys, 0, n / 2, n / 2);
  Merge<kUp>(keys, n / 2);
  Merge<kUp>(keys + n / 2, n / 2);
}

template <bool kUp>
void Sort(uint32_t* keys, size_t n) {
  if (n == kLeaf) return Leaf<kUp, false>(keys);
  Sort<true>(keys, n / 2);
  Sort<false>(keys + n / 2, n / 2);
  Merge<kUp>(keys, n);
}

/// A power of two of parts is sorted by the threads, then the upper levels are merged together.
void Bitonic(Workers& workers, size_t n, uint32_t* keys) {
  size_t parts = 1;
  while (parts < static_cast<size_t>(workers.count()) && n / parts > kLeaf) parts *= 2;
  const size_t part = n / parts;
  workers.Deal(parts, 1, [=](size_t p, size_t) {
    if (p % 2 == 0) {
      Sort<true>(keys + p * part, part);
    } else {
      Sort<false>(keys + p * part, part);
    }
  });
  for (size_t run = 2 * part; run <= n; run *= 2) {
    for (size_t distance = run / 2; distance >= part; distance /= 2) {
      workers.Split(n / 2, kLanes, [=](size_t begin, size_t end) {
        for (size_t i = begin; i < end;) {
          const size_t block = i / distance, offset = i % distance;
          const size_t stop = std::min(distance, offset + (end - i));
          uint32_t* base = keys + block * 2 * distance;
          if ((block * 2 * distance & run) == 0) {
            OneLevel<true>(base, offset, stop, distance);
          } else {
            OneLevel<false>(base, offset, stop, distance);
          }
          i += stop - offset;
        }
      });
    }
    workers.Deal(parts, 1, [=](size_t p, size_t) {
      if ((p * part & run) == 0) {
        Merge<true>(keys + p * part, part);
      } else {
        Merge<false>(keys + p * part, part);
      }
    });
  }
}

}  // namespace

void AddSort(Twins& twins) { twins.bitonic = Bitonic; }

}  // namespace bench::BENCH_LEVEL
