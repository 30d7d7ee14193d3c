/// Intrinsics with a double underscore: fast forms, forms with a named rounding direction, and the
/// min and max of every arithmetic type.
#ifndef OPENSUPA_DEVICE_MATH_INTRINSICS_H_
#define OPENSUPA_DEVICE_MATH_INTRINSICS_H_
#pragma clang system_header

#include "opensupa/device/math.h"

// The fast forms are as exact as the full functions: a device may be better than it promises.
__SUPA_DEVICE_FN__ float __sinf(float x) { return sinf(x); }
__SUPA_DEVICE_FN__ float __cosf(float x) { return cosf(x); }
__SUPA_DEVICE_FN__ float __tanf(float x) { return tanf(x); }
__SUPA_DEVICE_FN__ void __sincosf(float x, float* sine, float* cosine) { sincosf(x, sine, cosine); }
__SUPA_DEVICE_FN__ float __tanhf(float x) { return tanhf(x); }
__SUPA_DEVICE_FN__ float __expf(float x) { return expf(x); }
__SUPA_DEVICE_FN__ float __exp10f(float x) { return exp10f(x); }
__SUPA_DEVICE_FN__ float __logf(float x) { return logf(x); }
__SUPA_DEVICE_FN__ float __log2f(float x) { return log2f(x); }
__SUPA_DEVICE_FN__ float __log10f(float x) { return log10f(x); }
__SUPA_DEVICE_FN__ float __powf(float x, float y) { return powf(x, y); }
__SUPA_DEVICE_FN__ float __fdividef(float x, float y) { return x / y; }
/// Limits to [0, 1]; NaN gives 0.
__SUPA_DEVICE_FN__ float __saturatef(float x) { return fminf(fmaxf(x, 0.0f), 1.0f); }
__SUPA_DEVICE_FN__ float saturate(float x) { return __saturatef(x); }
__SUPA_DEVICE_FN__ float __frsqrt_rn(float x) {
  return (float)(1.0 / __builtin_elementwise_sqrt((double)x));
}

// Arithmetic that is never fused with its neighbours.
#define __SUPA_UNFUSED__(name, T, expression) \
  __SUPA_DEVICE_FN__ T name(T x, T y) { _Pragma("clang fp contract(off)") return expression; }
__SUPA_UNFUSED__(__fadd_rn, float, x + y)
__SUPA_UNFUSED__(__fsub_rn, float, x - y)
__SUPA_UNFUSED__(__fmul_rn, float, x* y)
__SUPA_UNFUSED__(__fdiv_rn, float, x / y)
__SUPA_UNFUSED__(__dadd_rn, double, x + y)
__SUPA_UNFUSED__(__dsub_rn, double, x - y)
__SUPA_UNFUSED__(__dmul_rn, double, x* y)
__SUPA_UNFUSED__(__ddiv_rn, double, x / y)
#undef __SUPA_UNFUSED__
__SUPA_DEVICE_FN__ float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
__SUPA_DEVICE_FN__ double __fma_rn(double x, double y, double z) { return fma(x, y, z); }
__SUPA_DEVICE_FN__ float __frcp_rn(float x) { return 1.0f / x; }
__SUPA_DEVICE_FN__ double __drcp_rn(double x) { return 1.0 / x; }
__SUPA_DEVICE_FN__ float __fsqrt_rn(float x) { return sqrtf(x); }
__SUPA_DEVICE_FN__ double __dsqrt_rn(double x) { return sqrt(x); }

