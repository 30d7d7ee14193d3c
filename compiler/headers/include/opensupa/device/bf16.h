/// bfloat16, the upper half of a float, and its pair, under CUDA's and SUPA's names, for host and
/// device code.
///
/// Conversions and arithmetic are exact operations rounded once. A NaN that an operation gives has
/// the pattern 0x7fff. Plain C++ compilers get everything but atomics and shuffles; C gets the raw
/// types.
#ifndef OPENSUPA_DEVICE_BF16_H_
#define OPENSUPA_DEVICE_BF16_H_

#include "opensupa/device/fp16.h"
#include "supa_host_defines.h"

/// The bits of the types below.
typedef struct OPENSUPA_ALIGN(2) {
  unsigned short x;
} __nv_bfloat16_raw;
typedef struct OPENSUPA_ALIGN(4) {
  unsigned short x;
  unsigned short y;
} __nv_bfloat162_raw;

#if defined(__cplusplus)
#pragma GCC system_header

#include "opensupa/device/small_float.h"

struct OPENSUPA_ALIGN(2) __nv_bfloat16 {
 protected:
  unsigned short __x;

 public:
  __nv_bfloat16() = default;
  __SUPA_SMALL_MEMBER__ constexpr __nv_bfloat16(const __nv_bfloat16_raw& raw) : __x(raw.x) {}
  __SUPA_SMALL_MEMBER__ __nv_bfloat16& operator=(const __nv_bfloat16_raw& raw) {
    __x = raw.x;
    return *this;
  }
  __SUPA_SMALL_MEMBER__ constexpr operator __nv_bfloat16_raw() const {
    return __nv_bfloat16_raw{__x};
  }
  __SUPA_SMALL_MEMBER__ explicit __nv_bfloat16(const __half value)
      : __x(__supa_format_bfloat16::from_float(__half2float(value))) {}
#if !defined(__CUDA_NO_BFLOAT16_CONVERSIONS__)
  __SUPA_SMALL_MEMBERS__(__nv_bfloat16, __supa_format_bfloat16)
#endif
};

struct OPENSUPA_ALIGN(4) __nv_bfloat162 {
  __nv_bfloat16 x;
  __nv_bfloat16 y;

  __nv_bfloat162() = default;
  __SUPA_SMALL_MEMBER__ constexpr __nv_bfloat162(const __nv_bfloat16& low,
                                                 const __nv_bfloat16& high)
      : x(low), y(high) {}
  __SUPA_SMALL_MEMBER__ constexpr __nv_bfloat162(const __nv_bfloat162_raw& raw)
      : x(__nv_bfloat16_raw{raw.x}), y(__nv_bfloat16_raw{raw.y}) {}
  __SUPA_SMALL_MEMBER__ constexpr operator __nv_bfloat162_raw() const {
    return __nv_bfloat162_raw{static_cast<__nv_bfloat16_raw>(x).x,
                              static_cast<__nv_bfloat16_raw>(y).x};
  }
};

__SUPA_SMALL_FN__ unsigned short __supa_pattern(const __nv_bfloat16 value) {
  return static_cast<__nv_bfloat16_raw>(value).x;
}

#define SUPA_T __nv_bfloat16
#define SUPA_T2 __nv_bfloat162
#define SUPA_FORMAT __supa_format_bfloat16
#include "opensupa/device/small_float_operations.def"

__SUPA_SMALL_ALL_CONVERSIONS__(__nv_bfloat16, __supa_format_bfloat16, bfloat16)

__SUPA_SMALL_MEMBER__ __half::__half(const __nv_bfloat16 value)
    : __x(__supa_format_half::from_float(__bfloat162float(value))) {}

