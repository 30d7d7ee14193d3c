/// Bit casts and conversions with a named rounding direction.
/// Suffixes: _rn nearest even, _rz toward zero, _ru up, _rd down.
#ifndef OPENSUPA_DEVICE_CAST_H_
#define OPENSUPA_DEVICE_CAST_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"

__SUPA_DEVICE_FN__ int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
__SUPA_DEVICE_FN__ float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
__SUPA_DEVICE_FN__ unsigned int __float_as_uint(float x) {
  return __builtin_bit_cast(unsigned int, x);
}
__SUPA_DEVICE_FN__ float __uint_as_float(unsigned int x) { return __builtin_bit_cast(float, x); }
__SUPA_DEVICE_FN__ long long __double_as_longlong(double x) {
  return __builtin_bit_cast(long long, x);
}
__SUPA_DEVICE_FN__ double __longlong_as_double(long long x) {
  return __builtin_bit_cast(double, x);
}
__SUPA_DEVICE_FN__ int __double2hiint(double x) {
  return (int)(__builtin_bit_cast(unsigned long long, x) >> 32);
}
__SUPA_DEVICE_FN__ int __double2loint(double x) {
  return (int)__builtin_bit_cast(unsigned long long, x);
}
__SUPA_DEVICE_FN__ double __hiloint2double(int high, int low) {
  return __builtin_bit_cast(double,
                            ((unsigned long long)(unsigned int)high << 32) | (unsigned int)low);
}

/// The next value in the direction of plus or minus infinity; NaN stays NaN, and so does an
/// infinity that already lies in that direction.
__SUPA_DEVICE_FN__ float __supa_next_up(float x) {
  int bits = __builtin_bit_cast(int, x);
  if (x != x || bits == 0x7f800000) return x;
  if (x == 0.0f) return __builtin_bit_cast(float, 1);
  return __builtin_bit_cast(float, bits + (bits >= 0 ? 1 : -1));
}
__SUPA_DEVICE_FN__ float __supa_next_down(float x) { return -__supa_next_up(-x); }
__SUPA_DEVICE_FN__ double __supa_next_up(double x) {
  long long bits = __builtin_bit_cast(long long, x);
  if (x != x || bits == 0x7ff0000000000000ll) return x;
  if (x == 0.0) return __builtin_bit_cast(double, 1ll);
  return __builtin_bit_cast(double, bits + (bits >= 0 ? 1 : -1));
}
__SUPA_DEVICE_FN__ double __supa_next_down(double x) { return -__supa_next_up(-x); }

/// Turns `nearest`, a result rounded to nearest, into one rounded in a direction. `residual` has
/// the sign of the exact result minus `nearest`.
template <class T>
__SUPA_DEVICE_FN__ T __supa_round_up(T nearest, T residual) {
  return residual > 0 ? __supa_next_up(nearest) : nearest;
}
template <class T>
__SUPA_DEVICE_FN__ T __supa_round_down(T nearest, T residual) {
  return residual < 0 ? __supa_next_down(nearest) : nearest;
}
template <class T>
__SUPA_DEVICE_FN__ T __supa_round_zero(T nearest, T residual) {
  return __builtin_signbit(nearest) ? __supa_round_up(nearest, residual)
                                    : __supa_round_down(nearest, residual);
}

/// Floating point to integer: the value is rounded, then limited to the range of the result; NaN
/// gives 0. `limit` is 2 to the number of value bits, which every floating type can express.
template <class Integer, class Float>
__SUPA_DEVICE_FN__ Integer __supa_to_integer(Float rounded, Float limit) {
  const bool is_signed = (Integer)-1 < (Integer)0;
  const Integer lowest =
      is_signed ? (Integer)((Integer)1 << (sizeof(Integer) * 8 - 1)) : (Integer)0;
  if (rounded != rounded) return 0;
  if (rounded >= limit) return (Integer)~lowest;
  if (rounded <= (is_signed ? -limit : (Float)0)) return lowest;
  return (Integer)rounded;
}

