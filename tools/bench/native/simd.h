// Vectors for the twins, of the width that suits the level this file is compiled for: 16 lanes with
// AVX-512, otherwise 8. Everything is internal to a level, so that no code of a higher level can
// be taken for that of a lower one.

#ifndef SUPA_BENCH_NATIVE_SIMD_H_
#define SUPA_BENCH_NATIVE_SIMD_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define BENCH_INLINE inline __attribute__((always_inline))

// BENCH_LEVEL is the namespace of the level: v2, v3, v4 or generic.
namespace bench::BENCH_LEVEL {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif
constexpr int kVectorBytes = 4 * kLanes;

using Float = float __attribute__((vector_size(kVectorBytes)));
using Int = int32_t __attribute__((vector_size(kVectorBytes)));
using Uint = uint32_t __attribute__((vector_size(kVectorBytes)));

template <typename V, typename T>
BENCH_INLINE V LoadAs(const T* p) {
  V v;
  std::memcpy(&v, p, sizeof(V));
  return v;
}
BENCH_INLINE Float Load(const float* p) { return LoadAs<Float>(p); }
template <typename V, typename T>
BENCH_INLINE void Store(T* p, V v) {
  std::memcpy(p, &v, sizeof(V));
}

/// Stores to an aligned address, past the caches when kStreaming.
template <bool kStreaming, typename V, typename T>
BENCH_INLINE void Put(T* p, V v) {
  if constexpr (!kStreaming) {
    Store(p, v);
  } else {
#if defined(__AVX512F__)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(p), (__m512i)v);
#elif defined(__AVX__)
    _mm256_stream_si256(reinterpret_cast<__m256i*>(p), (__m256i)v);
#elif defined(__SSE2__)
    const auto* half = reinterpret_cast<const __m128i*>(&v);
    _mm_stream_si128(reinterpret_cast<__m128i*>(p), half[0]);
    _mm_stream_si128(reinterpret_cast<__m128i*>(p) + 1, half[1]);
#else
    Store(p, v);
#endif
  }
}

/// Orders streaming stores before what follows.
BENCH_INLINE void EndStreaming() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

BENCH_INLINE Float Set(float x) { return Float{} + x; }

template <typename V, size_t... I>
BENCH_INLINE V Ascending(std::index_sequence<I...>) {
  return V{static_cast<decltype(V{}[0] + 0)>(I)...};
}
BENCH_INLINE Int LaneIds() { return Ascending<Int>(std::make_index_sequence<kLanes>{}); }
BENCH_INLINE Float ToFloat(Int v) { return __builtin_convertvector(v, Float); }
BENCH_INLINE Float AsFloat(Int v) { return (Float)v; }
BENCH_INLINE Int AsInt(Float v) { return (Int)v; }

BENCH_INLINE Float Abs(Float v) { return AsFloat(AsInt(v) & 0x7fffffff); }

#if defined(__AVX512F__)
BENCH_INLINE Float Max(Float a, Float b) { return _mm512_max_ps(a, b); }
BENCH_INLINE Float Min(Float a, Float b) { return _mm512_min_ps(a, b); }
BENCH_INLINE Float Sqrt(Float v) { return _mm512_sqrt_ps(v); }
BENCH_INLINE Uint MaxU(Uint a, Uint b) { return (Uint)_mm512_max_epu32((__m512i)a, (__m512i)b); }
BENCH_INLINE Uint MinU(Uint a, Uint b) { return (Uint)_mm512_min_epu32((__m512i)a, (__m512i)b); }
#else
BENCH_INLINE Float Max(Float a, Float b) { return a > b ? a : b; }
BENCH_INLINE Float Min(Float a, Float b) { return a < b ? a : b; }
BENCH_INLINE Float Sqrt(Float v) {
#if defined(__AVX__)
  return _mm256_sqrt_ps(v);
#else
  for (int i = 0; i < kLanes; ++i) v[i] = __builtin_sqrtf(v[i]);
  return v;
#endif
}
BENCH_INLINE Uint MaxU(Uint a, Uint b) { return a > b ? a : b; }
BENCH_INLINE Uint MinU(Uint a, Uint b) { return a < b ? a : b; }
#endif

BENCH_INLINE float Sum(Float v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps(v);
#else
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += v[i];
  return sum;
#endif
}
BENCH_INLINE float MaxLane(Float v) {
  float max = v[0];
  for (int i = 1; i < kLanes; ++i) max = v[i] > max ? v[i] : max;
  return max;
}

/// 1 / sqrt(v) to about 22 bits.
BENCH_INLINE Float InverseSqrt(Float v) {
#if defined(__AVX512F__)
  const Float guess = _mm512_rsqrt14_ps(v);
#elif defined(__AVX__)
  const Float guess = _mm256_rsqrt_ps(v);
#else
  return 1.0f / Sqrt(v);
#endif
#if defined(__AVX__)
  return guess * (1.5f - 0.5f * v * (guess * guess));
#endif
}

/// Polynomial c[0] x^(n-1) + ... + c[n-1].
template <int kCount>
BENCH_INLINE Float Horner(Float x, const float (&c)[kCount]) {
  Float p = Set(c[0]);
  for (int i = 1; i < kCount; ++i) p = p * x + c[i];
  return p;
}

/// e^x to about 2 ulp; x is clamped to the normal range.
BENCH_INLINE Float Exp(Float x) {
  x = Min(Max(x, Set(-87.3f)), Set(88.0f));
#if defined(__AVX512F__)
  const Float n = _mm512_roundscale_ps(x * 1.44269504f, 8);
#else
  const Float shifted = x * 1.44269504f + 12582912.0f;
  const Float n = shifted - 12582912.0f;
#endif
  const Float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const Float tail = Horner(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f});
  const Float p = r * r * tail + (r + 1.0f);
#if defined(__AVX512F__)
  return _mm512_scalef_ps(p, n);
#else
  return p * AsFloat((__builtin_convertvector(n, Int) + 127) << 23);
#endif
}

/// Natural logarithm of a positive normal number to about 2 ulp.
BENCH_INLINE Float Log(Float x) {
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)).
  const Int bits = AsInt(x) - 0x3f3504f3;
  const Float e = ToFloat(bits >> 23);
  const Float m = AsFloat((bits & 0x007fffff) + 0x3f3504f3);
  const Float r = m - 1.0f;
  const Float p = Horner(r, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f,
                             -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
                             2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f});
  const Float square = r * r;
  const Float tail = square * r * p - e * 2.12194440e-4f - 0.5f * square;
  return e * 0.693359375f + (r + tail);
}

/// Lane i of the result is lane kIndex[i] of a and b joined.
template <typename V, size_t... I>
BENCH_INLINE V Pick(V a, V b, std::integer_sequence<size_t, I...>) {
  return __builtin_shufflevector(a, b, static_cast<int>(I)...);
}

}  // namespace bench::BENCH_LEVEL

#endif  // SUPA_BENCH_NATIVE_SIMD_H_
