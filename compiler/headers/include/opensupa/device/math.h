/// Single and double precision mathematical functions in device code.
///
/// What the language or the IR expresses exactly is expressed so; the rest goes to the device math
/// library through the externs of math_functions.def. Included after <cmath>.
#ifndef OPENSUPA_DEVICE_MATH_H_
#define OPENSUPA_DEVICE_MATH_H_
#pragma clang system_header

#include "opensupa/device/cast.h"
#include "opensupa/device/qualifiers.h"

#define SUPA_MATH_UNARY(name)                                   \
  __SUPA_EXTERN__ float __su_##name##_f32(float) __SUPA_PURE__; \
  __SUPA_EXTERN__ double __su_##name##_f64(double) __SUPA_PURE__;
#define SUPA_MATH_BINARY(name)                                         \
  __SUPA_EXTERN__ float __su_##name##_f32(float, float) __SUPA_PURE__; \
  __SUPA_EXTERN__ double __su_##name##_f64(double, double) __SUPA_PURE__;
#define SUPA_MATH_TERNARY(name)                                               \
  __SUPA_EXTERN__ float __su_##name##_f32(float, float, float) __SUPA_PURE__; \
  __SUPA_EXTERN__ double __su_##name##_f64(double, double, double) __SUPA_PURE__;
#define SUPA_MATH_QUATERNARY(name)                                                   \
  __SUPA_EXTERN__ float __su_##name##_f32(float, float, float, float) __SUPA_PURE__; \
  __SUPA_EXTERN__ double __su_##name##_f64(double, double, double, double) __SUPA_PURE__;
#define SUPA_MATH_SCALE(name)                                        \
  __SUPA_EXTERN__ float __su_##name##_f32(float, int) __SUPA_PURE__; \
  __SUPA_EXTERN__ double __su_##name##_f64(double, int) __SUPA_PURE__;
#define SUPA_MATH_ORDER(name)                                        \
  __SUPA_EXTERN__ float __su_##name##_f32(int, float) __SUPA_PURE__; \
  __SUPA_EXTERN__ double __su_##name##_f64(int, double) __SUPA_PURE__;
#define SUPA_MATH_EXPONENT(name)                              \
  __SUPA_EXTERN__ int __su_##name##_f32(float) __SUPA_PURE__; \
  __SUPA_EXTERN__ int __su_##name##_f64(double) __SUPA_PURE__;
#define SUPA_MATH_QUOTIENT(name)                               \
  __SUPA_EXTERN__ float __su_##name##_f32(float, float, int*); \
  __SUPA_EXTERN__ double __su_##name##_f64(double, double, int*);
#define SUPA_MATH_PAIR(name)                                     \
  __SUPA_EXTERN__ void __su_##name##_f32(float, float*, float*); \
  __SUPA_EXTERN__ void __su_##name##_f64(double, double*, double*);
#define SUPA_MATH_ARRAY(name)                                 \
  __SUPA_EXTERN__ float __su_##name##_f32(int, const float*); \
  __SUPA_EXTERN__ double __su_##name##_f64(int, const double*);
#include "opensupa/device/math_functions.def"

// The three names of each function: sinf(float), sin(double) and, where <cmath>'s device overloads
// (clang's __clang_cuda_cmath.h) do not define it, sin(float).
#define SUPA_MATH_UNARY(name)                                                \
  __SUPA_DEVICE_FN__ float name##f(float x) { return __su_##name##_f32(x); } \
  __SUPA_DEVICE_FN__ double name(double x) { return __su_##name##_f64(x); }
#define SUPA_MATH_BINARY(name)                                                           \
  __SUPA_DEVICE_FN__ float name##f(float x, float y) { return __su_##name##_f32(x, y); } \
  __SUPA_DEVICE_FN__ double name(double x, double y) { return __su_##name##_f64(x, y); }
#define SUPA_MATH_TERNARY(name)                                  \
  __SUPA_DEVICE_FN__ float name##f(float x, float y, float z) {  \
    return __su_##name##_f32(x, y, z);                           \
  }                                                              \
  __SUPA_DEVICE_FN__ double name(double x, double y, double z) { \
    return __su_##name##_f64(x, y, z);                           \
  }
#define SUPA_MATH_QUATERNARY(name)                                         \
  __SUPA_DEVICE_FN__ float name##f(float x, float y, float z, float w) {   \
    return __su_##name##_f32(x, y, z, w);                                  \
  }                                                                        \
  __SUPA_DEVICE_FN__ double name(double x, double y, double z, double w) { \
    return __su_##name##_f64(x, y, z, w);                                  \
  }
