// histogram, scan, spmv.

#include "simd.h"
#include "twins_level.h"

namespace bench::BENCH_LEVEL {
namespace {

/// Eight tables for each thread, so that equal neighbours do not wait for each other.
void Histogram(Workers& workers, size_t n, const uint8_t* x, uint32_t* counts) {
  constexpr int kTables = 8;
  std::vector<std::atomic<uint32_t>> total(256);
  workers.Split(n, kTables, [&](size_t begin, size_t end) {
    uint32_t table[kTables][256] = {};
    for (size_t i = begin; i < end; i += kTables) {
      uint64_t bytes;
      std::memcpy(&bytes, x + i, sizeof(bytes));
      for (int k = 0; k < kTables; ++k) ++table[k][bytes >> (8 * k) & 255];
    }
    for (int value = 0; value < 256; ++value) {
      uint32_t sum = 0;
      for (const auto& counts_of_table : table) sum += counts_of_table[value];
      total[value].fetch_add(sum, std::memory_order_relaxed);
    }
  });
  for (int value = 0; value < 256; ++value) counts[value] = total[value];
}

template <int kShift, size_t... I>
BENCH_INLINE Uint ShiftUp(Uint v, std::index_sequence<I...>) {
  return __builtin_shufflevector(Uint{}, v, (static_cast<int>(I) + kLanes - kShift)...);
}

BENCH_INLINE Uint InclusiveScan(Uint v) {
  constexpr auto kAll = std::make_index_sequence<kLanes>{};
  v += ShiftUp<1>(v, kAll);
  v += ShiftUp<2>(v, kAll);
  v += ShiftUp<4>(v, kAll);
  if constexpr (kLanes == 16) v += ShiftUp<8>(v, kAll);
  return v;
}

template <size_t... I>
BENCH_INLINE Uint SpreadLast(Uint v, std::index_sequence<I...>) {
  return __builtin_shufflevector(v, v, (static_cast<int>(I) * 0 + kLanes - 1)...);
}

/// Blocks that stay in the second-level cache: each thread sums its own, and scans it once the sums
/// before it are known.
template <bool kStreaming>
void Scan(Workers& workers, size_t n, const uint32_t* in, uint32_t* out) {
  constexpr size_t kBlock = 128 << 10;
  constexpr int kPad = 16;
  std::vector<uint32_t> sums(2 * workers.count() * kPad);
  workers.Each([&](int worker) {
    const int count = workers.count();
    uint32_t carry = 0;
    int parity = 0;
    for (size_t base = 0; base < n; base += kBlock * count, parity ^= 1) {
      const size_t begin = std::min(n, base + kBlock * worker);
      const size_t end = std::min(n, begin + kBlock);
      Uint sum{};
      for (size_t i = begin; i < end; i += kLanes) sum += LoadAs<Uint>(in + i);
      uint32_t* shared = sums.data() + parity * count * kPad;
      shared[worker * kPad] = 0;
      for (int lane = 0; lane < kLanes; ++lane) shared[worker * kPad] += sum[lane];
      workers.Barrier();
      uint32_t before = carry;
      for (int w = 0; w < count; ++w) {
        if (w < worker) before += shared[w * kPad];
        carry += shared[w * kPad];
      }
      Uint running = Uint{} + before;
      for (size_t i = begin; i < end; i += kLanes) {
        const Uint v = LoadAs<Uint>(in + i);
        const Uint inclusive = InclusiveScan(v);
        Put<kStreaming>(out + i, inclusive - v + running);
        running += SpreadLast(inclusive, std::make_index_sequence<kLanes>{});
      }
    }
    if (kStreaming) EndStreaming();
  });
}

/// This file is compiled without the vectoriser, which would make gathers of the loop over a row.
void SpmvScalar(Workers& workers, int rows, const int* row_start, const int* column,
                const float* value, const float* x, float* y) {
  workers.Deal(rows, 4096, [=](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r) {
      float sum = 0;
      for (int j = row_start[r]; j < row_start[r + 1]; ++j) sum += value[j] * x[column[j]];
      y[r] = sum;
    }
  });
}

#if defined(__AVX512F__)
/// A row in each lane: three gathers for each step, but sixteen independent rows in flight.
void SpmvGathers(Workers& workers, int rows, const int* row_start, const int* column,
                 const float* value, const float* x, float* y) {
  workers.Deal(rows, 4096, [=](size_t begin, size_t end) {
    for (size_t r = begin; r < end; r += kLanes) {
      const __mmask16 live = end - r >= 16 ? 0xffff : (1u << (end - r)) - 1;
      __m512i j = _mm512_maskz_loadu_epi32(live, row_start + r);
      const __m512i stop = _mm512_maskz_loadu_epi32(live, row_start + r + 1);
      __m512 sum = _mm512_setzero_ps();
      const __m512 none = sum;
      for (__mmask16 m; (m = _mm512_cmplt_epi32_mask(j, stop)) != 0;) {
        const __m512i c = _mm512_mask_i32gather_epi32(j, m, j, column, 4);
        const __m512 factor = _mm512_mask_i32gather_ps(none, m, j, value, 4);
        sum = _mm512_mask3_fmadd_ps(factor, _mm512_mask_i32gather_ps(none, m, c, x, 4), sum, m);
        j = _mm512_add_epi32(j, _mm512_set1_epi32(1));
      }
      _mm512_mask_storeu_ps(y + r, live, sum);
    }
  });
}
#else
constexpr auto SpmvGathers = SpmvScalar;
#endif

}  // namespace

void AddInteger(Twins& twins) {
  twins.histogram = Histogram;
  twins.scan = [](Workers& workers, bool streaming, size_t n, const uint32_t* in, uint32_t* out) {
    (streaming ? Scan<true> : Scan<false>)(workers, n, in, out);
  };
  twins.spmv = [](Workers& workers, bool gathers, int rows, const int* row_start, const int* column,
                  const float* value, const float* x, float* y) {
    (gathers ? SpmvGathers : SpmvScalar)(workers, rows, row_start, column, value, x, y);
  };
}

}  // namespace bench::BENCH_LEVEL