// Directed rounding: the nearest result is corrected by the sign of what was rounded off, which is
// worked out exactly, with operands scaled where it would underflow. An infinite result of finite
// operands was rounded up in size. An exact sum of zero has the sign that IEEE 754 gives it: minus
// when rounding down, unless both parts are plus zero.
__SUPA_DEVICE_FN__ double __supa_sign(double x) { return (double)((x > 0.0) - (x < 0.0)); }
__SUPA_DEVICE_FN__ double __supa_add_residual(double x, double y, double sum) {
#pragma clang fp contract(off)
  double y_part = sum - x;
  return (x - (sum - y_part)) + (y - y_part);
}
/// Sign of x + y - nearest for a `nearest` that is the sum rounded to float.
__SUPA_DEVICE_FN__ float __supa_float_residual(double x, double y, float nearest) {
#pragma clang fp contract(off)
  double sum = x + y;
  if (!__builtin_isfinite(sum)) return 0.0f;
  double low = __supa_add_residual(x, y, sum);
  double high = sum - (double)nearest;
  return (float)__supa_sign(high != 0.0 ? high : low);
}
/// x + y, exact in the pair (sum, residual), rounded once to float.
__SUPA_DEVICE_FN__ float __supa_sum_to_float(double x, double y) {
#pragma clang fp contract(off)
  double sum = x + y;
  double low = __supa_add_residual(x, y, sum);
  // Round to odd: the low bit stands for everything below it.
  long long bits = __builtin_bit_cast(long long, sum);
  if (low != 0.0 && low == low && (bits & 1) == 0) bits += ((low > 0.0) == (sum > 0.0)) ? 1 : -1;
  return (float)__builtin_bit_cast(double, bits);
}
__SUPA_DEVICE_FN__ double __supa_dadd_residual(double x, double y, double nearest) {
  if (!__builtin_isfinite(x) || !__builtin_isfinite(y)) return 0.0;
  return __builtin_isinf(nearest) ? -nearest : __supa_add_residual(x, y, nearest);
}
__SUPA_DEVICE_FN__ double __supa_dmul_residual(double x, double y, double nearest) {
#pragma clang fp contract(off)
  double size = fabs(nearest);
  if (size >= 0x1p-900 || size != size || x == 0.0 || y == 0.0) return fma(x, y, -nearest);
  if (nearest == 0.0) return copysign(1.0, x) * copysign(1.0, y);
  double larger = fabs(x) > fabs(y) ? x : y;
  double smaller = (fabs(x) > fabs(y) ? y : x) * 0x1p1000;
  double product = larger * smaller;
  return (product - nearest * 0x1p1000) + fma(larger, smaller, -product);
}
__SUPA_DEVICE_FN__ double __supa_ddiv_residual(double x, double y, double nearest) {
  double y_sign = copysign(1.0, y);
  if (fabs(x) >= 0x1p-900 || x == 0.0 || x != x) {
    if (nearest == 0.0 && x != 0.0 && !__builtin_isinf(y)) return copysign(1.0, x) * y_sign;
    return fma(-nearest, y, x) * y_sign;
  }
  if (__builtin_isinf(y)) return 0.0;
  if (nearest == 0.0) return copysign(1.0, x) * y_sign;
  return fma(-nearest, y * 0x1p600, x * 0x1p600) * y_sign;
}
__SUPA_DEVICE_FN__ double __supa_dsqrt_residual(double x, double nearest) {
  if (x < 0x1p-900) return fma(-nearest * 0x1p300, nearest * 0x1p300, x * 0x1p600);
  return fma(-nearest, nearest, x);
}
/// Sign of x * y + z - nearest, where none of the products and sums leaves the normal range.
__SUPA_DEVICE_FN__ double __supa_fma_residual(double x, double y, double z, double nearest) {
#pragma clang fp contract(off)
  double product = x * y;
  double product_low = fma(x, y, -product);
  double sum = product + z;
  double sum_low = __supa_add_residual(product, z, sum);
  double tail = sum_low + product_low;
  double tail_low = __supa_add_residual(sum_low, product_low, tail);
  return ((sum - nearest) + tail) + tail_low;
}
/// The same for any finite operands: they are brought near to one.
__SUPA_DEVICE_FN__ double __supa_scaled_fma_residual(double x, double y, double z, double nearest) {
  if (x == 0.0 || y == 0.0) return 0.0;
  int x_exponent, y_exponent, z_exponent;
  double x_part = frexp(x, &x_exponent);
  double y_part = frexp(y, &y_exponent);
  double z_part = frexp(z, &z_exponent);
  int exponent = x_exponent + y_exponent;
  if (z == 0.0) z_exponent = exponent;
  // Far apart, the smaller one only tells on which side of the larger the sum is.
  constexpr int far = 250;
  if (z_exponent - exponent > far) return copysign(1.0, x) * copysign(1.0, y);
  if (exponent - z_exponent > far) {
    z_part = copysign(1.0, z);
    z_exponent = exponent - far;
  }
  return __supa_fma_residual(x_part, y_part, ldexp(z_part, z_exponent - exponent),
                             ldexp(nearest, -exponent));
}
__SUPA_DEVICE_FN__ bool __supa_is_middling(double x) {
  return x == 0.0 || (fabs(x) > 0x1p-300 && fabs(x) < 0x1p300);
}
__SUPA_DEVICE_FN__ double __supa_dfma_residual(double x, double y, double z, double nearest) {
  if (!__builtin_isfinite(x) || !__builtin_isfinite(y) || !__builtin_isfinite(z)) return 0.0;
  if (__builtin_isinf(nearest)) return -nearest;
  if (__supa_is_middling(x) && __supa_is_middling(y) && __supa_is_middling(z)) {
    return __supa_fma_residual(x, y, z, nearest);
  }
  return __supa_scaled_fma_residual(x, y, z, nearest);
}
/// The sign of an exact zero that is the sum of parts with these signs.
template <bool round_down, class T>
__SUPA_DEVICE_FN__ T __supa_exact_zero(T sum, T residual, bool a_negative, bool b_negative) {
  if (!round_down || sum != (T)0 || residual != (T)0) return sum;
  return a_negative || b_negative ? (T)-0.0 : (T)0.0;
}

