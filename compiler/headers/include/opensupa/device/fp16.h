/// IEEE half precision, __half, and its pair, __half2, under CUDA's names, for host and device
/// code.
///
/// Conversions and arithmetic are exact operations rounded once. A NaN that an operation gives has
/// the pattern 0x7fff. Plain C++ compilers get everything but atomics and shuffles; C gets the raw
/// types.
#ifndef OPENSUPA_DEVICE_FP16_H_
#define OPENSUPA_DEVICE_FP16_H_

#include "supa_host_defines.h"

/// The bits of the types below.
typedef struct OPENSUPA_ALIGN(2) {
  unsigned short x;
} __half_raw;
typedef struct OPENSUPA_ALIGN(4) {
  unsigned short x;
  unsigned short y;
} __half2_raw;

#if defined(__cplusplus)
#pragma GCC system_header

#include "opensupa/device/small_float.h"

struct __nv_bfloat16;

struct OPENSUPA_ALIGN(2) __half {
 protected:
  unsigned short __x;

 public:
  __half() = default;
  __SUPA_SMALL_MEMBER__ constexpr __half(const __half_raw& raw) : __x(raw.x) {}
  __SUPA_SMALL_MEMBER__ __half& operator=(const __half_raw& raw) {
    __x = raw.x;
    return *this;
  }
  __SUPA_SMALL_MEMBER__ constexpr operator __half_raw() const { return __half_raw{__x}; }
  /// Defined in bf16.h.
  __SUPA_SMALL_MEMBER__ explicit __half(const __nv_bfloat16 value);
#if !defined(__CUDA_NO_HALF_CONVERSIONS__)
  __SUPA_SMALL_MEMBERS__(__half, __supa_format_half)
#endif
};

struct OPENSUPA_ALIGN(4) __half2 {
  __half x;
  __half y;

  __half2() = default;
  __SUPA_SMALL_MEMBER__ constexpr __half2(const __half& low, const __half& high)
      : x(low), y(high) {}
  __SUPA_SMALL_MEMBER__ constexpr __half2(const __half2_raw& raw)
      : x(__half_raw{raw.x}), y(__half_raw{raw.y}) {}
  __SUPA_SMALL_MEMBER__ constexpr operator __half2_raw() const {
    return __half2_raw{static_cast<__half_raw>(x).x, static_cast<__half_raw>(y).x};
  }
};

__SUPA_SMALL_FN__ unsigned short __supa_pattern(const __half value) {
  return static_cast<__half_raw>(value).x;
}

#define SUPA_T __half
#define SUPA_T2 __half2
#define SUPA_FORMAT __supa_format_half
#include "opensupa/device/small_float_operations.def"

__SUPA_SMALL_ALL_CONVERSIONS__(__half, __supa_format_half, half)

__SUPA_SMALL_FN__ __half2 __halves2half2(const __half low, const __half high) {
  return __half2(low, high);
}
__SUPA_SMALL_FN__ __half2 make_half2(const __half low, const __half high) {
  return __half2(low, high);
}
__SUPA_SMALL_FN__ __half2 __half2half2(const __half a) { return __half2(a, a); }
__SUPA_SMALL_FN__ __half2 __floats2half2_rn(const float low, const float high) {
  return __half2(__float2half_rn(low), __float2half_rn(high));
}
__SUPA_SMALL_FN__ __half2 __float2half2_rn(const float value) {
  return __half2half2(__float2half_rn(value));
}
__SUPA_SMALL_FN__ __half2 __float22half2_rn(const float2 pair) {
  return __floats2half2_rn(pair.x, pair.y);
}
__SUPA_SMALL_FN__ float2 __half22float2(const __half2 a) {
  return float2{__low2float(a), __high2float(a)};
}
__SUPA_SMALL_FN__ __half __low2half(const __half2 a) { return a.x; }
__SUPA_SMALL_FN__ __half __high2half(const __half2 a) { return a.y; }
__SUPA_SMALL_FN__ __half2 __low2half2(const __half2 a) { return __half2(a.x, a.x); }
__SUPA_SMALL_FN__ __half2 __high2half2(const __half2 a) { return __half2(a.y, a.y); }
__SUPA_SMALL_FN__ __half2 __lows2half2(const __half2 a, const __half2 b) {
  return __half2(a.x, b.x);
}
__SUPA_SMALL_FN__ __half2 __highs2half2(const __half2 a, const __half2 b) {
  return __half2(a.y, b.y);
}

#if !defined(__CUDA_NO_HALF_OPERATORS__)
#define SUPA_T __half
#define SUPA_ONE __supa_from_pattern<__half>(0x3c00)
#define SUPA_CALL(name) __h##name
#define SUPA_DIVIDE __hdiv
#define SUPA_COMPARE(name) __h##name
#include "opensupa/device/small_float_operators.def"
#endif
#if !defined(__CUDA_NO_HALF2_OPERATORS__)
#define SUPA_T __half2
#define SUPA_ONE __half2half2(__supa_from_pattern<__half>(0x3c00))
#define SUPA_CALL(name) __h##name##2
#define SUPA_DIVIDE __h2div
#define SUPA_COMPARE(name) __hb##name##2
#include "opensupa/device/small_float_operators.def"
#endif

typedef __half __nv_half;
typedef __half2 __nv_half2;
typedef __half nv_half;
typedef __half2 nv_half2;
typedef __half __br_half;
typedef __half2 __br_half2;
typedef __half br_half;
typedef __half2 br_half2;
#if !defined(CUDA_NO_HALF)
typedef __half half;
typedef __half2 half2;
#endif

#define CUDART_INF_FP16 __ushort_as_half((unsigned short)0x7c00u)
#define CUDART_NAN_FP16 __ushort_as_half((unsigned short)0x7fffu)
#define CUDART_MIN_DENORM_FP16 __ushort_as_half((unsigned short)0x0001u)
#define CUDART_MAX_NORMAL_FP16 __ushort_as_half((unsigned short)0x7bffu)
#define CUDART_NEG_ZERO_FP16 __ushort_as_half((unsigned short)0x8000u)
#define CUDART_ZERO_FP16 __ushort_as_half((unsigned short)0x0000u)
#define CUDART_ONE_FP16 __ushort_as_half((unsigned short)0x3c00u)

#endif  // __cplusplus

#endif  // OPENSUPA_DEVICE_FP16_H_
