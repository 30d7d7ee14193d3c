// Matrix products and the transpose.

#include "tile.h"
#include "twins_level.h"

namespace bench::BENCH_LEVEL {
namespace {

void SgemmNaive(Workers& workers, int n, const float* a, const float* b, float* c) {
  workers.Split(n, 1, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      float* row = c + i * n;
      for (int j = 0; j < n; ++j) row[j] = 0;
      for (int k = 0; k < n; ++k) {
        const float factor = a[i * n + k];
        const float* other = b + static_cast<size_t>(k) * n;
        for (int j = 0; j < n; j += kLanes)
          Store(row + j, Load(row + j) + factor * Load(other + j));
      }
    }
  });
}

void SgemmTiled(Workers& workers, int n, const float* a, const float* b, float* c) {
  constexpr int kRows = kTileRows * 8;
  workers.Split(n, kRows, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += kRows) {
      const int rows = static_cast<int>(std::min<size_t>(kRows, end - i));
      for (int j = 0; j < n; j += kTileColumns) {
        MultiplyRows(rows, n, a + i * n, n, b + j, n, c + i * n + j, n, true);
      }
    }
  });
}

void SgemmPacked(Workers& workers, int n, const float* a, const float* b, float* c,
                 float* scratch) {
  constexpr int kDepth = 256;
  constexpr int kRows = kTileRows * 16;
  // Panels of kTileColumns columns, each with its rows one after the other.
  workers.Split(n, kTileColumns, [=](size_t begin, size_t end) {
    for (size_t j = begin; j < end; j += kTileColumns) {
      for (int k = 0; k < n; ++k) {
        std::memcpy(scratch + j * n + static_cast<size_t>(k) * kTileColumns,
                    b + static_cast<size_t>(k) * n + j, kTileColumns * sizeof(float));
      }
    }
  });
  workers.Split(n, kRows, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += kRows) {
      const int rows = static_cast<int>(std::min<size_t>(kRows, end - i));
      for (int k = 0; k < n; k += kDepth) {
        for (int j = 0; j < n; j += kTileColumns) {
          MultiplyRows(rows, std::min(kDepth, n - k), a + i * n + k, n,
                       scratch + static_cast<size_t>(j) * n + static_cast<size_t>(k) * kTileColumns,
                       kTileColumns, c + i * n + j, n, k == 0);
        }
      }
    }
  });
}

template <bool kStreaming>
void Transpose(Workers& workers, int n, const float* in, float* out) {
  constexpr size_t kBand = 256;
  const size_t size = n;
  workers.Split(size, kBand, [=](size_t begin, size_t end) {
    for (size_t band = begin; band < end; band += kBand) {
      for (size_t i = 0; i < size; i += kLanes) {
        for (size_t j = band; j < std::min(band + kBand, end); j += kLanes) {
          TransposeTile<kStreaming>(in + i * size + j, size, out + j * size + i, size);
        }
      }
    }
    if (kStreaming) EndStreaming();
  });
}

}  // namespace

void AddMatrix(Twins& twins) {
  twins.sgemm_naive = SgemmNaive;
  twins.sgemm_tiled = SgemmTiled;
  twins.sgemm_packed = SgemmPacked;
  twins.transpose = [](Workers& workers, bool streaming, int n, const float* in, float* out) {
    (streaming ? Transpose<true> : Transpose<false>)(workers, n, in, out);
  };
}

}  // namespace bench::BENCH_LEVEL