#define __SUPA_DIRECTED__(direction, round, round_down)                                         \
  __SUPA_DEVICE_FN__ float __fadd_##direction(float x, float y) {                               \
    float nearest = __fadd_rn(x, y);                                                            \
    float residual = __supa_float_residual(x, y, nearest);                                      \
    nearest = __supa_exact_zero<round_down>(nearest, residual, __builtin_signbit(x),            \
                                            __builtin_signbit(y));                              \
    return round(nearest, residual);                                                            \
  }                                                                                             \
  __SUPA_DEVICE_FN__ float __fsub_##direction(float x, float y) {                               \
    return __fadd_##direction(x, -y);                                                           \
  }                                                                                             \
  __SUPA_DEVICE_FN__ float __fmul_##direction(float x, float y) {                               \
    return __double2float_##direction((double)x * (double)y);                                   \
  }                                                                                             \
  __SUPA_DEVICE_FN__ float __fmaf_##direction(float x, float y, float z) {                      \
    double product = __dmul_rn(x, y);                                                           \
    float nearest = __supa_sum_to_float(product, z);                                            \
    float residual = __supa_float_residual(product, z, nearest);                                \
    nearest = __supa_exact_zero<round_down>(nearest, residual, __builtin_signbit(product),      \
                                            __builtin_signbit(z));                              \
    return round(nearest, residual);                                                            \
  }                                                                                             \
  __SUPA_DEVICE_FN__ float __fmaf_ieee_##direction(float x, float y, float z) {                 \
    return __fmaf_##direction(x, y, z);                                                         \
  }                                                                                             \
  __SUPA_DEVICE_FN__ float __fdiv_##direction(float x, float y) {                               \
    float nearest = x / y;                                                                      \
    double rest = fma(-(double)nearest, (double)y, (double)x);                                  \
    return round(nearest, (float)__supa_sign(rest) * copysignf(1.0f, y));                       \
  }                                                                                             \
  __SUPA_DEVICE_FN__ float __frcp_##direction(float x) { return __fdiv_##direction(1.0f, x); }  \
  __SUPA_DEVICE_FN__ float __fsqrt_##direction(float x) {                                       \
    float nearest = sqrtf(x);                                                                   \
    double rest = fma(-(double)nearest, (double)nearest, (double)x);                            \
    return round(nearest, (float)__supa_sign(rest));                                            \
  }                                                                                             \
  __SUPA_DEVICE_FN__ double __dadd_##direction(double x, double y) {                            \
    double nearest = __dadd_rn(x, y);                                                           \
    double residual = __supa_dadd_residual(x, y, nearest);                                      \
    nearest = __supa_exact_zero<round_down>(nearest, residual, __builtin_signbit(x),            \
                                            __builtin_signbit(y));                              \
    return round(nearest, residual);                                                            \
  }                                                                                             \
  __SUPA_DEVICE_FN__ double __dsub_##direction(double x, double y) {                            \
    return __dadd_##direction(x, -y);                                                           \
  }                                                                                             \
  __SUPA_DEVICE_FN__ double __dmul_##direction(double x, double y) {                            \
    double nearest = __dmul_rn(x, y);                                                           \
    return round(nearest, __supa_dmul_residual(x, y, nearest));                                 \
  }                                                                                             \
  __SUPA_DEVICE_FN__ double __fma_##direction(double x, double y, double z) {                   \
    double nearest = fma(x, y, z);                                                              \
    double residual = __supa_dfma_residual(x, y, z, nearest);                                   \
    nearest = __supa_exact_zero<round_down>(                                                    \
        nearest, residual, (bool)__builtin_signbit(x) != (bool)__builtin_signbit(y),            \
        __builtin_signbit(z));                                                                  \
    return round(nearest, residual);                                                            \
  }                                                                                             \
  __SUPA_DEVICE_FN__ double __ddiv_##direction(double x, double y) {                            \
    double nearest = x / y;                                                                     \
    return round(nearest, __supa_ddiv_residual(x, y, nearest));                                 \
  }                                                                                             \
  __SUPA_DEVICE_FN__ double __drcp_##direction(double x) { return __ddiv_##direction(1.0, x); } \
  __SUPA_DEVICE_FN__ double __dsqrt_##direction(double x) {                                     \
    double nearest = sqrt(x);                                                                   \
    return round(nearest, __supa_dsqrt_residual(x, nearest));                                   \
  }