#define SUPA_MATH_SCALE(name)                                                          \
  __SUPA_DEVICE_FN__ float name##f(float x, int n) { return __su_##name##_f32(x, n); } \
  __SUPA_DEVICE_FN__ double name(double x, int n) { return __su_##name##_f64(x, n); }
#define SUPA_MATH_ORDER(name)                                                          \
  __SUPA_DEVICE_FN__ float name##f(int n, float x) { return __su_##name##_f32(n, x); } \
  __SUPA_DEVICE_FN__ double name(int n, double x) { return __su_##name##_f64(n, x); }
#define SUPA_MATH_EXPONENT(name)                                           \
  __SUPA_DEVICE_FN__ int name##f(float x) { return __su_##name##_f32(x); } \
  __SUPA_DEVICE_FN__ int name(double x) { return __su_##name##_f64(x); }
#define SUPA_MATH_QUOTIENT(name)                                      \
  __SUPA_DEVICE_FN__ float name##f(float x, float y, int* quotient) { \
    return __su_##name##_f32(x, y, quotient);                         \
  }                                                                   \
  __SUPA_DEVICE_FN__ double name(double x, double y, int* quotient) { \
    return __su_##name##_f64(x, y, quotient);                         \
  }
#define SUPA_MATH_PAIR(name)                                              \
  __SUPA_DEVICE_FN__ void name##f(float x, float* first, float* second) { \
    __su_##name##_f32(x, first, second);                                  \
  }                                                                       \
  __SUPA_DEVICE_FN__ void name(double x, double* first, double* second) { \
    __su_##name##_f64(x, first, second);                                  \
  }
#define SUPA_MATH_ARRAY(name)                                        \
  __SUPA_DEVICE_FN__ float name##f(int count, const float* values) { \
    return __su_##name##_f32(count, values);                         \
  }                                                                  \
  __SUPA_DEVICE_FN__ double name(int count, const double* values) {  \
    return __su_##name##_f64(count, values);                         \
  }
#include "opensupa/device/math_functions.def"

// Functions with an exact form in the IR.
#define __SUPA_EXACT_1__(name, builtin)                            \
  __SUPA_DEVICE_FN__ float name##f(float x) { return builtin(x); } \
  __SUPA_DEVICE_FN__ double name(double x) { return builtin(x); }
#define __SUPA_EXACT_2__(name, builtin_f32, builtin_f64)                           \
  __SUPA_DEVICE_FN__ float name##f(float x, float y) { return builtin_f32(x, y); } \
  __SUPA_DEVICE_FN__ double name(double x, double y) { return builtin_f64(x, y); }
__SUPA_EXACT_1__(ceil, __builtin_elementwise_ceil)
__SUPA_EXACT_1__(fabs, __builtin_elementwise_abs)
__SUPA_EXACT_1__(floor, __builtin_elementwise_floor)
__SUPA_EXACT_1__(nearbyint, __builtin_elementwise_nearbyint)
__SUPA_EXACT_1__(rint, __builtin_elementwise_rint)
__SUPA_EXACT_1__(sqrt, __builtin_elementwise_sqrt)
__SUPA_EXACT_1__(trunc, __builtin_elementwise_trunc)
__SUPA_EXACT_2__(copysign, __builtin_copysignf, __builtin_copysign)
__SUPA_EXACT_2__(fmax, __builtin_fmaxf, __builtin_fmax)
__SUPA_EXACT_2__(fmin, __builtin_fminf, __builtin_fmin)
#undef __SUPA_EXACT_1__
#undef __SUPA_EXACT_2__

