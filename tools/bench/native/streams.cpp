// vecadd, saxpy, sums.

#include "simd.h"
#include "twins_level.h"

namespace bench::BENCH_LEVEL {
namespace {

template <bool kStreaming>
void Vecadd(Workers& workers, size_t n, const float* a, const float* b, float* c) {
  workers.Split(n, kLanes, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += kLanes) Put<kStreaming>(c + i, Load(a + i) + Load(b + i));
    if (kStreaming) EndStreaming();
  });
}

template <bool kStreaming>
void Saxpy(Workers& workers, size_t n, float a, const float* x, float* y) {
  workers.Split(n, kLanes, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += kLanes) {
      Put<kStreaming>(y + i, a * Load(x + i) + Load(y + i));
    }
    if (kStreaming) EndStreaming();
  });
}

/// Eight sums at a time, so that the latency of an addition does not count.
float SumArray(Workers& workers, size_t n, const float* x) {
  constexpr int kChains = 8;
  std::vector<double> part(workers.count() * 16);
  std::atomic<int> next{0};
  workers.Split(n, kChains * kLanes, [&](size_t begin, size_t end) {
    Float sum[kChains] = {};
    for (size_t i = begin; i < end; i += kChains * kLanes) {
      for (int k = 0; k < kChains; ++k) sum[k] += Load(x + i + k * kLanes);
    }
    double total = 0;
    for (Float v : sum) total += Sum(v);
    part[next.fetch_add(1) * 16] = total;
  });
  double total = 0;
  for (double v : part) total += v;
  return static_cast<float>(total);
}

}  // namespace

void AddStreams(Twins& twins) {
  twins.vecadd = [](Workers& workers, bool streaming, size_t n, const float* a, const float* b,
                    float* c) { (streaming ? Vecadd<true> : Vecadd<false>)(workers, n, a, b, c); };
  twins.saxpy = [](Workers& workers, bool streaming, size_t n, float a, const float* x, float* y) {
    (streaming ? Saxpy<true> : Saxpy<false>)(workers, n, a, x, y);
  };
  twins.sum = SumArray;
}

}  // namespace bench::BENCH_LEVEL
