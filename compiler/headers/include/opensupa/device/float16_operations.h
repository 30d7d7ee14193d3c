/// What the two 16-bit float types share: arithmetic, comparison, pairs, and in device code
/// mathematics, shuffles and atomics. Results are those of the exact operation rounded once.
#ifndef OPENSUPA_DEVICE_FLOAT16_OPERATIONS_H_
#define OPENSUPA_DEVICE_FLOAT16_OPERATIONS_H_
#if defined(__clang__)
#pragma clang system_header
#elif defined(__GNUC__)
#pragma GCC system_header
#endif

#include "opensupa/device/float16_bits.h"

/// Members of the scalar type: `name` is BITS for the storage, converted by the two functions.
#define __SUPA_FLOAT16_TYPE__(T, T2, to_bits, to_value)                                          \
  struct alignas(2) T {                                                                          \
    unsigned short __x;                                                                          \
    T() = default;                                                                               \
    __SUPA_HD_MEMBER__ T(float value) : __x(to_bits(value, __supa_rn)) {}                        \
    __SUPA_HD_MEMBER__ T(double value) : __x(to_bits(__supa_odd_float(value), __supa_rn)) {}     \
    __SUPA_HD_MEMBER__ T(int value) : T((double)value) {}                                        \
    __SUPA_HD_MEMBER__ T(unsigned int value) : T((double)value) {}                               \
    __SUPA_HD_MEMBER__ T(short value) : T((float)value) {}                                       \
    __SUPA_HD_MEMBER__ T(unsigned short value) : T((float)value) {}                              \
    __SUPA_HD_MEMBER__ T(long value) : T((double)value) {}                                       \
    __SUPA_HD_MEMBER__ T(unsigned long value) : T((double)value) {}                              \
    __SUPA_HD_MEMBER__ T(long long value) : T((double)value) {}                                  \
    __SUPA_HD_MEMBER__ T(unsigned long long value) : T((double)value) {}                         \
    __SUPA_HD_MEMBER__ operator float() const { return to_value(__x); }                          \
    __SUPA_HD_MEMBER__ T& operator+=(T other) { return *this = T((float)*this + (float)other); } \
    __SUPA_HD_MEMBER__ T& operator-=(T other) { return *this = T((float)*this - (float)other); } \
    __SUPA_HD_MEMBER__ T& operator*=(T other) { return *this = T((float)*this * (float)other); } \
    __SUPA_HD_MEMBER__ T& operator/=(T other) { return *this = T((float)*this / (float)other); } \
  };                                                                                             \
  struct alignas(4) T2 {                                                                         \
    T x, y;                                                                                      \
    T2() = default;                                                                              \
    __SUPA_HD_MEMBER__ T2(T low, T high) : x(low), y(high) {}                                    \
  };                                                                                             \
  __SUPA_HD__ T __supa_from_bits(unsigned short bits, T*) {                                      \
    T result;                                                                                    \
    result.__x = bits;                                                                           \
    return result;                                                                               \
  }

/// A function of two scalars, its form for pairs, and an operator for both.
#define __SUPA_FLOAT16_BINARY__(T, T2, name, op, expression)                        \
  __SUPA_HD__ T name(T a, T b) {                                                    \
    float x = (float)a, y = (float)b;                                               \
    return T(expression);                                                           \
  }                                                                                 \
  __SUPA_HD__ T2 name##2(T2 a, T2 b) { return T2(name(a.x, b.x), name(a.y, b.y)); } \
  __SUPA_HD__ T name##_sat(T a, T b) {                                              \
    float x = (float)a, y = (float)b, r = (expression);                             \
    return T(r > 1.0f ? 1.0f : r > 0.0f ? r : 0.0f);                                \
  }                                                                                 \
  __SUPA_HD__ T2 name##2_sat(T2 a, T2 b) {                                          \
    return T2(name##_sat(a.x, b.x), name##_sat(a.y, b.y));                          \
  }                                                                                 \
  __SUPA_HD__ T operator op(T a, T b) { return name(a, b); }                        \
  __SUPA_HD__ T2 operator op(T2 a, T2 b) { return name##2(a, b); }

/// A comparison: scalar, operator, pair with 1.0 or 0.0 in each part, and both parts at once.
#define __SUPA_FLOAT16_COMPARE__(T, T2, name, op)                            \
  __SUPA_HD__ bool __h##name(T a, T b) { return (float)a op(float) b; }      \
  __SUPA_HD__ bool operator op(T a, T b) { return (float)a op(float) b; }    \
  __SUPA_HD__ T2 __h##name##2(T2 a, T2 b) {                                  \
    return T2(T((float)__h##name(a.x, b.x)), T((float)__h##name(a.y, b.y))); \
  }                                                                          \
  __SUPA_HD__ bool __hb##name##2(T2 a, T2 b) { return __h##name(a.x, b.x) && __h##name(a.y, b.y); }

#define __SUPA_FLOAT16_ARITHMETIC__(T, T2)                                                        \
  __SUPA_FLOAT16_BINARY__(T, T2, __hadd, +, x + y)                                                \
  __SUPA_FLOAT16_BINARY__(T, T2, __hsub, -, x - y)                                                \
  __SUPA_FLOAT16_BINARY__(T, T2, __hmul, *, x* y)                                                 \
  __SUPA_FLOAT16_BINARY__(T, T2, __hdiv, /, x / y)                                                \
  __SUPA_HD__ T2 __h2div(T2 a, T2 b) { return __hdiv2(a, b); }                                    \
  __SUPA_FLOAT16_COMPARE__(T, T2, eq, ==)                                                         \
  __SUPA_FLOAT16_COMPARE__(T, T2, ne, !=)                                                         \
  __SUPA_FLOAT16_COMPARE__(T, T2, lt, <)                                                          \
  __SUPA_FLOAT16_COMPARE__(T, T2, le, <=)                                                         \
  __SUPA_FLOAT16_COMPARE__(T, T2, gt, >)                                                          \
  __SUPA_FLOAT16_COMPARE__(T, T2, ge, >=)                                                         \
  __SUPA_HD__ T __hneg(T a) { return __supa_from_bits(a.__x ^ 0x8000u, (T*)0); }                  \
  __SUPA_HD__ T __habs(T a) { return __supa_from_bits(a.__x & 0x7fffu, (T*)0); }                  \
  __SUPA_HD__ T2 __hneg2(T2 a) { return T2(__hneg(a.x), __hneg(a.y)); }                           \
  __SUPA_HD__ T2 __habs2(T2 a) { return T2(__habs(a.x), __habs(a.y)); }                           \
  __SUPA_HD__ T operator-(T a) { return __hneg(a); }                                              \
  __SUPA_HD__ T operator+(T a) { return a; }                                                      \
  __SUPA_HD__ T2 operator-(T2 a) { return __hneg2(a); }                                           \
  __SUPA_HD__ T __hfma(T a, T b, T c) { return T(__supa_odd_fma((float)a, (float)b, (float)c)); } \
  __SUPA_HD__ T2 __hfma2(T2 a, T2 b, T2 c) {                                                      \
    return T2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y));                                      \
  }                                                                                               \
  __SUPA_HD__ bool __hisnan(T a) { return (float)a != (float)a; }                                 \
  __SUPA_HD__ int __hisinf(T a) {                                                                 \
    return __builtin_isinf((float)a) ? ((float)a > 0.0f ? 1 : -1) : 0;                            \
  }                                                                                               \
  __SUPA_HD__ T __hmax(T a, T b) { return __hisnan(a) || (float)a < (float)b ? b : a; }           \
  __SUPA_HD__ T __hmin(T a, T b) { return __hisnan(a) || (float)b < (float)a ? b : a; }           \
  __SUPA_HD__ T2 __hmax2(T2 a, T2 b) { return T2(__hmax(a.x, b.x), __hmax(a.y, b.y)); }           \
  __SUPA_HD__ T2 __hmin2(T2 a, T2 b) { return T2(__hmin(a.x, b.x), __hmin(a.y, b.y)); }           \
  __SUPA_HD__ float __low2float(T2 a) { return (float)a.x; }                                      \
  __SUPA_HD__ float __high2float(T2 a) { return (float)a.y; }

