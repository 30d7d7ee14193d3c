#pragma once

// Helpers of the device library's own functions. Everything is target neutral: no intrinsic of a
// device is used, only what every LLVM backend expands in line.

#include "libclc.h"

namespace opensupa::devicelib {

using Int32 = int;
using Int64 = long long;
using UInt32 = unsigned;
using UInt64 = unsigned long long;
static_assert(sizeof(Int32) == 4 && sizeof(Int64) == 8);

inline constexpr double kPi = 0x1.921fb54442d18p+1;
inline constexpr double kInfinity = __builtin_inf();
inline constexpr double kNan = __builtin_nan("");

inline UInt64 Bits(double x) { return __builtin_bit_cast(UInt64, x); }
inline UInt32 Bits(float x) { return __builtin_bit_cast(UInt32, x); }
inline double FromBits(UInt64 bits) { return __builtin_bit_cast(double, bits); }
inline float FromBits(UInt32 bits) { return __builtin_bit_cast(float, bits); }

inline bool IsNan(double x) { return x != x; }
inline double Abs(double x) { return FromBits(Bits(x) & ~(1ull << 63)); }
inline bool IsNegative(double x) { return (Bits(x) >> 63) != 0; }
inline bool IsInfinite(double x) { return Abs(x) == kInfinity; }
inline double CopySign(double magnitude, double sign) {
  return FromBits((Bits(magnitude) & ~(1ull << 63)) | (Bits(sign) & (1ull << 63)));
}
inline double Sqrt(double x) { return __builtin_elementwise_sqrt(x); }
inline float Sqrt(float x) { return __builtin_elementwise_sqrt(x); }
inline double Fma(double x, double y, double z) { return __builtin_elementwise_fma(x, y, z); }
inline float Fma(float x, float y, float z) { return __builtin_elementwise_fma(x, y, z); }
inline double RoundEven(double x) { return __builtin_elementwise_roundeven(x); }
inline double Floor(double x) { return __builtin_elementwise_floor(x); }

/// x * 2^n with one rounding, for any n.
double Scale(double x, Int32 n);

/// Exponent of the leading bit; of denormals too. x must be finite and not zero.
inline Int32 LeadingExponent(double x) {
  const UInt64 magnitude = Bits(x) & ~(1ull << 63);
  const Int32 biased = static_cast<Int32>(magnitude >> 52);
  return biased != 0 ? biased - 1023 : -1011 - __builtin_clzll(magnitude);
}

/// Sum of coefficients[i] * T_i(t), by Clenshaw's recurrence.
template <int kCount>
double Chebyshev(const double (&coefficients)[kCount], double t) {
  double b1 = 0;
  double b2 = 0;
  for (int i = kCount - 1; i > 0; --i) {
    const double b0 = 2 * t * b1 - b2 + coefficients[i];
    b2 = b1;
    b1 = b0;
  }
  return t * b1 - b2 + coefficients[0];
}

}  // namespace opensupa::devicelib

/// Defines the exported float and double form of a function of doubles. Single precision is worked
/// out in double and rounded once.
#define SU_EXPORT_UNARY(name, function)                                                   \
  extern "C" float __su_##name##_f32(float x) { return static_cast<float>(function(x)); } \
  extern "C" double __su_##name##_f64(double x) { return function(x); }
#define SU_EXPORT_BINARY(name, function)                 \
  extern "C" float __su_##name##_f32(float x, float y) { \
    return static_cast<float>(function(x, y));           \
  }                                                      \
  extern "C" double __su_##name##_f64(double x, double y) { return function(x, y); }
