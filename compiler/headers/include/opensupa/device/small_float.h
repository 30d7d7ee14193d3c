/// Rounding to floating-point formats of 16 and 8 bits, for the headers fp16.h, bf16.h and fp8.h.
///
/// Host and device code get the same bits. NaN becomes one positive pattern when it is narrowed.
/// Read by any C++11 compiler; host code relies on the default floating-point environment.
#ifndef OPENSUPA_DEVICE_SMALL_FLOAT_H_
#define OPENSUPA_DEVICE_SMALL_FLOAT_H_
#pragma GCC system_header

#include <math.h>

#include "supa_host_defines.h"
#include "supa_vector_types.h"

/// Prefixes of free functions and of members, for host and device code.
#define __SUPA_SMALL_FN__ \
  static __inline__ __attribute__((always_inline, unused)) __host__ __device__
/// The same for what is too large to be inlined everywhere.
#define __SUPA_SMALL_LARGE_FN__ static __inline__ __attribute__((unused)) __host__ __device__
#define __SUPA_SMALL_MEMBER__ __inline__ __attribute__((always_inline)) __host__ __device__

/// Rounding direction: nearest even, toward zero, down, up.
enum __supa_rounding {
  __supa_round_nearest_even,
  __supa_round_toward_zero,
  __supa_round_downward,
  __supa_round_upward
};

template <class To, class From>
__SUPA_SMALL_FN__ To __supa_bits_as(From value) {
  static_assert(sizeof(To) == sizeof(From), "A bit cast keeps the size.");
  To result;
  __builtin_memcpy((void*)&result, &value, sizeof(To));
  return result;
}

/// A 16-bit class that is no more than its pattern, from the pattern.
template <class T>
__SUPA_SMALL_FN__ T __supa_from_pattern(unsigned short bits) {
  return __supa_bits_as<T>(bits);
}

/// A format without its sign: exponent bias, bits of the mantissa, and the smallest pattern that is
/// too large to be a finite number. Patterns of magnitudes are ordered like the magnitudes.
template <int Bias, int MantissaBits, unsigned Overflow, unsigned NaN>
struct __supa_format {
  static constexpr int bias = Bias;
  static constexpr int mantissa_bits = MantissaBits;
  static constexpr unsigned overflow = Overflow;
  static constexpr unsigned nan = NaN;
};
/// No infinity: the pattern after the largest number, 448, is NaN.
typedef __supa_format<7, 3, 0x7f, 0x7f> __supa_format_e4m3;
typedef __supa_format<15, 2, 0x7c, 0x7f> __supa_format_e5m2;

/// Rounds `significand` * 2^`exponent` to the format; gives the pattern of the magnitude, which is
/// Format::overflow or more where the result does not fit. `significand` may be 0.
template <class Format>
__SUPA_SMALL_LARGE_FN__ unsigned __supa_round_magnitude(unsigned long long significand,
                                                        int exponent, bool negative,
                                                        __supa_rounding rounding) {
  if (significand == 0) return 0;
  const int leading_zeros = __builtin_clzll(significand);
  significand <<= leading_zeros;
  const int biased_exponent = exponent - leading_zeros + 63 + Format::bias;
  // Bits below the mantissa, of which a normal number has one more than the format stores.
  int dropped_bits = 63 - Format::mantissa_bits;
  if (biased_exponent < 1) {
    dropped_bits = biased_exponent < -100 ? 65 : dropped_bits + 1 - biased_exponent;
  }
  unsigned kept = 0;
  unsigned long long rest = 1;  // what is dropped, as a fraction of 2^64; 1 stands for "a little"
  if (dropped_bits < 64) {
    kept = (unsigned)(significand >> dropped_bits);
    rest = significand << (64 - dropped_bits);
  } else if (dropped_bits == 64) {
    rest = significand;
  }
  if (biased_exponent > 1) kept += (unsigned)(biased_exponent - 1) << Format::mantissa_bits;
  bool away = false;
  if (rounding == __supa_round_nearest_even) {
    away = rest > 0x8000000000000000ull || (rest == 0x8000000000000000ull && (kept & 1u) != 0);
  } else if (rounding != __supa_round_toward_zero) {
    away = rest != 0 && negative == (rounding == __supa_round_downward);
  }
  if (kept < Format::overflow && away) ++kept;
  if (kept < Format::overflow) return kept;
  const bool to_infinity =
      rounding == __supa_round_nearest_even ||
      (rounding != __supa_round_toward_zero && negative == (rounding == __supa_round_downward));
  return to_infinity ? Format::overflow : Format::overflow - 1;
}

