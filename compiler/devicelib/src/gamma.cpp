// The gamma function.

#include "base.h"

namespace opensupa::devicelib {
namespace {

constexpr double kOverflowAbove = 171.7;
constexpr double kUnderflowBelow = -184;
constexpr double kStirlingFrom = 12;
constexpr double kRootTwoPi = 0x1.40d931ff62706p+1;

/// Logarithm of what Stirling's formula leaves out, for x >= 12.
double StirlingRest(double x) {
  const double r = 1 / (x * x);
  const double series =
      1.0 / 12 +
      r * (-1.0 / 360 +
           r * (1.0 / 1260 +
                r * (-1.0 / 1680 + r * (1.0 / 1188 + r * (-691.0 / 360360 + r * (1.0 / 156))))));
  return series / x;
}

/// Gamma(x) for 12 <= x <= 171.7, where x^x would overflow but its root does not.
double Stirling(double x) {
  const double root = ::pow(x, x / 2 - 0.25);
  return kRootTwoPi * root * ::exp(-x) * root * ::exp(StirlingRest(x));
}

/// Gamma(x) for 0 < x <= 171.7.
double Positive(double x) {
  if (x >= kStirlingFrom) return Stirling(x);
  // Gamma(x) = Gamma(x + n) / (x (x + 1) ... (x + n - 1)).
  double product = 1;
  double y = x;
  while (y < kStirlingFrom) {
    product *= y;
    y += 1;
  }
  // x + n has been rounded; its derivative makes up for that.
  const double n = RoundEven(y - x);
  const double lost = x - (y - n);
  const double digamma = ::log(y) - 0.5 / y - 1.0 / 12 / (y * y);
  return Stirling(y) * (1 + lost * digamma) / product;
}

double Tgamma(double x) {
  if (IsNan(x) || x == kInfinity) return x;
  if (x == 0) return 1 / x;
  if (x == -kInfinity) return kNan;
  if (Abs(x) < 0x1p-54) return 1 / x;
  if (x > kOverflowAbove) return kInfinity;
  if (x > 0) return Positive(x);
  const double whole = Floor(x);
  if (whole == x) return kNan;
  const bool even = Floor(whole / 2) * 2 == whole;
  if (x < kUnderflowBelow) return even ? 0.0 : -0.0;
  // Reflection: Gamma(x) = -pi / (x sin(pi x) Gamma(-x)), the largest factor in two steps.
  const double y = -x;
  const double sine = ::sinpi(y);
  if (y <= kOverflowAbove - 2) return -(kPi / (y * sine) / Positive(y));
  constexpr int kFold = 15;
  const double below = Positive(y - kFold);
  double rise = 1;
  double result = kPi / (y * sine) / below;
  for (int i = kFold; i > 0; --i) rise *= y - i;
  return -(result / rise);
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

SU_EXPORT_UNARY(tgamma, Tgamma)