__SUPA_SMALL_FN__ __nv_bfloat162 __halves2bfloat162(const __nv_bfloat16 low,
                                                    const __nv_bfloat16 high) {
  return __nv_bfloat162(low, high);
}
__SUPA_SMALL_FN__ __nv_bfloat162 make_bfloat162(const __nv_bfloat16 low, const __nv_bfloat16 high) {
  return __nv_bfloat162(low, high);
}
__SUPA_SMALL_FN__ __nv_bfloat162 __bfloat162bfloat162(const __nv_bfloat16 a) {
  return __nv_bfloat162(a, a);
}
__SUPA_SMALL_FN__ __nv_bfloat162 __floats2bfloat162_rn(const float low, const float high) {
  return __nv_bfloat162(__float2bfloat16_rn(low), __float2bfloat16_rn(high));
}
__SUPA_SMALL_FN__ __nv_bfloat162 __float2bfloat162_rn(const float value) {
  return __bfloat162bfloat162(__float2bfloat16_rn(value));
}
__SUPA_SMALL_FN__ __nv_bfloat162 __float22bfloat162_rn(const float2 pair) {
  return __floats2bfloat162_rn(pair.x, pair.y);
}
__SUPA_SMALL_FN__ float2 __bfloat1622float2(const __nv_bfloat162 a) {
  return float2{__low2float(a), __high2float(a)};
}
__SUPA_SMALL_FN__ __nv_bfloat16 __low2bfloat16(const __nv_bfloat162 a) { return a.x; }
__SUPA_SMALL_FN__ __nv_bfloat16 __high2bfloat16(const __nv_bfloat162 a) { return a.y; }
__SUPA_SMALL_FN__ __nv_bfloat162 __low2bfloat162(const __nv_bfloat162 a) {
  return __nv_bfloat162(a.x, a.x);
}
__SUPA_SMALL_FN__ __nv_bfloat162 __high2bfloat162(const __nv_bfloat162 a) {
  return __nv_bfloat162(a.y, a.y);
}
__SUPA_SMALL_FN__ __nv_bfloat162 __lows2bfloat162(const __nv_bfloat162 a, const __nv_bfloat162 b) {
  return __nv_bfloat162(a.x, b.x);
}
__SUPA_SMALL_FN__ __nv_bfloat162 __highs2bfloat162(const __nv_bfloat162 a, const __nv_bfloat162 b) {
  return __nv_bfloat162(a.y, b.y);
}

#if !defined(__CUDA_NO_BFLOAT16_OPERATORS__)
#define SUPA_T __nv_bfloat16
#define SUPA_ONE __supa_from_pattern<__nv_bfloat16>(0x3f80)
#define SUPA_CALL(name) __h##name
#define SUPA_DIVIDE __hdiv
#define SUPA_COMPARE(name) __h##name
#include "opensupa/device/small_float_operators.def"
#endif
#if !defined(__CUDA_NO_BFLOAT162_OPERATORS__)
#define SUPA_T __nv_bfloat162
#define SUPA_ONE __bfloat162bfloat162(__supa_from_pattern<__nv_bfloat16>(0x3f80))
#define SUPA_CALL(name) __h##name##2
#define SUPA_DIVIDE __h2div
#define SUPA_COMPARE(name) __hb##name##2
#include "opensupa/device/small_float_operators.def"
#endif

typedef __nv_bfloat16 nv_bfloat16;
typedef __nv_bfloat162 nv_bfloat162;
typedef __nv_bfloat16 __br_bfloat16;
typedef __nv_bfloat162 __br_bfloat162;
typedef __nv_bfloat16 br_bfloat16;
typedef __nv_bfloat162 br_bfloat162;

#define CUDART_INF_BF16 __ushort_as_bfloat16((unsigned short)0x7f80u)
#define CUDART_NAN_BF16 __ushort_as_bfloat16((unsigned short)0x7fffu)
#define CUDART_MIN_DENORM_BF16 __ushort_as_bfloat16((unsigned short)0x0001u)
#define CUDART_MAX_NORMAL_BF16 __ushort_as_bfloat16((unsigned short)0x7f7fu)
#define CUDART_NEG_ZERO_BF16 __ushort_as_bfloat16((unsigned short)0x8000u)
#define CUDART_ZERO_BF16 __ushort_as_bfloat16((unsigned short)0x0000u)
#define CUDART_ONE_BF16 __ushort_as_bfloat16((unsigned short)0x3f80u)

#endif  // __cplusplus

#endif  // OPENSUPA_DEVICE_BF16_H_