/// The magnitude of a finite or infinite double, rounded to the format.
template <class Format>
__SUPA_SMALL_LARGE_FN__ unsigned __supa_double_magnitude(double value, __supa_rounding rounding) {
  const unsigned long long bits = __supa_bits_as<unsigned long long>(value);
  const int biased_exponent = (int)(bits >> 52) & 0x7ff;
  unsigned long long significand = bits & 0xfffffffffffffull;
  if (biased_exponent == 0x7ff) return Format::overflow;
  if (biased_exponent != 0) significand |= 0x10000000000000ull;
  return __supa_round_magnitude<Format>(significand, (biased_exponent ? biased_exponent : 1) - 1075,
                                        (bits >> 63) != 0, rounding);
}

/// The magnitude of a finite or infinite float, rounded to nearest even, without branches. The
/// format's exponent range is smaller than that of float.
template <class Format>
__SUPA_SMALL_FN__ unsigned __supa_float_magnitude_nearest(float value) {
  const unsigned magnitude = __supa_bits_as<unsigned>(value) & 0x7fffffffu;
  const int dropped_bits = 23 - Format::mantissa_bits;
  // A subnormal result is a multiple of one step; adding 2^23 steps lets the addition round.
  const unsigned step_exponent = (unsigned)(127 + 1 - Format::bias - Format::mantissa_bits);
  const unsigned many_steps = (step_exponent + 23u) << 23;
  const float rounded = __supa_bits_as<float>(magnitude) + __supa_bits_as<float>(many_steps);
  const unsigned subnormal = __supa_bits_as<unsigned>(rounded) - many_steps;
  const unsigned odd = (magnitude >> dropped_bits) & 1u;
  const unsigned half_step = (1u << (dropped_bits - 1)) - 1u;
  const unsigned rebias = (unsigned)(127 - Format::bias) << Format::mantissa_bits;
  const unsigned normal = ((magnitude + half_step + odd) >> dropped_bits) - rebias;
  const unsigned smallest_normal = (unsigned)(127 + 1 - Format::bias) << 23;
  const unsigned result = magnitude < smallest_normal ? subnormal : normal;
  return result < Format::overflow ? result : Format::overflow;
}

__SUPA_SMALL_FN__ unsigned short __supa_float_to_half(float value) {
#if defined(__CUDA_ARCH__)
  const unsigned short bits = __builtin_bit_cast(unsigned short, (_Float16)value);
#else
  const unsigned sign = (__supa_bits_as<unsigned>(value) >> 16) & 0x8000u;
  const unsigned short bits =
      (unsigned short)(sign |
                       __supa_float_magnitude_nearest<__supa_format<15, 10, 0x7c00, 0x7fff> >(
                           value));
#endif
  return value != value ? (unsigned short)0x7fff : bits;
}
/// Exact. NaN keeps its payload and becomes quiet.
__SUPA_SMALL_FN__ float __supa_half_to_float(unsigned short bits) {
#if defined(__CUDA_ARCH__)
  return (float)__builtin_bit_cast(_Float16, bits);
#else
  const unsigned sign = (unsigned)(bits & 0x8000u) << 16;
  const unsigned magnitude = bits & 0x7fffu;
  unsigned result = (magnitude << 13) + ((127u - 15u) << 23);
  if (magnitude >= 0x7c00u) result += (128u - 16u) << 23;
  if (magnitude > 0x7c00u) result |= 0x400000u;
  if (magnitude < 0x400u) {
    result = __supa_bits_as<unsigned>((float)magnitude * 5.9604644775390625e-8f);  // 2^-24
  }
  return __supa_bits_as<float>(result | sign);
#endif
}

__SUPA_SMALL_FN__ unsigned short __supa_float_to_bfloat16(float value) {
  const unsigned bits = __supa_bits_as<unsigned>(value);
  const unsigned short rounded = (unsigned short)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
  return value != value ? (unsigned short)0x7fff : rounded;
}
/// Exact; NaN keeps its pattern.
__SUPA_SMALL_FN__ float __supa_bfloat16_to_float(unsigned short bits) {
  return __supa_bits_as<float>((unsigned)bits << 16);
}

/// `value` as a float that rounds to 16 bits or fewer as `value` itself does: where it does not
/// fit, the last bit is odd.
__SUPA_SMALL_FN__ float __supa_double_to_odd_float(double value) {
  const float nearest = (float)value;
  const double back = (double)nearest;
  int bits = __supa_bits_as<int>(nearest);
  const bool inexact = back < value || back > value;
  if (inexact && (bits & 1) == 0) bits += (back < value) == (bits >= 0) ? 1 : -1;
  return __supa_bits_as<float>(bits);
}