/// Functions of both types that need no library: `f` is the suffix of the float form.
#define __SUPA_DERIVED__(T, f, Bits, mantissa_bits, exponent_mask, bias)                    \
  __SUPA_DEVICE_FN__ T fma##f(T x, T y, T z) { return __builtin_elementwise_fma(x, y, z); } \
  __SUPA_DEVICE_FN__ T round##f(T x) {                                                      \
    T whole = trunc##f(x);                                                                  \
    return fabs##f(x - whole) >= (T)0.5 ? whole + copysign##f((T)1, x) : whole;             \
  }                                                                                         \
  __SUPA_DEVICE_FN__ T fdim##f(T x, T y) {                                                  \
    return x != x || y != y ? x + y : x > y ? x - y : (T)0;                                 \
  }                                                                                         \
  __SUPA_DEVICE_FN__ T fdivide##f(T x, T y) { return x / y; }                               \
  __SUPA_DEVICE_FN__ long lrint##f(T x) { return (long)rint##f(x); }                        \
  __SUPA_DEVICE_FN__ long long llrint##f(T x) { return (long long)rint##f(x); }             \
  __SUPA_DEVICE_FN__ long lround##f(T x) { return (long)round##f(x); }                      \
  __SUPA_DEVICE_FN__ long long llround##f(T x) { return (long long)round##f(x); }           \
  __SUPA_DEVICE_FN__ T scalbn##f(T x, int n) { return ldexp##f(x, n); }                     \
  __SUPA_DEVICE_FN__ T scalbln##f(T x, long n) {                                            \
    return ldexp##f(x, n > 100000 ? 100000 : n < -100000 ? -100000 : (int)n);               \
  }                                                                                         \
  __SUPA_DEVICE_FN__ T modf##f(T x, T* whole) {                                             \
    *whole = trunc##f(x);                                                                   \
    return copysign##f(__builtin_isinf(x) ? (T)0 : x - *whole, x);                          \
  }                                                                                         \
  /* x = result * 2^exponent with 0.5 <= |result| < 1. */                                   \
  __SUPA_DEVICE_FN__ T frexp##f(T x, int* exponent) {                                       \
    *exponent = 0;                                                                          \
    if (x == (T)0 || !__builtin_isfinite(x)) return x;                                      \
    int shift = 0;                                                                          \
    Bits bits = __builtin_bit_cast(Bits, x);                                                \
    if (((bits >> mantissa_bits) & exponent_mask) == 0) { /* subnormal */                   \
      shift = mantissa_bits + 1;                                                            \
      bits = __builtin_bit_cast(Bits, x * (T)((Bits)1 << shift));                           \
    }                                                                                       \
    *exponent = (int)((bits >> mantissa_bits) & exponent_mask) - (bias - 1) - shift;        \
    bits &= ~((Bits)exponent_mask << mantissa_bits);                                        \
    return __builtin_bit_cast(T, bits | ((Bits)(bias - 1) << mantissa_bits));               \
  }
__SUPA_DERIVED__(float, f, unsigned int, 23, 0xffu, 127)
__SUPA_DERIVED__(double, , unsigned long long, 52, 0x7ffull, 1023)
#undef __SUPA_DERIVED__

__SUPA_DEVICE_FN__ int abs(int x) { return x < 0 ? (int)(0u - (unsigned int)x) : x; }
__SUPA_DEVICE_FN__ long labs(long x) { return x < 0 ? (long)(0ul - (unsigned long)x) : x; }
__SUPA_DEVICE_FN__ long long llabs(long long x) {
  return x < 0 ? (long long)(0ull - (unsigned long long)x) : x;
}
__SUPA_DEVICE_FN__ float nanf(const char*) { return __builtin_nanf(""); }
__SUPA_DEVICE_FN__ double nan(const char*) { return __builtin_nan(""); }

/// Names that <cmath>'s macros and clang's overloads expect.
__SUPA_DEVICE_FN__ int __isinff(float x) { return __builtin_isinf(x); }
__SUPA_DEVICE_FN__ int __isinf(double x) { return __builtin_isinf(x); }
__SUPA_DEVICE_FN__ int __isnanf(float x) { return __builtin_isnan(x); }
__SUPA_DEVICE_FN__ int __isnan(double x) { return __builtin_isnan(x); }
__SUPA_DEVICE_FN__ int __finitef(float x) { return __builtin_isfinite(x); }
__SUPA_DEVICE_FN__ int __finite(double x) { return __builtin_isfinite(x); }
__SUPA_DEVICE_FN__ int __isfinited(double x) { return __builtin_isfinite(x); }
__SUPA_DEVICE_FN__ int __signbitf(float x) { return __builtin_signbit(x); }
__SUPA_DEVICE_FN__ int __signbitd(double x) { return __builtin_signbit(x); }

