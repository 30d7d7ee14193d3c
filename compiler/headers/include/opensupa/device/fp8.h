/// 8-bit floating point, e4m3 and e5m2, with vectors of two and four, under CUDA's and SUPA's
/// names, for host and device code.
///
/// Numbers are rounded to nearest even. What is too large becomes the largest number (448 or 57344)
/// with __NV_SATFINITE, which the classes use, and with __NV_NOSAT infinity, or NaN in e4m3. NaN
/// becomes 0x7f.
#ifndef OPENSUPA_DEVICE_FP8_H_
#define OPENSUPA_DEVICE_FP8_H_

#include "opensupa/device/bf16.h"
#include "opensupa/device/fp16.h"

typedef unsigned char __nv_fp8_storage_t;
typedef unsigned short int __nv_fp8x2_storage_t;
typedef unsigned int __nv_fp8x4_storage_t;

typedef enum __nv_saturation_t {
  __NV_NOSAT,
  __NV_SATFINITE,
} __nv_saturation_t;

typedef enum __nv_fp8_interpretation_t {
  __NV_E4M3,
  __NV_E5M2,
} __nv_fp8_interpretation_t;

#if defined(__cplusplus)
#pragma GCC system_header

#include "opensupa/device/small_float.h"

template <class Format>
__SUPA_SMALL_FN__ __nv_fp8_storage_t __supa_float_to_fp8(float value, bool saturate) {
  const unsigned sign = (__supa_bits_as<unsigned>(value) >> 24) & 0x80u;
  const unsigned magnitude = __supa_float_magnitude_nearest<Format>(value);
  const unsigned limited =
      saturate && magnitude >= Format::overflow ? Format::overflow - 1 : magnitude;
  return (__nv_fp8_storage_t)(value != value ? Format::nan : sign | limited);
}

__SUPA_SMALL_FN__ __nv_fp8_storage_t
__nv_cvt_float_to_fp8(const float value, const __nv_saturation_t saturate,
                      const __nv_fp8_interpretation_t interpretation) {
  return interpretation == __NV_E4M3
             ? __supa_float_to_fp8<__supa_format_e4m3>(value, saturate == __NV_SATFINITE)
             : __supa_float_to_fp8<__supa_format_e5m2>(value, saturate == __NV_SATFINITE);
}
__SUPA_SMALL_FN__ __nv_fp8_storage_t
__nv_cvt_double_to_fp8(const double value, const __nv_saturation_t saturate,
                       const __nv_fp8_interpretation_t interpretation) {
  return __nv_cvt_float_to_fp8(__supa_double_to_odd_float(value), saturate, interpretation);
}
__SUPA_SMALL_FN__ __nv_fp8_storage_t
__nv_cvt_halfraw_to_fp8(const __half_raw value, const __nv_saturation_t saturate,
                        const __nv_fp8_interpretation_t interpretation) {
  return __nv_cvt_float_to_fp8(__supa_half_to_float(value.x), saturate, interpretation);
}
__SUPA_SMALL_FN__ __nv_fp8_storage_t
__nv_cvt_bfloat16raw_to_fp8(const __nv_bfloat16_raw value, const __nv_saturation_t saturate,
                            const __nv_fp8_interpretation_t interpretation) {
  return __nv_cvt_float_to_fp8(__supa_bfloat16_to_float(value.x), saturate, interpretation);
}

/// Two numbers, the first in the low byte.
#define __SUPA_FP8_PAIR__(name, Pair, scalar, first, second)                                      \
  __SUPA_SMALL_FN__ __nv_fp8x2_storage_t name(const Pair value, const __nv_saturation_t saturate, \
                                              const __nv_fp8_interpretation_t interpretation) {   \
    return (__nv_fp8x2_storage_t)(scalar(first, saturate, interpretation) |                       \
                                  (unsigned)scalar(second, saturate, interpretation) << 8);       \
  }
__SUPA_FP8_PAIR__(__nv_cvt_float2_to_fp8x2, float2, __nv_cvt_float_to_fp8, value.x, value.y)
__SUPA_FP8_PAIR__(__nv_cvt_double2_to_fp8x2, double2, __nv_cvt_double_to_fp8, value.x, value.y)
__SUPA_FP8_PAIR__(__nv_cvt_halfraw2_to_fp8x2, __half2_raw, __nv_cvt_halfraw_to_fp8,
                  __half_raw{value.x}, __half_raw{value.y})
__SUPA_FP8_PAIR__(__nv_cvt_bfloat16raw2_to_fp8x2, __nv_bfloat162_raw, __nv_cvt_bfloat16raw_to_fp8,
                  __nv_bfloat16_raw{value.x}, __nv_bfloat16_raw{value.y})
#undef __SUPA_FP8_PAIR__