/// x * y + z of values with at most 12 significant bits, as a double that rounds as the exact
/// result does. The product is exact, so a compiler that fuses the operations changes nothing.
__SUPA_SMALL_FN__ double __supa_fma_to_odd_double(double x, double y, double z) {
  const double product = x * y;
  const double sum = product + z;
  const double z_part = sum - product;
  const double low = (product - (sum - z_part)) + (z - z_part);
  long long bits = __supa_bits_as<long long>(sum);
  // `low` is NaN beside infinities, and then changes nothing.
  const bool inexact = low > 0.0 || low < 0.0;
  if (inexact && (bits & 1) == 0) bits += (low > 0.0) == (bits >= 0) ? 1 : -1;
  return __supa_bits_as<double>(bits);
}

template <bool Signed>
struct __supa_wide {
  typedef long long type;
};
template <>
struct __supa_wide<false> {
  typedef unsigned long long type;
};

/// A whole number limited to the range of an integer type. NaN gives 0, or the lowest signed number
/// in the 64-bit types, as a conversion instruction does.
template <class Integer>
__SUPA_SMALL_FN__ Integer __supa_limit_to(float whole) {
  const bool is_signed = (Integer)-1 < (Integer)0;
  const int value_bits = (int)sizeof(Integer) * 8 - (is_signed ? 1 : 0);
  const float limit = (float)(1ull << (value_bits - 1)) * 2.0f;
  const Integer highest = (Integer)(~0ull >> (64 - value_bits));
  const Integer lowest = is_signed ? (Integer)(-highest - 1) : (Integer)0;
  if (whole != whole) return sizeof(Integer) == 8 ? (Integer)(1ull << 63) : (Integer)0;
  if (whole >= limit) return highest;
  if (whole <= (is_signed ? -limit : 0.0f)) return lowest;
  return (Integer)whole;
}
__SUPA_SMALL_FN__ float __supa_round_whole(float value, __supa_rounding rounding) {
  switch (rounding) {
    case __supa_round_nearest_even:
      return ::rintf(value);
    case __supa_round_downward:
      return ::floorf(value);
    case __supa_round_upward:
      return ::ceilf(value);
    default:
      return ::truncf(value);
  }
}

/// What the 16-bit formats have in common. Values are patterns.
template <class Format>
struct __supa_format_16 {
  static __SUPA_SMALL_MEMBER__ unsigned short from_double(double value, __supa_rounding rounding) {
    const unsigned sign = (unsigned)(__supa_bits_as<unsigned long long>(value) >> 63) << 15;
    if (value != value) return (unsigned short)Format::nan;
    return (unsigned short)(sign | __supa_double_magnitude<Format>(value, rounding));
  }
  static __SUPA_SMALL_MEMBER__ unsigned short from_double(double value) {
    return Format::from_float(__supa_double_to_odd_float(value));
  }
  static __SUPA_SMALL_MEMBER__ unsigned short from_integer(long long value,
                                                           __supa_rounding rounding) {
    const bool negative = value < 0;
    const unsigned long long magnitude =
        negative ? 0ull - (unsigned long long)value : (unsigned long long)value;
    return (unsigned short)((negative ? 0x8000u : 0u) |
                            __supa_round_magnitude<Format>(magnitude, 0, negative, rounding));
  }
  static __SUPA_SMALL_MEMBER__ unsigned short from_integer(unsigned long long value,
                                                           __supa_rounding rounding) {
    return (unsigned short)__supa_round_magnitude<Format>(value, 0, false, rounding);
  }
  template <class Integer>
  static __SUPA_SMALL_MEMBER__ Integer to_integer(unsigned short bits, __supa_rounding rounding) {
    const float value = __supa_round_whole(Format::to_float(bits), rounding);
    return __supa_limit_to<Integer>(value);
  }
};

struct __supa_format_half : __supa_format<15, 10, 0x7c00, 0x7fff>,
                            __supa_format_16<__supa_format_half> {
  static __SUPA_SMALL_MEMBER__ unsigned short from_float(float value) {
    return __supa_float_to_half(value);
  }
  static __SUPA_SMALL_MEMBER__ float to_float(unsigned short bits) {
    return __supa_half_to_float(bits);
  }
  /// Integers that are inexact as float are far above the largest half.
  template <class Integer>
  static __SUPA_SMALL_MEMBER__ unsigned short from_integer_nearest(Integer value) {
    return from_float((float)value);
  }
  /// The double holds every sum whose rounding is in doubt, as the exponents are so close.
  static __SUPA_SMALL_MEMBER__ unsigned short fma(float x, float y, float z) {
    return from_double((double)x * (double)y + (double)z);
  }
};

