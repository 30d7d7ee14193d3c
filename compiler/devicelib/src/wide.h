#pragma once

// The cores of the single-precision functions, in double: their relative errors are below 2^-40, so
// that the one rounding to float decides. All are straight code without tables, which turns into
// vectors. NaN gives NaN where nothing else is said.

#include "base.h"
#include "polynomials.h"

namespace opensupa::devicelib {

inline constexpr double kLog2 = 0x1.62e42fefa39efp-1;
inline constexpr double kLog2E = 0x1.71547652b82fep+0;
inline constexpr double kLog2Of10 = 0x1.a934f0979a371p+1;
inline constexpr double kLog10Of2 = 0x1.34413509f79ffp-2;
inline constexpr double kLog10E = 0x1.bcb7b1526e50ep-2;
inline constexpr double kPiHalf = 0x1.921fb54442d18p+0;
inline constexpr double kPiHalfLow = 0x1.1a62633145c07p-54;
inline constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
inline constexpr double kRootHalf = 0x1.6a09e667f3bcdp-1;
inline constexpr double kRootTwo = 0x1.6a09e667f3bcdp+0;

/// Adding it leaves the nearest whole number in the low bits, for |x| < 2^51.
inline constexpr double kRoundingShift = 0x1.8p52;

template <int kCount>
inline double Polynomial(const double (&coefficients)[kCount], double x) {
  double sum = coefficients[kCount - 1];
#pragma unroll
  for (int i = kCount - 2; i >= 0; --i) sum = Fma(sum, x, coefficients[i]);
  return sum;
}

/// 2^n for the whole number n in the low bits of n + kRoundingShift, -1022 <= n <= 1023.
inline double PowerOfShifted(double shifted) { return FromBits((Bits(shifted) + 1023) << 52); }

inline double Limit(double x, double limit) {
  x = x > limit ? limit : x;
  return x < -limit ? -limit : x;
}

/// 2^x; beyond +-300, where float has long ended, 2^+-300.
inline double Exp2Wide(double x) {
  x = Limit(x, 300);
  const double shifted = x + kRoundingShift;
  const double rest = x - (shifted - kRoundingShift);
  return Fma(rest, Polynomial(kExp2, rest), 1.0) * PowerOfShifted(shifted);
}

/// expm1(x) of x >= -200, relative to itself; beyond 200 that of 200.
inline double Expm1Wide(double x) {
  x = Limit(x, 200);
  const double shifted = Fma(x, kLog2E, kRoundingShift);
  const double r = Fma(-(shifted - kRoundingShift), kLog2, x);
  const double scale = PowerOfShifted(shifted);
  return Fma(scale, r * Polynomial(kExpm1, r), scale - 1);
}

/// x = 2^exponent * (1 + fraction) with 1 + fraction from 1/sqrt(2) to sqrt(2).
struct Logarithm {
  double exponent;
  double fraction;
};

/// x must be positive, normal and finite for a meaningful result.
inline Logarithm Split(double x) {
  constexpr UInt64 kRootHalfBits = 0x3fe6a09e667f3bcdull;
  const UInt64 shifted = Bits(x) - kRootHalfBits;
  const auto exponent = static_cast<Int32>(static_cast<Int64>(shifted) >> 52);
  const double mantissa = FromBits(Bits(x) - (static_cast<UInt64>(exponent) << 52));
  return {static_cast<double>(exponent), mantissa - 1};
}

/// ln(1 + fraction)
inline double LogOfFraction(double fraction) {
  const double s = fraction / (2 + fraction);
  return s * Polynomial(kLog, s * s);
}

/// `value` where x is a positive number, else what a logarithm gives.
inline double WithLogarithmsSpecials(double value, double x) {
  value = x == kInfinity ? x : value;
  value = x == 0 ? -kInfinity : value;
  return x >= 0 ? value : kNan;
}

/// ln(x); x is not subnormal, as no float is when it is held in a double.
inline double LogWide(double x) {
  const Logarithm parts = Split(x);
  return WithLogarithmsSpecials(Fma(parts.exponent, kLog2, LogOfFraction(parts.fraction)), x);
}

inline double Log2Wide(double x) {
  const Logarithm parts = Split(x);
  return WithLogarithmsSpecials(Fma(LogOfFraction(parts.fraction), kLog2E, parts.exponent), x);
}

/// log1p(x), relative to itself.
inline double Log1pWide(double x) {
  const double sum = 1 + x;
  const Logarithm parts = Split(sum);
  // Near zero, the sum has lost bits of x.
  const double fraction = parts.exponent == 0 ? x : parts.fraction;
  const double value = Fma(parts.exponent, kLog2, LogOfFraction(fraction));
  return CopySign(WithLogarithmsSpecials(value, sum), x);
}

/// erfcx(x) for x >= 0; beyond 2^200 that of 2^200.
inline double ErfcxWide(double x) {
  x = x > 0x1p200 ? 0x1p200 : x;
  return Polynomial(kErfcxFloat, (x - 4) / (x + 4)) / Fma(2.0, x, 1.0);
}

/// erfc(x) for x >= 0.
inline double ErfcWide(double x) { return Exp2Wide(-x * x * kLog2E) * ErfcxWide(x); }

}  // namespace opensupa::devicelib
