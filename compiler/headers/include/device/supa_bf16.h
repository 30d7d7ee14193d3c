/// bfloat16, the upper half of a float: __br_bfloat16 and __br_bfloat162, for host and device code.
#ifndef DEVICE_SUPA_BF16_H_
#define DEVICE_SUPA_BF16_H_

#include "opensupa/device/float16_operations.h"
#include "supa_vector_types.h"

__SUPA_FLOAT16_TYPE__(__br_bfloat16, __br_bfloat162, __supa_bfloat16_bits, __supa_bfloat16_value)
__SUPA_FLOAT16_ARITHMETIC__(__br_bfloat16, __br_bfloat162)
__SUPA_FLOAT16_DEVICE__(__br_bfloat16, __br_bfloat162)

typedef __br_bfloat16 br_bfloat16;
typedef __br_bfloat162 br_bfloat162;

__SUPA_HD__ __br_bfloat16 __ushort_as_bfloat16(unsigned short bits) {
  return __supa_from_bits(bits, (__br_bfloat16*)0);
}
__SUPA_HD__ unsigned short __bfloat16_as_ushort(__br_bfloat16 value) { return value.__x; }

__SUPA_HD__ float __bfloat162float(__br_bfloat16 value) { return (float)value; }
__SUPA_HD__ __br_bfloat16 __float2bfloat16(float value) { return __br_bfloat16(value); }
__SUPA_HD__ __br_bfloat16 __float2bfloat16_rn(float value) { return __br_bfloat16(value); }
__SUPA_HD__ __br_bfloat16 __float2bfloat16_rz(float value) {
  return __ushort_as_bfloat16(__supa_bfloat16_bits(value, __supa_rz));
}
__SUPA_HD__ __br_bfloat16 __float2bfloat16_ru(float value) {
  return __ushort_as_bfloat16(__supa_bfloat16_bits(value, __supa_ru));
}
__SUPA_HD__ __br_bfloat16 __float2bfloat16_rd(float value) {
  return __ushort_as_bfloat16(__supa_bfloat16_bits(value, __supa_rd));
}
__SUPA_HD__ __br_bfloat16 __double2bfloat16(double value) { return __br_bfloat16(value); }
__SUPA_HD__ __br_bfloat16 __int2bfloat16_rn(int value) { return __br_bfloat16(value); }

__SUPA_HD__ __br_bfloat162 __halves2bfloat162(__br_bfloat16 low, __br_bfloat16 high) {
  return __br_bfloat162(low, high);
}
__SUPA_HD__ __br_bfloat162 __bfloat162bfloat162(__br_bfloat16 value) {
  return __br_bfloat162(value, value);
}
__SUPA_HD__ __br_bfloat162 __float2bfloat162_rn(float value) {
  return __bfloat162bfloat162(__br_bfloat16(value));
}
__SUPA_HD__ __br_bfloat162 __floats2bfloat162_rn(float low, float high) {
  return __br_bfloat162(__br_bfloat16(low), __br_bfloat16(high));
}
__SUPA_HD__ __br_bfloat162 __float22bfloat162_rn(float2 pair) {
  return __floats2bfloat162_rn(pair.x, pair.y);
}
__SUPA_HD__ float2 __bfloat1622float2(__br_bfloat162 pair) {
  float2 result;
  result.x = (float)pair.x;
  result.y = (float)pair.y;
  return result;
}
__SUPA_HD__ __br_bfloat16 __low2bfloat16(__br_bfloat162 pair) { return pair.x; }
__SUPA_HD__ __br_bfloat16 __high2bfloat16(__br_bfloat162 pair) { return pair.y; }
__SUPA_HD__ __br_bfloat162 __low2bfloat162(__br_bfloat162 pair) {
  return __br_bfloat162(pair.x, pair.x);
}
__SUPA_HD__ __br_bfloat162 __high2bfloat162(__br_bfloat162 pair) {
  return __br_bfloat162(pair.y, pair.y);
}

#endif  // DEVICE_SUPA_BF16_H_