/// Exact. An infinity of e5m2 stays one.
__SUPA_SMALL_FN__ float __supa_fp8_to_float(__nv_fp8_storage_t bits,
                                            __nv_fp8_interpretation_t interpretation) {
  if (interpretation == __NV_E5M2) return __supa_half_to_float((unsigned short)(bits << 8));
  const unsigned magnitude = bits & 0x7fu;
  const unsigned sign = (unsigned)(bits & 0x80u) << 24;
  const unsigned normal = magnitude == 0x7fu ? 0x7fc00000u : (magnitude << 20) + (120u << 23);
  const unsigned subnormal = __supa_bits_as<unsigned>((float)magnitude * 0.001953125f);  // 2^-9
  return __supa_bits_as<float>(sign | (magnitude < 8u ? subnormal : normal));
}
__SUPA_SMALL_FN__ __half_raw __nv_cvt_fp8_to_halfraw(
    const __nv_fp8_storage_t bits, const __nv_fp8_interpretation_t interpretation) {
  return __half_raw{__supa_float_to_half(__supa_fp8_to_float(bits, interpretation))};
}
__SUPA_SMALL_FN__ __half2_raw __nv_cvt_fp8x2_to_halfraw2(
    const __nv_fp8x2_storage_t bits, const __nv_fp8_interpretation_t interpretation) {
  return __half2_raw{__nv_cvt_fp8_to_halfraw((__nv_fp8_storage_t)(bits & 0xffu), interpretation).x,
                     __nv_cvt_fp8_to_halfraw((__nv_fp8_storage_t)(bits >> 8), interpretation).x};
}

#define __SUPA_FP8_INTEGER__(T, interpretation, Integer)                            \
  explicit __SUPA_SMALL_MEMBER__ T(const Integer value)                             \
      : __x(__nv_cvt_float_to_fp8((float)value, __NV_SATFINITE, interpretation)) {} \
  __SUPA_FP8_INTEGER_OUT__(T, interpretation, Integer)
#define __SUPA_FP8_INTEGER_OUT__(T, interpretation, Integer)                             \
  explicit __SUPA_SMALL_MEMBER__ operator Integer() const {                              \
    return __supa_limit_to<Integer>(::truncf(__supa_fp8_to_float(__x, interpretation))); \
  }
#define __SUPA_FP8_CLASS__(T, interpretation)                                           \
  struct OPENSUPA_ALIGN(1) T {                                                          \
    __nv_fp8_storage_t __x;                                                             \
    T() = default;                                                                      \
    explicit __SUPA_SMALL_MEMBER__ T(const __half value)                                \
        : __x(__nv_cvt_halfraw_to_fp8(value, __NV_SATFINITE, interpretation)) {}        \
    explicit __SUPA_SMALL_MEMBER__ T(const __nv_bfloat16 value)                         \
        : __x(__nv_cvt_bfloat16raw_to_fp8(value, __NV_SATFINITE, interpretation)) {}    \
    explicit __SUPA_SMALL_MEMBER__ T(const float value)                                 \
        : __x(__nv_cvt_float_to_fp8(value, __NV_SATFINITE, interpretation)) {}          \
    explicit __SUPA_SMALL_MEMBER__ T(const double value)                                \
        : __x(__nv_cvt_double_to_fp8(value, __NV_SATFINITE, interpretation)) {}         \
    explicit __SUPA_SMALL_MEMBER__ operator __half() const {                            \
      return __half(__nv_cvt_fp8_to_halfraw(__x, interpretation));                      \
    }                                                                                   \
    explicit __SUPA_SMALL_MEMBER__ operator __nv_bfloat16() const {                     \
      return __float2bfloat16_rn(__supa_fp8_to_float(__x, interpretation));             \
    }                                                                                   \
    explicit __SUPA_SMALL_MEMBER__ operator float() const {                             \
      return __supa_fp8_to_float(__x, interpretation);                                  \
    }                                                                                   \
    explicit __SUPA_SMALL_MEMBER__ operator double() const {                            \
      return (double)__supa_fp8_to_float(__x, interpretation);                          \
    }                                                                                   \
    explicit __SUPA_SMALL_MEMBER__ operator bool() const { return (__x & 0x7fu) != 0; } \
    __SUPA_FP8_INTEGER_OUT__(T, interpretation, char)                                   \
    __SUPA_FP8_INTEGER_OUT__(T, interpretation, signed char)                            \
    __SUPA_FP8_INTEGER_OUT__(T, interpretation, unsigned char)                          \
    __SUPA_FP8_INTEGER__(T, interpretation, short)                                      \
    __SUPA_FP8_INTEGER__(T, interpretation, unsigned short)                             \
    __SUPA_FP8_INTEGER__(T, interpretation, int)                                        \
    __SUPA_FP8_INTEGER__(T, interpretation, unsigned int)                               \
    __SUPA_FP8_INTEGER__(T, interpretation, long)                                       \
    __SUPA_FP8_INTEGER__(T, interpretation, unsigned long)                              \
    __SUPA_FP8_INTEGER__(T, interpretation, long long)                                  \
    __SUPA_FP8_INTEGER__(T, interpretation, unsigned long long)                         \
  };
