// nbody, blackscholes, mandelbrot.

#include "simd.h"
#include "twins_level.h"

namespace bench::BENCH_LEVEL {
namespace {

/// Vectors that are worked on at the same time, to hide latency.
constexpr int kUnroll = kLanes == 16 ? 4 : 2;

void Nbody(Workers& workers, int n, const float* pos, float softening, float* acc, float* scratch) {
  float *xs = scratch, *ys = xs + n, *zs = ys + n, *masses = zs + n;
  for (int i = 0; i < n; ++i) {
    xs[i] = pos[4 * i];
    ys[i] = pos[4 * i + 1];
    zs[i] = pos[4 * i + 2];
    masses[i] = pos[4 * i + 3];
  }
  constexpr int kBodies = kUnroll * kLanes;
  workers.Deal(n, kBodies, [=](size_t begin, size_t) {
    Float x[kUnroll], y[kUnroll], z[kUnroll], ax[kUnroll] = {}, ay[kUnroll] = {}, az[kUnroll] = {};
    for (int u = 0; u < kUnroll; ++u) {
      x[u] = Load(xs + begin + u * kLanes);
      y[u] = Load(ys + begin + u * kLanes);
      z[u] = Load(zs + begin + u * kLanes);
    }
    for (int j = 0; j < n; ++j) {
      const Float xj = Set(xs[j]), yj = Set(ys[j]), zj = Set(zs[j]), mass = Set(masses[j]);
      for (int u = 0; u < kUnroll; ++u) {
        const Float dx = xj - x[u], dy = yj - y[u], dz = zj - z[u];
        const Float inverse = InverseSqrt(dx * dx + (dy * dy + (dz * dz + softening)));
        const Float force = (mass * inverse) * (inverse * inverse);
        ax[u] += dx * force;
        ay[u] += dy * force;
        az[u] += dz * force;
      }
    }
    for (int u = 0; u < kUnroll; ++u) {
      for (int lane = 0; lane < kLanes; ++lane) {
        float* out = acc + 4 * (begin + u * kLanes + lane);
        out[0] = ax[u][lane];
        out[1] = ay[u][lane];
        out[2] = az[u][lane];
        out[3] = 0;
      }
    }
  });
}

/// The standard normal distribution function by the error function of Abramowitz and Stegun
/// 7.1.26, to about 1e-7.
BENCH_INLINE Float NormalCdf(Float d) {
  const Float a = Abs(d) * 0.70710678f;
  const Float t = 1.0f / (0.3275911f * a + 1.0f);
  const Float p =
      t * Horner(t, {1.061405429f, -1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f});
  const Float half = 0.5f * (p * Exp(-(a * a)));
  return d >= 0.0f ? 1.0f - half : half;
}

template <bool kStreaming>
void Blackscholes(Workers& workers, size_t n, const float* spot, const float* strike,
                  const float* years, float rate, float volatility, float* call, float* put) {
  workers.Split(n, kLanes, [=](size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += kLanes) {
      const Float s = Load(spot + i), x = Load(strike + i), t = Load(years + i);
      const Float spread = volatility * Sqrt(t);
      const Float drift = (rate + 0.5f * volatility * volatility) * t;
      const Float d1 = (drift + Log(s / x)) / spread;
      const Float n1 = NormalCdf(d1), n2 = NormalCdf(d1 - spread);
      const Float discounted = x * Exp(-rate * t);
      Put<kStreaming>(call + i, s * n1 - discounted * n2);
      Put<kStreaming>(put + i, discounted * (1.0f - n2) - s * (1.0f - n1));
    }
    if (kStreaming) EndStreaming();
  });
}

/// Lanes that still iterate: a bit mask where the machine has one, otherwise a vector.
#if defined(__AVX512F__)
using Lanes = __mmask16;
constexpr Lanes kAllLanes = 0xffff;
BENCH_INLINE bool Any(Lanes lanes) { return lanes != 0; }
BENCH_INLINE Lanes StayInside(Lanes lanes, Float norm) {
  return _mm512_mask_cmp_ps_mask(lanes, norm, _mm512_set1_ps(4.0f), _CMP_LE_OQ);
}
BENCH_INLINE Int CountUp(Int steps, Lanes lanes) {
  return (Int)_mm512_mask_add_epi32((__m512i)steps, lanes, (__m512i)steps, _mm512_set1_epi32(1));
}
#else
using Lanes = Int;
const Lanes kAllLanes = Int{} - 1;
BENCH_INLINE bool Any(Lanes lanes) {
#if defined(__AVX2__)
  return _mm256_movemask_epi8((__m256i)lanes) != 0;
#else
  int32_t any = 0;
  for (int i = 0; i < kLanes; ++i) any |= lanes[i];
  return any != 0;
#endif
}
BENCH_INLINE Lanes StayInside(Lanes lanes, Float norm) { return lanes & (norm <= 4.0f); }
BENCH_INLINE Int CountUp(Int steps, Lanes lanes) { return steps - lanes; }
#endif

void Mandelbrot(Workers& workers, int n, int limit, float left, float top, float pixel,
                int* steps) {
  constexpr int kPixels = kUnroll * kLanes;
  workers.Deal(n, 8, [=](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      const Float cy = Set(top + static_cast<float>(row) * pixel);
      for (int column = 0; column < n; column += kPixels) {
        Float cx[kUnroll], x[kUnroll] = {}, y[kUnroll] = {};
        Int count[kUnroll] = {};
        Lanes inside[kUnroll];
        for (int u = 0; u < kUnroll; ++u) {
          cx[u] = left + ToFloat(LaneIds() + (column + u * kLanes)) * pixel;
          inside[u] = kAllLanes;
        }
        for (int step = 0; step < limit; ++step) {
          Lanes any{};
          for (int u = 0; u < kUnroll; ++u) {
            const Float xx = x[u] * x[u], yy = y[u] * y[u];
            inside[u] = StayInside(inside[u], xx + yy);
            any |= inside[u];
            count[u] = CountUp(count[u], inside[u]);
            y[u] = (x[u] + x[u]) * y[u] + cy;
            x[u] = (xx - yy) + cx[u];
          }
          if (!Any(any)) break;
        }
        for (int u = 0; u < kUnroll; ++u) Store(steps + row * n + column + u * kLanes, count[u]);
      }
    }
  });
}

}  // namespace

void AddCompute(Twins& twins) {
  twins.nbody = Nbody;
  twins.blackscholes = [](Workers& workers, bool streaming, size_t n, const float* spot,
                          const float* strike, const float* years, float rate, float volatility,
                          float* call, float* put) {
    (streaming ? Blackscholes<true> : Blackscholes<false>)(workers, n, spot, strike, years, rate,
                                                           volatility, call, put);
  };
  twins.mandelbrot = Mandelbrot;
}

}  // namespace bench::BENCH_LEVEL
