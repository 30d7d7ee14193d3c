// softmax and layernorm, row by row.

#include "simd.h"
#include "twins_level.h"

namespace bench::BENCH_LEVEL {
namespace {

constexpr int kChains = 4;
constexpr int kStep = kChains * kLanes;
constexpr int kMaxColumns = 8192;

BENCH_INLINE float SumChains(const Float (&v)[kChains]) {
  return Sum((v[0] + v[1]) + (v[2] + v[3]));
}

template <bool kStreaming>
void Softmax(Workers& workers, int rows, int columns, const float* x, float* y) {
  workers.Split(rows, 1, [=](size_t begin, size_t end) {
    alignas(64) float powers[kMaxColumns];
    for (size_t r = begin; r < end; ++r) {
      const float* in = x + r * columns;
      float* out = y + r * columns;
      Float max[kChains], sum[kChains] = {};
      for (int k = 0; k < kChains; ++k) max[k] = Load(in + k * kLanes);
      for (int i = kStep; i < columns; i += kStep) {
        for (int k = 0; k < kChains; ++k) max[k] = Max(max[k], Load(in + i + k * kLanes));
      }
      const Float top = Set(MaxLane(Max(Max(max[0], max[1]), Max(max[2], max[3]))));
      for (int i = 0; i < columns; i += kStep) {
        for (int k = 0; k < kChains; ++k) {
          const Float power = Exp(Load(in + i + k * kLanes) - top);
          Store(powers + i + k * kLanes, power);
          sum[k] += power;
        }
      }
      const Float scale = Set(1.0f / SumChains(sum));
      for (int i = 0; i < columns; i += kLanes) Put<kStreaming>(out + i, Load(powers + i) * scale);
    }
    if (kStreaming) EndStreaming();
  });
}

template <bool kStreaming>
void Layernorm(Workers& workers, int rows, int columns, const float* x, const float* gain,
               const float* bias, float* y) {
  workers.Split(rows, 1, [=](size_t begin, size_t end) {
    for (size_t r = begin; r < end; ++r) {
      const float* in = x + r * columns;
      float* out = y + r * columns;
      Float sum[kChains] = {}, squares[kChains] = {};
      for (int i = 0; i < columns; i += kStep) {
        for (int k = 0; k < kChains; ++k) {
          const Float v = Load(in + i + k * kLanes);
          sum[k] += v;
          squares[k] += v * v;
        }
      }
      const float mean = SumChains(sum) / static_cast<float>(columns);
      const float variance = SumChains(squares) / static_cast<float>(columns) - mean * mean;
      const float scale = 1.0f / __builtin_sqrtf(variance + 1e-5f);
      for (int i = 0; i < columns; i += kLanes) {
        Put<kStreaming>(out + i, (Load(in + i) - mean) * scale * Load(gain + i) + Load(bias + i));
      }
    }
    if (kStreaming) EndStreaming();
  });
}

}  // namespace

void AddRows(Twins& twins) {
  twins.softmax = [](Workers& workers, bool streaming, int rows, int columns, const float* x,
                     float* y) {
    (streaming ? Softmax<true> : Softmax<false>)(workers, rows, columns, x, y);
  };
  twins.layernorm = [](Workers& workers, bool streaming, int rows, int columns, const float* x,
                       const float* gain, const float* bias, float* y) {
    (streaming ? Layernorm<true> : Layernorm<false>)(workers, rows, columns, x, gain, bias, y);
  };
}

}  // namespace bench::BENCH_LEVEL
