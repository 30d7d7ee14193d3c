#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>
#include <cstring>
#include <vector>

// Host model of narrow floating-point formats in whole numbers: operations are exact, and there is
// one rounding, in Encode.

namespace exact_float {

/// A format by its bits: sign, exponent, mantissa. Without infinity (e4m3) the highest exponent
/// holds numbers too, and NaN only in its last pattern.
struct Format {
  int exponent_bits;
  int mantissa_bits;
  bool has_infinity;

  int bits() const { return 1 + exponent_bits + mantissa_bits; }
  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  unsigned sign_bit() const { return 1u << (exponent_bits + mantissa_bits); }
  /// The lowest pattern that is no number: infinity or NaN.
  unsigned overflow() const {
    const unsigned top = (1u << exponent_bits) - 1;
    return has_infinity ? top << mantissa_bits : sign_bit() - 1;
  }
};
constexpr Format kE4m3 = {4, 3, false};
constexpr Format kE5m2 = {5, 2, true};
constexpr Format kHalf = {5, 10, true};
constexpr Format kBfloat16 = {8, 7, true};
constexpr Format kFloat = {8, 23, true};
constexpr Format kDouble = {11, 52, true};

enum class Kind { kNumber, kInfinity, kNaN };

/// (-1)^negative * digits * 2^exponent. Fewer than 2^60 digits where it is an operand.
struct Number {
  Kind kind = Kind::kNumber;
  bool negative = false;
  unsigned __int128 digits = 0;
  int exponent = 0;