// Overloads for float of what clang's header leaves to the language's own headers.
#define __SUPA_OVERLOAD_1__(R, name) \
  __SUPA_DEVICE_FN__ R name(float x) { return name##f(x); }
#define __SUPA_OVERLOAD_2__(name) \
  __SUPA_DEVICE_FN__ float name(float x, float y) { return name##f(x, y); }
__SUPA_OVERLOAD_1__(float, acosh)
__SUPA_OVERLOAD_1__(float, asinh)
__SUPA_OVERLOAD_1__(float, atanh)
__SUPA_OVERLOAD_1__(float, cbrt)
__SUPA_OVERLOAD_1__(float, cospi)
__SUPA_OVERLOAD_1__(float, cyl_bessel_i0)
__SUPA_OVERLOAD_1__(float, cyl_bessel_i1)
__SUPA_OVERLOAD_1__(float, erf)
__SUPA_OVERLOAD_1__(float, erfc)
__SUPA_OVERLOAD_1__(float, erfcinv)
__SUPA_OVERLOAD_1__(float, erfcx)
__SUPA_OVERLOAD_1__(float, erfinv)
__SUPA_OVERLOAD_1__(float, exp10)
__SUPA_OVERLOAD_1__(float, exp2)
__SUPA_OVERLOAD_1__(float, expm1)
__SUPA_OVERLOAD_1__(float, j0)
__SUPA_OVERLOAD_1__(float, j1)
__SUPA_OVERLOAD_1__(float, lgamma)
__SUPA_OVERLOAD_1__(float, log1p)
__SUPA_OVERLOAD_1__(float, log2)
__SUPA_OVERLOAD_1__(float, logb)
__SUPA_OVERLOAD_1__(float, nearbyint)
__SUPA_OVERLOAD_1__(float, normcdf)
__SUPA_OVERLOAD_1__(float, normcdfinv)
__SUPA_OVERLOAD_1__(float, rcbrt)
__SUPA_OVERLOAD_1__(float, rint)
__SUPA_OVERLOAD_1__(float, round)
__SUPA_OVERLOAD_1__(float, rsqrt)
__SUPA_OVERLOAD_1__(float, sinpi)
__SUPA_OVERLOAD_1__(float, tgamma)
__SUPA_OVERLOAD_1__(float, trunc)
__SUPA_OVERLOAD_1__(float, y0)
__SUPA_OVERLOAD_1__(float, y1)
__SUPA_OVERLOAD_1__(int, ilogb)
__SUPA_OVERLOAD_1__(long, lrint)
__SUPA_OVERLOAD_1__(long, lround)
__SUPA_OVERLOAD_1__(long long, llrint)
__SUPA_OVERLOAD_1__(long long, llround)
__SUPA_OVERLOAD_2__(copysign)
__SUPA_OVERLOAD_2__(fdim)
__SUPA_OVERLOAD_2__(fmax)
__SUPA_OVERLOAD_2__(fmin)
__SUPA_OVERLOAD_2__(hypot)
__SUPA_OVERLOAD_2__(nextafter)
__SUPA_OVERLOAD_2__(remainder)
#undef __SUPA_OVERLOAD_1__
#undef __SUPA_OVERLOAD_2__
__SUPA_DEVICE_FN__ float fma(float x, float y, float z) { return fmaf(x, y, z); }
__SUPA_DEVICE_FN__ float scalbn(float x, int n) { return scalbnf(x, n); }
__SUPA_DEVICE_FN__ float scalbln(float x, long n) { return scalblnf(x, n); }
__SUPA_DEVICE_FN__ float remquo(float x, float y, int* q) { return remquof(x, y, q); }
__SUPA_DEVICE_FN__ void sincos(float x, float* sine, float* cosine) { sincosf(x, sine, cosine); }
__SUPA_DEVICE_FN__ void sincospi(float x, float* sine, float* cosine) {
  sincospif(x, sine, cosine);
}

#endif  // OPENSUPA_DEVICE_MATH_H_