#define __SUPA_TO_INTEGER__(from, From, to, To, limit)                         \
  __SUPA_DEVICE_FN__ To __##from##2##to##_rn(From x) {                         \
    return __supa_to_integer<To, From>(__builtin_elementwise_rint(x), limit);  \
  }                                                                            \
  __SUPA_DEVICE_FN__ To __##from##2##to##_rz(From x) {                         \
    return __supa_to_integer<To, From>(__builtin_elementwise_trunc(x), limit); \
  }                                                                            \
  __SUPA_DEVICE_FN__ To __##from##2##to##_ru(From x) {                         \
    return __supa_to_integer<To, From>(__builtin_elementwise_ceil(x), limit);  \
  }                                                                            \
  __SUPA_DEVICE_FN__ To __##from##2##to##_rd(From x) {                         \
    return __supa_to_integer<To, From>(__builtin_elementwise_floor(x), limit); \
  }
__SUPA_TO_INTEGER__(float, float, int, int, 0x1p31f)
__SUPA_TO_INTEGER__(float, float, uint, unsigned int, 0x1p32f)
__SUPA_TO_INTEGER__(float, float, ll, long long, 0x1p63f)
__SUPA_TO_INTEGER__(float, float, ull, unsigned long long, 0x1p64f)
__SUPA_TO_INTEGER__(double, double, int, int, 0x1p31)
__SUPA_TO_INTEGER__(double, double, uint, unsigned int, 0x1p32)
__SUPA_TO_INTEGER__(double, double, ll, long long, 0x1p63)
__SUPA_TO_INTEGER__(double, double, ull, unsigned long long, 0x1p64)
#undef __SUPA_TO_INTEGER__

/// Sign of `x` minus `nearest`, where `nearest` is x rounded to a floating type.
template <class Float, class Integer>
__SUPA_DEVICE_FN__ Float __supa_integer_residual(Integer x, Float nearest, Float limit) {
  if (nearest >= limit) return (Float)-1;
  Integer back = (Integer)nearest;
  return (Float)((x > back) - (x < back));
}

#define __SUPA_FROM_INTEGER__(from, From, to, To, limit)                           \
  __SUPA_DEVICE_FN__ To __##from##2##to##_rn(From x) { return (To)x; }             \
  __SUPA_DEVICE_FN__ To __##from##2##to##_rz(From x) {                             \
    return __supa_round_zero((To)x, __supa_integer_residual<To>(x, (To)x, limit)); \
  }                                                                                \
  __SUPA_DEVICE_FN__ To __##from##2##to##_ru(From x) {                             \
    return __supa_round_up((To)x, __supa_integer_residual<To>(x, (To)x, limit));   \
  }                                                                                \
  __SUPA_DEVICE_FN__ To __##from##2##to##_rd(From x) {                             \
    return __supa_round_down((To)x, __supa_integer_residual<To>(x, (To)x, limit)); \
  }
__SUPA_FROM_INTEGER__(int, int, float, float, 0x1p31f)
__SUPA_FROM_INTEGER__(uint, unsigned int, float, float, 0x1p32f)
__SUPA_FROM_INTEGER__(ll, long long, float, float, 0x1p63f)
__SUPA_FROM_INTEGER__(ull, unsigned long long, float, float, 0x1p64f)
__SUPA_FROM_INTEGER__(ll, long long, double, double, 0x1p63)
__SUPA_FROM_INTEGER__(ull, unsigned long long, double, double, 0x1p64)
#undef __SUPA_FROM_INTEGER__
__SUPA_DEVICE_FN__ double __int2double_rn(int x) { return (double)x; }
__SUPA_DEVICE_FN__ double __uint2double_rn(unsigned int x) { return (double)x; }

/// Sign of x minus its value rounded to float.
__SUPA_DEVICE_FN__ float __supa_narrow_residual(double x) {
  double back = (double)(float)x;
  return (float)((x > back) - (x < back));
}
__SUPA_DEVICE_FN__ float __double2float_rn(double x) { return (float)x; }
__SUPA_DEVICE_FN__ float __double2float_rz(double x) {
  return __supa_round_zero((float)x, __supa_narrow_residual(x));
}
__SUPA_DEVICE_FN__ float __double2float_ru(double x) {
  return __supa_round_up((float)x, __supa_narrow_residual(x));
}
__SUPA_DEVICE_FN__ float __double2float_rd(double x) {
  return __supa_round_down((float)x, __supa_narrow_residual(x));
}

#endif  // OPENSUPA_DEVICE_CAST_H_