  bool is_zero() const { return kind == Kind::kNumber && digits == 0; }
};

constexpr Number kNotANumber = {Kind::kNaN};

inline Number Decode(const Format& format, uint64_t pattern) {
  const int exponent_bits = format.exponent_bits, mantissa_bits = format.mantissa_bits;
  const uint64_t mantissa = pattern & ((uint64_t{1} << mantissa_bits) - 1);
  const int exponent = static_cast<int>(pattern >> mantissa_bits) & ((1 << exponent_bits) - 1);
  Number number;
  number.negative = (pattern >> (exponent_bits + mantissa_bits) & 1) != 0;
  const bool at_top = exponent == (1 << exponent_bits) - 1;
  if (format.has_infinity && at_top) {
    number.kind = mantissa == 0 ? Kind::kInfinity : Kind::kNaN;
    return number;
  }
  if (!format.has_infinity && at_top && mantissa + 1 == uint64_t{1} << mantissa_bits) {
    number.kind = Kind::kNaN;
    return number;
  }
  number.digits = mantissa + (exponent != 0 ? uint64_t{1} << mantissa_bits : 0);
  number.exponent = (exponent != 0 ? exponent : 1) - format.bias() - mantissa_bits;
  return number;
}
inline Number Decode(float value) {
  uint32_t pattern;
  memcpy(&pattern, &value, sizeof(pattern));
  return Decode(kFloat, pattern);
}
inline Number Decode(double value) {
  uint64_t pattern;
  memcpy(&pattern, &value, sizeof(pattern));
  return Decode(kDouble, pattern);
}

inline Number Negate(Number number) {
  number.negative = !number.negative;
  return number;
}

inline Number Multiply(const Number& x, const Number& y) {
  if (x.kind == Kind::kNaN || y.kind == Kind::kNaN) return kNotANumber;
  if (x.kind == Kind::kInfinity || y.kind == Kind::kInfinity) {
    if (x.is_zero() || y.is_zero()) return kNotANumber;
    return {Kind::kInfinity, x.negative != y.negative};
  }
  return {Kind::kNumber, x.negative != y.negative, x.digits * y.digits, x.exponent + y.exponent};
}

/// Rounds like the quotient: a rest makes the last digit odd.
inline Number Divide(const Number& x, const Number& y) {
  if (x.kind == Kind::kNaN || y.kind == Kind::kNaN) return kNotANumber;
  const bool negative = x.negative != y.negative;
  if (x.kind == Kind::kInfinity || y.is_zero()) {
    if (y.kind == Kind::kInfinity || x.is_zero()) return kNotANumber;
    return {Kind::kInfinity, negative};
  }
  if (x.is_zero() || y.kind == Kind::kInfinity) return {Kind::kNumber, negative};
  const unsigned __int128 raised = x.digits << 64;
  const unsigned __int128 rest = raised % y.digits != 0 ? 1 : 0;
  return {Kind::kNumber, negative, raised / y.digits | rest, x.exponent - 64 - y.exponent};
}

/// Rounds like the sum: what lies far below the larger operand is one digit.
inline Number Add(Number x, Number y) {
  if (x.kind == Kind::kNaN || y.kind == Kind::kNaN) return kNotANumber;
  if (x.kind == Kind::kInfinity || y.kind == Kind::kInfinity) {
    if (x.kind == y.kind && x.negative != y.negative) return kNotANumber;
    return x.kind == Kind::kInfinity ? x : y;
  }
  if (x.is_zero() && y.is_zero()) return {Kind::kNumber, x.negative && y.negative};
  if (x.is_zero() || y.is_zero()) return x.is_zero() ? y : x;
  if (x.exponent < y.exponent) {
    const Number larger = y;
    y = x;
    x = larger;
  }
  constexpr int kMostShift = 64;
  if (x.exponent - y.exponent > kMostShift) {
    y.digits = 1;
    y.exponent = x.exponent - kMostShift;
  }
  x.digits <<= x.exponent - y.exponent;
  x.exponent = y.exponent;
  if (x.negative == y.negative) {
    x.digits += y.digits;
    return x;
  }
  if (x.digits == y.digits) return Number();
  if (x.digits > y.digits) {
    x.digits -= y.digits;
    return x;
  }
  y.digits -= x.digits;
  return y;
}

inline int BitWidth(unsigned __int128 digits) {
  const auto high = static_cast<uint64_t>(digits >> 64), low = static_cast<uint64_t>(digits);
  return high != 0 ? 128 - __builtin_clzll(high) : low != 0 ? 64 - __builtin_clzll(low) : 0;
}

/// The pattern of the magnitude, rounded to nearest even; format.overflow() where a finite number
/// is too large.
inline unsigned EncodeMagnitude(const Format& format, const Number& number) {
  const int width = BitWidth(number.digits);
  if (width == 0) return 0;
  // One unit in the last place is 2^unit.
  const int lowest_unit = 1 - format.bias() - format.mantissa_bits;
  const int own_unit = number.exponent + width - 1 - format.mantissa_bits;
  const int unit = own_unit > lowest_unit ? own_unit : lowest_unit;
  const int dropped = unit - number.exponent;
  uint64_t kept = 0;
  if (dropped <= 0) {
    kept = static_cast<uint64_t>(number.digits) << -dropped;
  } else if (dropped <= width) {
    kept = static_cast<uint64_t>(dropped < 128 ? number.digits >> dropped : 0);
    const unsigned __int128 middle = static_cast<unsigned __int128>(1) << (dropped - 1);
    const unsigned __int128 rest = number.digits & (middle + (middle - 1));
    if (rest > middle || (rest == middle && kept % 2 == 1)) ++kept;
  }
  // A carry out of the mantissa goes to the exponent by itself.
  const uint64_t pattern =
      kept + (static_cast<uint64_t>(unit - lowest_unit) << format.mantissa_bits);
  return pattern < format.overflow() ? static_cast<unsigned>(pattern) : format.overflow();
}

/// Canonical NaN is 0x7fff, or 0x7f in 8 bits.
inline unsigned Encode(const Format& format, const Number& number) {
  if (number.kind == Kind::kNaN) return format.sign_bit() - 1;
  const unsigned magnitude =
      number.kind == Kind::kInfinity ? format.overflow() : EncodeMagnitude(format, number);
  return magnitude | (number.negative ? format.sign_bit() : 0);
}
/// Infinity and what is too large become the largest number.
inline unsigned EncodeSaturated(const Format& format, const Number& number) {
  const unsigned pattern = Encode(format, number), sign = format.sign_bit();
  if (number.kind == Kind::kNaN || pattern % sign < format.overflow()) return pattern;
  return (format.overflow() - 1) | (number.negative ? sign : 0);
}

/// The classes of 16 bits.
template <typename T>
struct Of;
template <>
struct Of<__half> {
  using Pair = __half2;
  static constexpr Format kFormat = kHalf;
};
template <>
struct Of<__nv_bfloat16> {
  using Pair = __nv_bfloat162;
  static constexpr Format kFormat = kBfloat16;
};

template <typename T>
__host__ __device__ T FromBits(unsigned bits) {
  const auto narrow = static_cast<unsigned short>(bits);
  T value;
  memcpy(static_cast<void*>(&value), &narrow, sizeof(value));
  return value;
}
template <typename T>
__host__ __device__ unsigned short ToBits(T value) {
  unsigned short bits;
  memcpy(&bits, static_cast<const void*>(&value), sizeof(bits));
  return bits;
}

}  // namespace exact_float
