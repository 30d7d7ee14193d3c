// stencil7.

#include "simd.h"
#include "twins_level.h"

namespace bench::BENCH_LEVEL {
namespace {

/// One row of the cube. The streaming version writes whole lines and carries the two border points
/// over from the input, which has the same values there.
template <bool kStreaming>
BENCH_INLINE void Row(int n, float center, float side, const float* u, float* w) {
  const ptrdiff_t row = n, plane = row * n;
  const auto at = [=](ptrdiff_t x) {
    const Float sum = (Load(u + x - 1) + Load(u + x + 1)) +
                      (Load(u + x - row) + Load(u + x + row)) +
                      (Load(u + x - plane) + Load(u + x + plane));
    return center * Load(u + x) + side * sum;
  };
  if constexpr (kStreaming) {
    for (ptrdiff_t x = 0; x < n; x += kLanes) {
      Float value = at(x);
      if (x == 0) value[0] = u[0];
      if (x == n - kLanes) value[kLanes - 1] = u[n - 1];
      Put<true>(w + x, value);
    }
  } else {
    ptrdiff_t x = 1;
    for (; x + kLanes <= n - 1; x += kLanes) Store(w + x, at(x));
    // The last vector overlaps the one before it.
    Store(w + n - 1 - kLanes, at(n - 1 - kLanes));
  }
}

template <bool kStreaming>
void Stencil7(Workers& workers, int n, float center, float side, const float* in, float* out) {
  constexpr int kBand = 64;  // rows whose three planes stay in the second-level cache
  const size_t row = n, plane = row * n;
  const size_t bands = (n - 2 + kBand - 1) / kBand;
  workers.Split(bands * (n - 2), 1, [=](size_t begin, size_t end) {
    for (size_t part = begin; part < end; ++part) {
      const size_t z = 1 + part % (n - 2);
      const size_t first = 1 + part / (n - 2) * kBand;
      const size_t last = std::min<size_t>(first + kBand, n - 1);
      for (size_t y = first; y < last; ++y) {
        Row<kStreaming>(n, center, side, in + z * plane + y * row, out + z * plane + y * row);
      }
    }
    if (kStreaming) EndStreaming();
  });
}

}  // namespace

void AddGrid(Twins& twins) {
  twins.stencil7 = [](Workers& workers, bool streaming, int n, float center, float side,
                      const float* in, float* out) {
    (streaming ? Stencil7<true> : Stencil7<false>)(workers, n, center, side, in, out);
  };
}

}  // namespace bench::BENCH_LEVEL
