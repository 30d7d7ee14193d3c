// attention: blocks of queries against blocks of keys with a running maximum, both products
// through the register tile.

#include "tile.h"
#include "twins_level.h"

namespace bench::BENCH_LEVEL {
namespace {

constexpr int kDepth = 64;
constexpr int kQueries = 32;
constexpr int kKeys = 64;
constexpr int kVectors = 64 / kLanes;

/// State of a block of queries.
struct QueryBlock {
  alignas(64) float q[kQueries][kDepth];
  alignas(64) float score[kQueries][kKeys];
  alignas(64) float out[kQueries][kDepth];
  float max[kQueries];
  float sum[kQueries];
};

/// A kQueries x 64 by 64 x 64 product: the tile is 64 columns wide with AVX-512, else 32.
BENCH_INLINE void Product(const float (*a)[64], const float* b, float (*c)[64], bool clear) {
  for (int j = 0; j < 64; j += kTileColumns) {
    MultiplyRows(kQueries, 64, a[0], 64, b + j, 64, c[0] + j, 64, clear);
  }
}

/// Turns the scores of row r into weights and rescales what was summed before.
BENCH_INLINE void Weigh(QueryBlock& block, int r) {
  Float score[kVectors], top = Load(block.score[r]);
  for (int k = 0; k < kVectors; ++k) {
    score[k] = Load(block.score[r] + k * kLanes);
    top = Max(top, score[k]);
  }
  const float max = std::max(block.max[r], MaxLane(top));
  Float sum{};
  for (int k = 0; k < kVectors; ++k) {
    score[k] = Exp(score[k] - max);
    Store(block.score[r] + k * kLanes, score[k]);
    sum += score[k];
  }
  const Float shrink = Exp(Set(block.max[r] - max));
  block.sum[r] = block.sum[r] * shrink[0] + Sum(sum);
  for (int k = 0; k < kVectors; ++k) {
    Store(block.out[r] + k * kLanes, Load(block.out[r] + k * kLanes) * shrink);
  }
  block.max[r] = max;
}

void Attend(int length, const float* q, const float* keys, const float* v, float* out) {
  QueryBlock block;
  for (int r = 0; r < kQueries; ++r) {
    for (int d = 0; d < kDepth; ++d) {
      block.q[r][d] = q[r * kDepth + d] * 0.125f;
      block.out[r][d] = 0;
    }
    block.max[r] = -1e30f;
    block.sum[r] = 0;
  }
  for (int j = 0; j < length; j += kKeys) {
    Product(block.q, keys + j * kDepth, block.score, true);
    for (int r = 0; r < kQueries; ++r) Weigh(block, r);
    Product(block.score, v + j * kDepth, block.out, false);
  }
  for (int r = 0; r < kQueries; ++r) {
    const float scale = 1.0f / block.sum[r];
    for (int d = 0; d < kDepth; ++d) out[r * kDepth + d] = block.out[r][d] * scale;
  }
}

void Attention(Workers& workers, int heads, int length, const float* q, const float* k,
               const float* v, float* out, float* scratch) {
  // scratch holds the keys of each block of 64 transposed.
  const size_t rows = static_cast<size_t>(heads) * length;
  workers.Split(rows, kKeys, [=](size_t begin, size_t end) {
    for (size_t j = begin; j < end; j += kLanes) {
      float* block = scratch + j / kKeys * (kKeys * kDepth) + j % kKeys;
      for (int d = 0; d < kDepth; d += kLanes) {
        TransposeTile<false>(k + j * kDepth + d, kDepth, block + d * kKeys, kKeys);
      }
    }
  });
  workers.Deal(rows, kQueries, [=](size_t begin, size_t) {
    const size_t head = begin / length * length * kDepth;
    Attend(length, q + begin * kDepth, scratch + head, v + head, out + begin * kDepth);
  });
}

}  // namespace

void AddAttention(Twins& twins) { twins.attention = Attention; }

}  // namespace bench::BENCH_LEVEL