__SUPA_DIRECTED__(rz, __supa_round_zero, false)
__SUPA_DIRECTED__(ru, __supa_round_up, false)
__SUPA_DIRECTED__(rd, __supa_round_down, true)
#undef __SUPA_DIRECTED__
__SUPA_DEVICE_FN__ float __fmaf_ieee_rn(float x, float y, float z) { return fmaf(x, y, z); }

// min and max, for host code too.
#define __SUPA_MIN_MAX__(R, A, B)                                                  \
  __SUPA_BOTH_FN__ constexpr R min(A a, B b) { return (R)a < (R)b ? (R)a : (R)b; } \
  __SUPA_BOTH_FN__ constexpr R max(A a, B b) { return (R)a < (R)b ? (R)b : (R)a; }
#define __SUPA_MIN_MAX_INTEGER__(S, U) \
  __SUPA_MIN_MAX__(S, S, S)            \
  __SUPA_MIN_MAX__(U, U, U)            \
  __SUPA_MIN_MAX__(U, S, U)            \
  __SUPA_MIN_MAX__(U, U, S)
__SUPA_MIN_MAX_INTEGER__(int, unsigned int)
__SUPA_MIN_MAX_INTEGER__(long, unsigned long)
__SUPA_MIN_MAX_INTEGER__(long long, unsigned long long)
#undef __SUPA_MIN_MAX_INTEGER__
#undef __SUPA_MIN_MAX__
#define __SUPA_MIN_MAX_FLOAT__(R, A, B, f)                                   \
  __SUPA_BOTH_FN__ R min(A a, B b) { return __builtin_fmin##f((R)a, (R)b); } \
  __SUPA_BOTH_FN__ R max(A a, B b) { return __builtin_fmax##f((R)a, (R)b); }
__SUPA_MIN_MAX_FLOAT__(float, float, float, f)
__SUPA_MIN_MAX_FLOAT__(double, double, double, )
__SUPA_MIN_MAX_FLOAT__(double, float, double, )
__SUPA_MIN_MAX_FLOAT__(double, double, float, )
#undef __SUPA_MIN_MAX_FLOAT__

__SUPA_DEVICE_FN__ unsigned int umin(unsigned int a, unsigned int b) { return a < b ? a : b; }
__SUPA_DEVICE_FN__ unsigned int umax(unsigned int a, unsigned int b) { return a < b ? b : a; }
__SUPA_DEVICE_FN__ long long llmin(long long a, long long b) { return a < b ? a : b; }
__SUPA_DEVICE_FN__ long long llmax(long long a, long long b) { return a < b ? b : a; }
__SUPA_DEVICE_FN__ unsigned long long ullmin(unsigned long long a, unsigned long long b) {
  return a < b ? a : b;
}
__SUPA_DEVICE_FN__ unsigned long long ullmax(unsigned long long a, unsigned long long b) {
  return a < b ? b : a;
}

#endif  // OPENSUPA_DEVICE_MATH_INTRINSICS_H_