struct __supa_format_bfloat16 : __supa_format<127, 7, 0x7f80, 0x7fff>,
                                __supa_format_16<__supa_format_bfloat16> {
  static __SUPA_SMALL_MEMBER__ unsigned short from_float(float value) {
    return __supa_float_to_bfloat16(value);
  }
  static __SUPA_SMALL_MEMBER__ float to_float(unsigned short bits) {
    return __supa_bfloat16_to_float(bits);
  }
  template <class Integer>
  static __SUPA_SMALL_MEMBER__ unsigned short from_integer_nearest(Integer value) {
    typedef typename __supa_wide<((Integer)-1 < (Integer)0)>::type wide;
    if (sizeof(Integer) <= 4) return from_double((double)value);
    return from_integer((wide)value, __supa_round_nearest_even);
  }
  static __SUPA_SMALL_MEMBER__ unsigned short fma(float x, float y, float z) {
    return from_double(__supa_fma_to_odd_double(x, y, z));
  }
};

/// Conversions between the class T and an integer type, under CUDA's names. `name` and `integer`
/// are the parts of the functions' names.
#define __SUPA_SMALL_CONVERSION__(T, Format, name, Integer, integer, suffix, rounding) \
  __SUPA_SMALL_FN__ Integer __##name##2##integer##_##suffix(const T value) {           \
    return Format::to_integer<Integer>(__supa_pattern(value), rounding);               \
  }                                                                                    \
  __SUPA_SMALL_FN__ T __##integer##2##name##_##suffix(const Integer value) {           \
    typedef typename __supa_wide<((Integer) - 1 < (Integer)0)>::type wide;             \
    return __supa_from_pattern<T>(Format::from_integer((wide)value, rounding));        \
  }
#define __SUPA_SMALL_CONVERSIONS__(T, Format, name, Integer, integer)                        \
  __SUPA_SMALL_FN__ Integer __##name##2##integer##_rn(const T value) {                       \
    return Format::to_integer<Integer>(__supa_pattern(value), __supa_round_nearest_even);    \
  }                                                                                          \
  __SUPA_SMALL_FN__ T __##integer##2##name##_rn(const Integer value) {                       \
    return __supa_from_pattern<T>(Format::from_integer_nearest(value));                      \
  }                                                                                          \
  __SUPA_SMALL_CONVERSION__(T, Format, name, Integer, integer, rz, __supa_round_toward_zero) \
  __SUPA_SMALL_CONVERSION__(T, Format, name, Integer, integer, rd, __supa_round_downward)    \
  __SUPA_SMALL_CONVERSION__(T, Format, name, Integer, integer, ru, __supa_round_upward)
