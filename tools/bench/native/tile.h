// Register tiles that several twins are built from.

#ifndef SUPA_BENCH_NATIVE_TILE_H_
#define SUPA_BENCH_NATIVE_TILE_H_

#include "simd.h"

namespace bench::BENCH_LEVEL {

/// Columns and rows of the register tile of a matrix product.
constexpr int kTileVectors = 4;
constexpr int kTileColumns = kTileVectors * kLanes;
constexpr int kTileRows = kLanes == 16 ? 6 : 3;

/// c[kRows][kTileColumns] = (clear ? 0 : c) + a[kRows][depth] * b[depth][kTileColumns].
template <int kRows>
BENCH_INLINE void MultiplyTile(int depth, const float* a, size_t a_stride, const float* b,
                               size_t b_stride, float* c, size_t c_stride, bool clear) {
  Float sum[kRows][kTileVectors];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kTileVectors; ++j) {
      sum[i][j] = clear ? Float{} : Load(c + i * c_stride + j * kLanes);
    }
  }
  for (int k = 0; k < depth; ++k) {
    Float row[kTileVectors];
    for (int j = 0; j < kTileVectors; ++j) row[j] = Load(b + k * b_stride + j * kLanes);
    for (int i = 0; i < kRows; ++i) {
      const Float factor = Set(a[i * a_stride + k]);
      for (int j = 0; j < kTileVectors; ++j) sum[i][j] += factor * row[j];
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kTileVectors; ++j) Store(c + i * c_stride + j * kLanes, sum[i][j]);
  }
}

/// The same for any number of rows.
inline void MultiplyRows(int rows, int depth, const float* a, size_t a_stride, const float* b,
                         size_t b_stride, float* c, size_t c_stride, bool clear) {
  int i = 0;
  for (; i + kTileRows <= rows; i += kTileRows) {
    MultiplyTile<kTileRows>(depth, a + i * a_stride, a_stride, b, b_stride, c + i * c_stride,
                            c_stride, clear);
  }
  for (; i + 2 <= rows; i += 2) {
    MultiplyTile<2>(depth, a + i * a_stride, a_stride, b, b_stride, c + i * c_stride, c_stride,
                    clear);
  }
  for (; i < rows; ++i) {
    MultiplyTile<1>(depth, a + i * a_stride, a_stride, b, b_stride, c + i * c_stride, c_stride,
                    clear);
  }
}

/// Index of lane `lane` of the low (or high) result when two rows swap blocks of `kBlock` lanes.
template <int kBlock, bool kHigh, size_t... I>
BENCH_INLINE Float SwapBlocks(Float a, Float b, std::index_sequence<I...>) {
  return __builtin_shufflevector(
      a, b,
      (static_cast<int>(I) & kBlock ? kLanes : 0) +
          (kHigh ? (static_cast<int>(I) | kBlock) : (static_cast<int>(I) & ~kBlock))...);
}

template <int kBlock>
BENCH_INLINE void TransposeStep(Float (&row)[kLanes]) {
  constexpr auto kAll = std::make_index_sequence<kLanes>{};
  for (int i = 0; i < kLanes; ++i) {
    if (i & kBlock) continue;
    const Float a = row[i], b = row[i + kBlock];
    row[i] = SwapBlocks<kBlock, false>(a, b, kAll);
    row[i + kBlock] = SwapBlocks<kBlock, true>(a, b, kAll);
  }
}

/// out[j][i] = in[i][j] for a square of kLanes.
template <bool kStreaming>
BENCH_INLINE void TransposeTile(const float* in, size_t in_stride, float* out, size_t out_stride) {
  Float row[kLanes];
  for (int i = 0; i < kLanes; ++i) row[i] = Load(in + i * in_stride);
  if constexpr (kLanes == 16) TransposeStep<8>(row);
  TransposeStep<4>(row);
  TransposeStep<2>(row);
  TransposeStep<1>(row);
  for (int i = 0; i < kLanes; ++i) Put<kStreaming>(out + i * out_stride, row[i]);
}

}  // namespace bench::BENCH_LEVEL

#endif  // SUPA_BENCH_NATIVE_TILE_H_
