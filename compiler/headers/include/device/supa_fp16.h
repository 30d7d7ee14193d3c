/// IEEE half precision: __half and __half2, for host and device code.
#ifndef DEVICE_SUPA_FP16_H_
#define DEVICE_SUPA_FP16_H_

#include "opensupa/device/float16_operations.h"
#include "supa_vector_types.h"

__SUPA_FLOAT16_TYPE__(__half, __half2, __supa_half_bits, __supa_half_value)
__SUPA_FLOAT16_ARITHMETIC__(__half, __half2)
__SUPA_FLOAT16_DEVICE__(__half, __half2)

typedef __half half;
typedef __half2 half2;
typedef __half br_half;
typedef __half2 br_half2;

__SUPA_HD__ __half __ushort_as_half(unsigned short bits) {
  return __supa_from_bits(bits, (__half*)0);
}
__SUPA_HD__ __half __short_as_half(short bits) { return __ushort_as_half((unsigned short)bits); }
__SUPA_HD__ unsigned short __half_as_ushort(__half value) { return value.__x; }
__SUPA_HD__ short __half_as_short(__half value) { return (short)value.__x; }

__SUPA_HD__ float __half2float(__half value) { return (float)value; }
__SUPA_HD__ __half __float2half(float value) { return __half(value); }
__SUPA_HD__ __half __float2half_rn(float value) { return __half(value); }
__SUPA_HD__ __half __float2half_rz(float value) {
  return __ushort_as_half(__supa_half_bits(value, __supa_rz));
}
__SUPA_HD__ __half __float2half_ru(float value) {
  return __ushort_as_half(__supa_half_bits(value, __supa_ru));
}
__SUPA_HD__ __half __float2half_rd(float value) {
  return __ushort_as_half(__supa_half_bits(value, __supa_rd));
}
__SUPA_HD__ __half __double2half(double value) { return __half(value); }
__SUPA_HD__ __half __int2half_rn(int value) { return __half(value); }
__SUPA_HD__ __half __uint2half_rn(unsigned int value) { return __half(value); }
__SUPA_HD__ __half __short2half_rn(short value) { return __half(value); }
__SUPA_HD__ __half __ushort2half_rn(unsigned short value) { return __half(value); }

#if defined(__clang__) && defined(__CUDA__)
__SUPA_DEVICE_FN__ int __half2int_rn(__half value) { return __float2int_rn((float)value); }
__SUPA_DEVICE_FN__ int __half2int_rz(__half value) { return __float2int_rz((float)value); }
__SUPA_DEVICE_FN__ int __half2int_ru(__half value) { return __float2int_ru((float)value); }
__SUPA_DEVICE_FN__ int __half2int_rd(__half value) { return __float2int_rd((float)value); }
__SUPA_DEVICE_FN__ unsigned int __half2uint_rn(__half value) {
  return __float2uint_rn((float)value);
}
__SUPA_DEVICE_FN__ unsigned int __half2uint_rz(__half value) {
  return __float2uint_rz((float)value);
}
#endif

__SUPA_HD__ __half2 __halves2half2(__half low, __half high) { return __half2(low, high); }
__SUPA_HD__ __half2 make_half2(__half low, __half high) { return __half2(low, high); }
__SUPA_HD__ __half2 __half2half2(__half value) { return __half2(value, value); }
__SUPA_HD__ __half2 __float2half2_rn(float value) { return __half2half2(__half(value)); }
__SUPA_HD__ __half2 __floats2half2_rn(float low, float high) {
  return __half2(__half(low), __half(high));
}
__SUPA_HD__ __half2 __float22half2_rn(float2 pair) { return __floats2half2_rn(pair.x, pair.y); }
__SUPA_HD__ float2 __half22float2(__half2 pair) {
  float2 result;
  result.x = (float)pair.x;
  result.y = (float)pair.y;
  return result;
}
__SUPA_HD__ __half __low2half(__half2 pair) { return pair.x; }
__SUPA_HD__ __half __high2half(__half2 pair) { return pair.y; }
__SUPA_HD__ __half2 __low2half2(__half2 pair) { return __half2(pair.x, pair.x); }
__SUPA_HD__ __half2 __high2half2(__half2 pair) { return __half2(pair.y, pair.y); }
__SUPA_HD__ __half2 __lows2half2(__half2 a, __half2 b) { return __half2(a.x, b.x); }
__SUPA_HD__ __half2 __highs2half2(__half2 a, __half2 b) { return __half2(a.y, b.y); }
__SUPA_HD__ __half2 __lowhigh2highlow(__half2 pair) { return __half2(pair.y, pair.x); }

#endif  // DEVICE_SUPA_FP16_H_
