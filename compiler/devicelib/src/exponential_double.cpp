// Exponential, logarithmic and hyperbolic functions in double precision: results are kept as pairs
// until the last rounding, so that errors stay near half an ulp. No tables.

#include "pairs.h"
#include "polynomials.h"
#include "wide.h"

namespace opensupa::devicelib {
namespace {

// The high parts have few enough bits that their products with exponents are exact.
constexpr double kLog2High = 0x1.62e42fefa2000p-1;
constexpr double kLog2Rest = 0x1.9ef35793c7673p-41;
constexpr double kLog10Of2High = 0x1.34413509f6000p-2;
constexpr double kLog10Of2Rest = 0x1.9fef311f12b36p-42;
constexpr double kLog2Low = 0x1.abc9e3b39803fp-56;
constexpr double kLog2ELow = 0x1.777d0ffda0d24p-56;
constexpr double kLog10 = 0x1.26bb1bbb55516p+1;
constexpr double kLog10Low = -0x1.f48ad494ea3e9p-53;
constexpr double kLog10ELow = 0x1.95355baaafad3p-57;

/// 2^exponent * (value.high + value.low), value.high from 0.7 to 1.5.
struct Power {
  Pair value;
  double exponent;
};

/// exp(rest + rest_low) * 2^exponent for |rest| <= ln(2) / 2.
Power ExpOfRest(double rest, double rest_low, double exponent) {
  const Pair one = FastSum(1, rest);
  const double square = rest * rest;
  const double tail = Fma(square, Polynomial(kExpRest, rest), Fma(rest_low, rest, rest_low));
  return {FastSum(one.high, one.low + tail), exponent};
}

Power ExpParts(double x) {
  const double exponent = RoundEven(x * kLog2E);
  const double high = Fma(-exponent, kLog2High, x);
  const double low = -exponent * kLog2Rest;
  const Pair rest = FastSum(high, low);
  return ExpOfRest(rest.high, rest.low, exponent);
}

/// value * 2^exponent for a whole exponent from -2044 to 2046.
double Scaled(double value, double exponent) {
  const double half = RoundEven(exponent / 2);
  const auto power = [](double n) { return FromBits((Bits(n + kRoundingShift) + 1023) << 52); };
  return value * power(half) * power(exponent - half);
}

double Exp(double x) {
  const Power power = ExpParts(Limit(x, 800));
  return Scaled(power.value.high, power.exponent);
}

double Exp2(double x) {
  x = Limit(x, 1200);
  const double exponent = RoundEven(x);
  const double fraction = x - exponent;
  const Pair rest = Product(fraction, kLog2);
  return Scaled(ExpOfRest(rest.high, Fma(fraction, kLog2Low, rest.low), exponent).value.high,
                exponent);
}

double Exp10(double x) {
  x = Limit(x, 400);
  const double exponent = RoundEven(x * kLog2Of10);
  const double high = Fma(-exponent, kLog10Of2High, x);
  const double low = -exponent * kLog10Of2Rest;
  const Pair rest = Product(high, kLog10);
  const double rest_low = Fma(high, kLog10Low, Fma(low, kLog10, rest.low));
  const Pair sum = FastSum(rest.high, rest_low);
  return Scaled(ExpOfRest(sum.high, sum.low, exponent).value.high, exponent);
}

/// exp(x) / 2 as a pair, for |x| <= 711.
Pair HalfExp(double x) {
  const Power power = ExpParts(x);
  return {Scaled(power.value.high, power.exponent - 1),
          Scaled(power.value.low, power.exponent - 1)};
}

double Expm1(double x) {
  const double near = x + x * x * Fma(x, Polynomial(kExpm1Rest, x), 0.5);
  const Pair half = HalfExp(x > 710 ? 710 : x < -100 ? -100 : x);
  const Pair difference = Sum(half.high, -0.5);
  const double far = 2 * (difference.high + (difference.low + half.low));
  const double value = Abs(x) < 0.25 ? near : far;
  return x == 0 || IsNan(x) ? x : x > 710 ? kInfinity : value;
}

/// Above it, sinh and cosh overflow.
constexpr double kHyperbolicLimit = 0x1.633ce8fb9f87dp+9;

double Cosh(double x) {
  const double size = Abs(x);
  const Pair half = HalfExp(size > kHyperbolicLimit ? kHyperbolicLimit : size);
  const Pair sum = FastSum(half.high, 0.25 / half.high);
  const double value = sum.high + (sum.low + half.low);
  return size > kHyperbolicLimit ? kInfinity : value;
}

double Sinh(double x) {
  const double size = Abs(x);
  const double square = size * size;
  const double near = Fma(size * square, Polynomial(kSinhRest, square), size);
  const Pair half = HalfExp(size > kHyperbolicLimit ? kHyperbolicLimit : size);
  const Pair difference = FastSum(half.high, -0.25 / half.high);
  const double far = difference.high + (difference.low + half.low);
  const double value = size < 1 ? near : size > kHyperbolicLimit ? kInfinity : far;
  return CopySign(value, x);
}

double Tanh(double x) {
  constexpr double kOneFrom = 22;
  const double size = Abs(x);
  const double square = size * size;
  const double near = Fma(size * square, Polynomial(kTanhRest, square), size);
  // 1 - 2 / (exp(2 x) + 1), halved above and below.
  const Pair half = HalfExp(2 * (size > kOneFrom ? kOneFrom : size));
  const Pair divisor = Sum(half.high, 0.5);
  const double divisor_low = divisor.low + half.low;
  const double quotient = 1 / divisor.high;
  const double quotient_low =
      (Fma(-quotient, divisor.high, 1.0) - quotient * divisor_low) * quotient;
  const Pair difference = FastSum(1, -quotient);
  const double far = difference.high + (difference.low - quotient_low);
  return CopySign(size < 0.25 ? near : far, x);
}

/// ln(x) = exponent * ln(2) + value, for any positive finite x.
struct LogarithmPair {
  double exponent;
  Pair value;
};

LogarithmPair LogParts(double x) {
  const bool subnormal = x < 0x1p-1022;
  const Logarithm parts = Split(subnormal ? x * 0x1p54 : x);
  const double f = parts.fraction;
  // ln(1 + f) = f - f^2 / 2 + s (f^2 / 2 + rest)
  const double s = f / (2 + f);
  const double z = s * s;
  const Pair half_square = Product(f / 2, f);
  const Pair high = FastSum(f, -half_square.high);
  const double low =
      Fma(s, half_square.high + z * Polynomial(kLogRest, z), high.low - half_square.low);
  return {subnormal ? parts.exponent - 54 : parts.exponent, FastSum(high.high, low)};
}

/// exponent * (high + rest) + value
double WithExponent(double exponent, double high, double rest, Pair value) {
  const Pair sum = FastSum(exponent * high, value.high);
  return sum.high + (sum.low + Fma(exponent, rest, value.low));
}

double Log(double x) {
  const LogarithmPair parts = LogParts(x);
  return WithLogarithmsSpecials(WithExponent(parts.exponent, kLog2High, kLog2Rest, parts.value), x);
}

/// value * (factor + factor_low)
Pair Times(Pair value, double factor, double factor_low) {
  const Pair product = Product(value.high, factor);
  return FastSum(product.high, Fma(value.high, factor_low, Fma(value.low, factor, product.low)));
}

double Log2(double x) {
  const LogarithmPair parts = LogParts(x);
  return WithLogarithmsSpecials(
      WithExponent(parts.exponent, 1, 0, Times(parts.value, kLog2E, kLog2ELow)), x);
}

double Log10(double x) {
  const LogarithmPair parts = LogParts(x);
  return WithLogarithmsSpecials(WithExponent(parts.exponent, kLog10Of2High, kLog10Of2Rest,
                                             Times(parts.value, kLog10E, kLog10ELow)),
                                x);
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

extern "C" double __su_exp_f64(double x) { return Exp(x); }
extern "C" double __su_exp2_f64(double x) { return Exp2(x); }
extern "C" double __su_exp10_f64(double x) { return Exp10(x); }
extern "C" double __su_expm1_f64(double x) { return Expm1(x); }
extern "C" double __su_sinh_f64(double x) { return Sinh(x); }
extern "C" double __su_cosh_f64(double x) { return Cosh(x); }
extern "C" double __su_tanh_f64(double x) { return Tanh(x); }
extern "C" double __su_log_f64(double x) { return Log(x); }
extern "C" double __su_log2_f64(double x) { return Log2(x); }
extern "C" double __su_log10_f64(double x) { return Log10(x); }