#if defined(__clang__) && defined(__CUDA__)
#define __SUPA_FLOAT16_FUNCTION__(T, T2, name, function)              \
  __SUPA_DEVICE_FN__ T h##name(T a) { return T(function((float)a)); } \
  __SUPA_DEVICE_FN__ T2 h2##name(T2 a) { return T2(h##name(a.x), h##name(a.y)); }

/// Adds in a loop of compare-and-exchange on the bits.
#define __SUPA_FLOAT16_ATOMIC_ADD__(T, Bits, add)                                               \
  __SUPA_DEVICE_FN__ T atomicAdd(T* address, T value) {                                         \
    Bits old = __atomic_load_n((Bits*)address, __ATOMIC_RELAXED);                               \
    while (!__atomic_compare_exchange_n(                                                        \
        (Bits*)address, &old, __builtin_bit_cast(Bits, add(__builtin_bit_cast(T, old), value)), \
        false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {                                           \
    }                                                                                           \
    return __builtin_bit_cast(T, old);                                                          \
  }

#define __SUPA_FLOAT16_DEVICE__(T, T2)                   \
  __SUPA_FLOAT16_FUNCTION__(T, T2, sqrt, sqrtf)          \
  __SUPA_FLOAT16_FUNCTION__(T, T2, rsqrt, rsqrtf)        \
  __SUPA_FLOAT16_FUNCTION__(T, T2, rcp, 1.0f /)          \
  __SUPA_FLOAT16_FUNCTION__(T, T2, exp, expf)            \
  __SUPA_FLOAT16_FUNCTION__(T, T2, exp2, exp2f)          \
  __SUPA_FLOAT16_FUNCTION__(T, T2, exp10, exp10f)        \
  __SUPA_FLOAT16_FUNCTION__(T, T2, log, logf)            \
  __SUPA_FLOAT16_FUNCTION__(T, T2, log2, log2f)          \
  __SUPA_FLOAT16_FUNCTION__(T, T2, log10, log10f)        \
  __SUPA_FLOAT16_FUNCTION__(T, T2, sin, sinf)            \
  __SUPA_FLOAT16_FUNCTION__(T, T2, cos, cosf)            \
  __SUPA_FLOAT16_FUNCTION__(T, T2, tanh, tanhf)          \
  __SUPA_FLOAT16_FUNCTION__(T, T2, floor, floorf)        \
  __SUPA_FLOAT16_FUNCTION__(T, T2, ceil, ceilf)          \
  __SUPA_FLOAT16_FUNCTION__(T, T2, trunc, truncf)        \
  __SUPA_FLOAT16_FUNCTION__(T, T2, rint, rintf)          \
  __SUPA_FLOAT16_ATOMIC_ADD__(T, unsigned short, __hadd) \
  __SUPA_FLOAT16_ATOMIC_ADD__(T2, unsigned int, __hadd2) \
  __SUPA_SHUFFLES__(T)                                   \
  __SUPA_SHUFFLES__(T2)
#else
#define __SUPA_FLOAT16_DEVICE__(T, T2)
#endif

#endif  // OPENSUPA_DEVICE_FLOAT16_OPERATIONS_H_