#define __SUPA_SMALL_ALL_CONVERSIONS__(T, Format, name)                                        \
  __SUPA_SMALL_CONVERSIONS__(T, Format, name, short, short)                                    \
  __SUPA_SMALL_CONVERSIONS__(T, Format, name, unsigned short, ushort)                          \
  __SUPA_SMALL_CONVERSIONS__(T, Format, name, int, int)                                        \
  __SUPA_SMALL_CONVERSIONS__(T, Format, name, unsigned int, uint)                              \
  __SUPA_SMALL_CONVERSIONS__(T, Format, name, long long, ll)                                   \
  __SUPA_SMALL_CONVERSIONS__(T, Format, name, unsigned long long, ull)                         \
  __SUPA_SMALL_FN__ signed char __##name##2char_rz(const T value) {                            \
    return Format::to_integer<signed char>(__supa_pattern(value), __supa_round_toward_zero);   \
  }                                                                                            \
  __SUPA_SMALL_FN__ unsigned char __##name##2uchar_rz(const T value) {                         \
    return Format::to_integer<unsigned char>(__supa_pattern(value), __supa_round_toward_zero); \
  }                                                                                            \
  /* From float and double. */                                                                 \
  __SUPA_SMALL_FN__ T __float2##name##_rn(const float value) {                                 \
    return __supa_from_pattern<T>(Format::from_float(value));                                  \
  }                                                                                            \
  __SUPA_SMALL_FN__ T __float2##name(const float value) { return __float2##name##_rn(value); } \
  __SUPA_SMALL_FN__ T __double2##name(const double value) {                                    \
    return __supa_from_pattern<T>(Format::from_double(value));                                 \
  }                                                                                            \
  __SUPA_SMALL_FN__ T __float2##name##_rz(const float value) {                                 \
    return __supa_from_pattern<T>(Format::from_double(value, __supa_round_toward_zero));       \
  }                                                                                            \
  __SUPA_SMALL_FN__ T __float2##name##_rd(const float value) {                                 \
    return __supa_from_pattern<T>(Format::from_double(value, __supa_round_downward));          \
  }                                                                                            \
  __SUPA_SMALL_FN__ T __float2##name##_ru(const float value) {                                 \
    return __supa_from_pattern<T>(Format::from_double(value, __supa_round_upward));            \
  }                                                                                            \
  __SUPA_SMALL_FN__ float __##name##2float(const T value) {                                    \
    return Format::to_float(__supa_pattern(value));                                            \
  }                                                                                            \
  /* Bit casts. */                                                                             \
  __SUPA_SMALL_FN__ short __##name##_as_short(const T value) {                                 \
    return (short)__supa_pattern(value);                                                       \
  }                                                                                            \
  __SUPA_SMALL_FN__ unsigned short __##name##_as_ushort(const T value) {                       \
    return __supa_pattern(value);                                                              \
  }                                                                                            \
  __SUPA_SMALL_FN__ T __short_as_##name(const short bits) {                                    \
    return __supa_from_pattern<T>((unsigned short)bits);                                       \
  }                                                                                            \
  __SUPA_SMALL_FN__ T __ushort_as_##name(const unsigned short bits) {                          \
    return __supa_from_pattern<T>(bits);                                                       \
  }

/// Members of the class T, whose only member is the pattern __x, for implicit conversions as CUDA
/// has them.
#define __SUPA_SMALL_INTEGER_OUT__(T, Format, Integer)                 \
  __SUPA_SMALL_MEMBER__ operator Integer() const {                     \
    return Format::to_integer<Integer>(__x, __supa_round_toward_zero); \
  }
#define __SUPA_SMALL_INTEGER_BOTH__(T, Format, Integer)                                      \
  __SUPA_SMALL_MEMBER__ T(const Integer value) : __x(Format::from_integer_nearest(value)) {} \
  __SUPA_SMALL_MEMBER__ T& operator=(const Integer value) {                                  \
    __x = Format::from_integer_nearest(value);                                               \
    return *this;                                                                            \
  }                                                                                          \
  __SUPA_SMALL_INTEGER_OUT__(T, Format, Integer)
#define __SUPA_SMALL_MEMBERS__(T, Format)                                                \
  __SUPA_SMALL_MEMBER__ T(const float value) : __x(Format::from_float(value)) {}         \
  __SUPA_SMALL_MEMBER__ T(const double value) : __x(Format::from_double(value)) {}       \
  __SUPA_SMALL_MEMBER__ T& operator=(const float value) {                                \
    __x = Format::from_float(value);                                                     \
    return *this;                                                                        \
  }                                                                                      \
  __SUPA_SMALL_MEMBER__ T& operator=(const double value) {                               \
    __x = Format::from_double(value);                                                    \
    return *this;                                                                        \
  }                                                                                      \
  __SUPA_SMALL_MEMBER__ operator float() const { return Format::to_float(__x); }         \
  __SUPA_SMALL_MEMBER__ constexpr operator bool() const { return (__x & 0x7fffu) != 0; } \
  __SUPA_SMALL_INTEGER_OUT__(T, Format, char)                                            \
  __SUPA_SMALL_INTEGER_OUT__(T, Format, signed char)                                     \
  __SUPA_SMALL_INTEGER_OUT__(T, Format, unsigned char)                                   \
  __SUPA_SMALL_INTEGER_BOTH__(T, Format, short)                                          \
  __SUPA_SMALL_INTEGER_BOTH__(T, Format, unsigned short)                                 \
  __SUPA_SMALL_INTEGER_BOTH__(T, Format, int)                                            \
  __SUPA_SMALL_INTEGER_BOTH__(T, Format, unsigned int)                                   \
  __SUPA_SMALL_INTEGER_BOTH__(T, Format, long)                                           \
  __SUPA_SMALL_INTEGER_BOTH__(T, Format, unsigned long)                                  \
  __SUPA_SMALL_INTEGER_BOTH__(T, Format, long long)                                      \
  __SUPA_SMALL_INTEGER_BOTH__(T, Format, unsigned long long)

#endif  // OPENSUPA_DEVICE_SMALL_FLOAT_H_
