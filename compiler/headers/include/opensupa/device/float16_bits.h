/// Conversions between float and the two 16-bit formats, on bit patterns, for host and device code.
/// Exact in every rounding direction; NaN becomes the canonical 0x7fff.
#ifndef OPENSUPA_DEVICE_FLOAT16_BITS_H_
#define OPENSUPA_DEVICE_FLOAT16_BITS_H_
#if defined(__clang__)
#pragma clang system_header
#elif defined(__GNUC__)
#pragma GCC system_header
#endif

#if defined(__clang__) && defined(__CUDA__)
#define __SUPA_HD__ \
  static __inline__ __attribute__((always_inline)) __attribute__((host)) __attribute__((device))
#define __SUPA_HD_LARGE__ static __inline__ __attribute__((host)) __attribute__((device))
#define __SUPA_HD_MEMBER__ __inline__ __attribute__((host)) __attribute__((device))
#else
#define __SUPA_HD__ static __inline__
#define __SUPA_HD_LARGE__ static __inline__
#define __SUPA_HD_MEMBER__ __inline__
#endif

enum __supa_direction { __supa_rn, __supa_rz, __supa_ru, __supa_rd };

/// True if a magnitude `kept` with the remainder `rest` of `unit` has to grow by one.
__SUPA_HD__ bool __supa_grows(__supa_direction rounding, bool negative, unsigned int kept,
                              unsigned long long rest, unsigned long long unit) {
  if (rest == 0) return false;
  if (rounding == __supa_rn) return 2 * rest > unit || (2 * rest == unit && (kept & 1u) != 0);
  if (rounding == __supa_ru) return !negative;
  return rounding == __supa_rd && negative;
}

__SUPA_HD_LARGE__ unsigned short __supa_half_bits(float value, __supa_direction rounding) {
  unsigned int bits = __builtin_bit_cast(unsigned int, value);
  unsigned int sign = (bits >> 16) & 0x8000u;
  unsigned int magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return 0x7fff;
  if (magnitude == 0x7f800000u) return (unsigned short)(sign | 0x7c00u);
  bool negative = sign != 0;
  if (magnitude >= 0x47800000u) {  // 65536: beyond every half
    bool infinite = __supa_grows(rounding, negative, 1u, 1, 1);
    return (unsigned short)(sign | (infinite ? 0x7c00u : 0x7bffu));
  }
  int exponent = (int)(magnitude >> 23) - 127;
  unsigned int kept;
  unsigned long long rest, unit;
  if (exponent >= -14) {
    kept = ((unsigned int)(exponent + 15) << 10) | ((magnitude >> 13) & 0x3ffu);
    rest = magnitude & 0x1fffu;
    unit = 0x2000u;
  } else {  // a subnormal half; a subnormal float is far below the smallest of them
    unsigned long long mantissa =
        magnitude < 0x00800000u ? magnitude : (magnitude & 0x7fffffu) | 0x800000u;
    int shift = -1 - exponent < 40 ? -1 - exponent : 40;
    kept = (unsigned int)(mantissa >> shift);
    unit = 1ull << shift;
    rest = mantissa & (unit - 1);
  }
  return (unsigned short)(sign | (kept + __supa_grows(rounding, negative, kept, rest, unit)));
}

__SUPA_HD__ float __supa_half_value(unsigned short bits) {
  unsigned int sign = (unsigned int)(bits & 0x8000u) << 16;
  unsigned int exponent = (bits >> 10) & 0x1fu;
  unsigned int mantissa = bits & 0x3ffu;
  if (exponent == 0) {
    float magnitude = (float)mantissa * 5.9604644775390625e-8f;  // 2^-24
    return sign != 0 ? -magnitude : magnitude;
  }
  unsigned int wide = exponent == 31 ? 0x7f800000u : (exponent + 112) << 23;
  return __builtin_bit_cast(float, sign | wide | (mantissa << 13));
}

__SUPA_HD__ unsigned short __supa_bfloat16_bits(float value, __supa_direction rounding) {
  unsigned int bits = __builtin_bit_cast(unsigned int, value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
  unsigned int kept = bits >> 16;
  bool negative = (bits & 0x80000000u) != 0;
  return (unsigned short)(kept + __supa_grows(rounding, negative, kept, bits & 0xffffu, 0x10000u));
}

__SUPA_HD__ float __supa_bfloat16_value(unsigned short bits) {
  return __builtin_bit_cast(float, (unsigned int)bits << 16);
}

/// `value` as a float that a later rounding to 16 bits cannot tell from it: toward zero, with the
/// last bit set if anything was lost.
__SUPA_HD__ float __supa_odd_float(double value) {
  float nearest = (float)value;
  double back = (double)nearest;
  if (value != value || back == value) return nearest;
  unsigned int bits = __builtin_bit_cast(unsigned int, nearest);
  bool larger = back < 0 ? back < value : back > value;
  return __builtin_bit_cast(float, (larger ? bits - 1u : bits) | 1u);
}
/// x * y + z of 16-bit values, as such a float.
__SUPA_HD_LARGE__ float __supa_odd_fma(float x, float y, float z) {
  double product = (double)x * (double)y;  // exact
  double sum = product + (double)z;
  double z_part = sum - product;
  double low = (product - (sum - z_part)) + ((double)z - z_part);
  if (low == low && low != 0.0) {
    long long bits = __builtin_bit_cast(long long, sum);
    if ((bits & 1) == 0) bits += ((low > 0.0) == (sum > 0.0)) ? 1 : -1;
    sum = __builtin_bit_cast(double, bits);
  }
  return __supa_odd_float(sum);
}

#endif  // OPENSUPA_DEVICE_FLOAT16_BITS_H_
