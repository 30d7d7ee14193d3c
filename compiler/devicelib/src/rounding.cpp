// Functions that LLVM's backends expand in line; exported so that the library is complete.

#include "narrow.h"

#define SU_ELEMENTWISE_UNARY(name, builtin)                          \
  extern "C" float __su_##name##_f32(float x) { return builtin(x); } \
  extern "C" double __su_##name##_f64(double x) { return builtin(x); }
#define SU_ELEMENTWISE_BINARY(name, builtin)                                     \
  extern "C" float __su_##name##_f32(float x, float y) { return builtin(x, y); } \
  extern "C" double __su_##name##_f64(double x, double y) { return builtin(x, y); }

SU_ELEMENTWISE_UNARY(fabs, __builtin_elementwise_abs)
SU_ELEMENTWISE_UNARY(floor, __builtin_elementwise_floor)
SU_ELEMENTWISE_UNARY(ceil, __builtin_elementwise_ceil)
SU_ELEMENTWISE_UNARY(trunc, __builtin_elementwise_trunc)
SU_ELEMENTWISE_UNARY(rint, __builtin_elementwise_roundeven)
SU_ELEMENTWISE_UNARY(nearbyint, __builtin_elementwise_roundeven)
SU_ELEMENTWISE_UNARY(round, __builtin_elementwise_round)
SU_ELEMENTWISE_UNARY(sqrt, __builtin_elementwise_sqrt)
SU_ELEMENTWISE_BINARY(copysign, __builtin_elementwise_copysign)

namespace {

using namespace opensupa::devicelib;

template <typename T>
T Fdim(T x, T y) {
  if (x != x || y != y) return x + y;
  return x > y ? x - y : T{0};
}

/// To a 64-bit integer; out of range goes to the nearest end and NaN to the lowest, as on the card.
Int64 ToInt64(double x) {
  constexpr Int64 kHighest = 0x7fffffffffffffffll;
  if (IsNan(x)) return -kHighest - 1;
  if (x >= 0x1p63) return kHighest;
  if (x <= -0x1p63) return -kHighest - 1;
  return static_cast<Int64>(x);
}

/// One step of correction makes good what the root's rounding costs.
double Rsqrt(double x) {
  const double r = 1 / Sqrt(x);
  if (!(x > 0) || IsInfinite(x)) return r;
  const double product = x * r;
  const double low = Fma(x, r, -product);
  const double error = Fma(-product, r, 1.0) - low * r;
  return r + r * (error / 2);
}

double RoundAway(double x) { return __builtin_elementwise_round(x); }

}  // namespace

extern "C" float __su_fdim_f32(float x, float y) { return Fdim(x, y); }
extern "C" double __su_fdim_f64(double x, double y) { return Fdim(x, y); }
extern "C" float __su_fma_f32(float x, float y, float z) {
  return __builtin_elementwise_fma(x, y, z);
}
extern "C" double __su_fma_f64(double x, double y, double z) {
  return __builtin_elementwise_fma(x, y, z);
}
extern "C" float __su_fmin_f32(float x, float y) { return __builtin_fminf(x, y); }
extern "C" double __su_fmin_f64(double x, double y) { return __builtin_fmin(x, y); }
extern "C" float __su_fmax_f32(float x, float y) { return __builtin_fmaxf(x, y); }
extern "C" double __su_fmax_f64(double x, double y) { return __builtin_fmax(x, y); }
extern "C" float __su_rsqrt_f32(float x) { return RsqrtFloat(x); }
extern "C" double __su_rsqrt_f64(double x) { return Rsqrt(x); }
extern "C" Int64 __su_lround_f32(float x) { return ToInt64(RoundAway(x)); }
extern "C" Int64 __su_lround_f64(double x) { return ToInt64(RoundAway(x)); }
extern "C" Int64 __su_llround_f32(float x) { return ToInt64(RoundAway(x)); }
extern "C" Int64 __su_llround_f64(double x) { return ToInt64(RoundAway(x)); }
extern "C" Int64 __su_lrint_f32(float x) { return ToInt64(RoundEven(x)); }
extern "C" Int64 __su_lrint_f64(double x) { return ToInt64(RoundEven(x)); }
extern "C" Int64 __su_llrint_f32(float x) { return ToInt64(RoundEven(x)); }
extern "C" Int64 __su_llrint_f64(double x) { return ToInt64(RoundEven(x)); }

extern "C" float __su_frexp_f32(float x, int* exponent) {
  *exponent = 0;
  if (x == 0 || IsNan(x) || IsInfinite(x)) return x;
  *exponent = LeadingExponent(x) + 1;
  return static_cast<float>(Scale(x, -*exponent));
}
extern "C" double __su_frexp_f64(double x, int* exponent) {
  *exponent = 0;
  if (x == 0 || IsNan(x) || IsInfinite(x)) return x;
  *exponent = LeadingExponent(x) + 1;
  return Scale(x, -*exponent);
}
extern "C" double __su_modf_f64(double x, double* whole) {
  *whole = __builtin_elementwise_trunc(x);
  return CopySign(IsInfinite(x) ? 0 : x - *whole, x);
}
extern "C" float __su_modf_f32(float x, float* whole) {
  double part;
  const double rest = __su_modf_f64(x, &part);
  *whole = static_cast<float>(part);
  return static_cast<float>(rest);
}
extern "C" float __su_scalbln_f32(float x, Int64 n) {
  constexpr Int64 kEnough = 5000;
  return static_cast<float>(Scale(x, static_cast<Int32>(n > kEnough    ? kEnough
                                                        : n < -kEnough ? -kEnough
                                                                       : n)));
}
extern "C" double __su_scalbln_f64(double x, Int64 n) {
  constexpr Int64 kEnough = 5000;
  return Scale(x, static_cast<Int32>(n > kEnough ? kEnough : n < -kEnough ? -kEnough : n));
}