__SUPA_FP8_CLASS__(__nv_fp8_e4m3, __NV_E4M3)
__SUPA_FP8_CLASS__(__nv_fp8_e5m2, __NV_E5M2)
#undef __SUPA_FP8_CLASS__
#undef __SUPA_FP8_INTEGER__
#undef __SUPA_FP8_INTEGER_OUT__

#define __SUPA_FP8_PAIR_CLASS__(T, interpretation)                                          \
  struct OPENSUPA_ALIGN(2) T {                                                              \
    __nv_fp8x2_storage_t __x;                                                               \
    T() = default;                                                                          \
    explicit __SUPA_SMALL_MEMBER__ T(const __half2 value)                                   \
        : __x(__nv_cvt_halfraw2_to_fp8x2(value, __NV_SATFINITE, interpretation)) {}         \
    explicit __SUPA_SMALL_MEMBER__ T(const __nv_bfloat162 value)                            \
        : __x(__nv_cvt_bfloat16raw2_to_fp8x2(value, __NV_SATFINITE, interpretation)) {}     \
    explicit __SUPA_SMALL_MEMBER__ T(const float2 value)                                    \
        : __x(__nv_cvt_float2_to_fp8x2(value, __NV_SATFINITE, interpretation)) {}           \
    explicit __SUPA_SMALL_MEMBER__ T(const double2 value)                                   \
        : __x(__nv_cvt_double2_to_fp8x2(value, __NV_SATFINITE, interpretation)) {}          \
    explicit __SUPA_SMALL_MEMBER__ operator __half2() const {                               \
      return __half2(__nv_cvt_fp8x2_to_halfraw2(__x, interpretation));                      \
    }                                                                                       \
    explicit __SUPA_SMALL_MEMBER__ operator float2() const {                                \
      return float2{__supa_fp8_to_float((__nv_fp8_storage_t)(__x & 0xffu), interpretation), \
                    __supa_fp8_to_float((__nv_fp8_storage_t)(__x >> 8), interpretation)};   \
    }                                                                                       \
  };
__SUPA_FP8_PAIR_CLASS__(__nv_fp8x2_e4m3, __NV_E4M3)
__SUPA_FP8_PAIR_CLASS__(__nv_fp8x2_e5m2, __NV_E5M2)
#undef __SUPA_FP8_PAIR_CLASS__

/// Four numbers, the first in the lowest byte.
#define __SUPA_FP8_QUAD_CLASS__(T, T2)                                                    \
  struct OPENSUPA_ALIGN(4) T {                                                            \
    __nv_fp8x4_storage_t __x;                                                             \
    T() = default;                                                                        \
    explicit __SUPA_SMALL_MEMBER__ T(const __half2 low, const __half2 high)               \
        : __x(Join(T2(low), T2(high))) {}                                                 \
    explicit __SUPA_SMALL_MEMBER__ T(const __nv_bfloat162 low, const __nv_bfloat162 high) \
        : __x(Join(T2(low), T2(high))) {}                                                 \
    explicit __SUPA_SMALL_MEMBER__ T(const float4 value)                                  \
        : __x(Join(T2(float2{value.x, value.y}), T2(float2{value.z, value.w}))) {}        \
    explicit __SUPA_SMALL_MEMBER__ T(const double4 value)                                 \
        : __x(Join(T2(double2{value.x, value.y}), T2(double2{value.z, value.w}))) {}      \
    explicit __SUPA_SMALL_MEMBER__ operator float4() const {                              \
      T2 low, high;                                                                       \
      low.__x = (__nv_fp8x2_storage_t)(__x & 0xffffu);                                    \
      high.__x = (__nv_fp8x2_storage_t)(__x >> 16);                                       \
      const float2 first = (float2)low, second = (float2)high;                            \
      return float4{first.x, first.y, second.x, second.y};                                \
    }                                                                                     \
                                                                                          \
   private:                                                                               \
    static __SUPA_SMALL_MEMBER__ __nv_fp8x4_storage_t Join(const T2 low, const T2 high) { \
      return low.__x | (__nv_fp8x4_storage_t)high.__x << 16;                              \
    }                                                                                     \
  };
__SUPA_FP8_QUAD_CLASS__(__nv_fp8x4_e4m3, __nv_fp8x2_e4m3)
__SUPA_FP8_QUAD_CLASS__(__nv_fp8x4_e5m2, __nv_fp8x2_e5m2)
#undef __SUPA_FP8_QUAD_CLASS__

typedef __nv_fp8_e4m3 __br_fp8_e4m3;
typedef __nv_fp8_e5m2 __br_fp8_e5m2;
typedef __nv_fp8x2_e4m3 __br_fp8x2_e4m3;
typedef __nv_fp8x2_e5m2 __br_fp8x2_e5m2;
typedef __nv_fp8x4_e4m3 __br_fp8x4_e4m3;
typedef __nv_fp8x4_e5m2 __br_fp8x4_e5m2;

#endif  // __cplusplus

#endif  // OPENSUPA_DEVICE_FP8_H_
