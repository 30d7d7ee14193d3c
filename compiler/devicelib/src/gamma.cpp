// The gamma function.

#include "base.h"
#include "trigonometric_double.h"

namespace opensupa::devicelib {
namespace {

constexpr double kOverflowAbove = 171.7;
constexpr double kUnderflowBelow = -184;
constexpr double kStirlingFrom = 12;
constexpr double kShiftFrom = -3;
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

/// Gamma(x) for kShiftFrom < x <= 171.7, x no whole number below one.
double Shifted(double x) {
  if (x >= kStirlingFrom) return Stirling(x);
  // Gamma(x) = Gamma(x + n) / (x (x + 1) ... (x + n - 1)); the product and its factors keep what
  // they lose to rounding in a second number.
  double product = 1;
  double product_low = 0;
  double y = x;
  double y_low = 0;
  for (double n = 0; y < kStirlingFrom;) {
    const double next = product * y;
    product_low = product_low * y + product * y_low + Fma(product, y, -next);
    product = next;
    n += 1;
    y = x + n;
    const double added = y - x;
    y_low = (x - (y - added)) + (n - added);
  }
  const double digamma = ::log(y) - 0.5 / y - 1.0 / 12 / (y * y);
  return Stirling(y) * (1 + (y_low * digamma - product_low / product)) / product;
}

double Tgamma(double x) {
  if (IsNan(x) || x == kInfinity) return x;
  if (x == 0) return 1 / x;
  if (x == -kInfinity) return kNan;
  if (Abs(x) < 0x1p-54) return 1 / x;
  if (x > kOverflowAbove) return kInfinity;
  if (x > 0) return Shifted(x);
  const double whole = Floor(x);
  if (whole == x) return kNan;
  const bool even = Floor(whole / 2) * 2 == whole;
  if (x > kShiftFrom) return Shifted(x);
  if (x < kUnderflowBelow) return even ? 0.0 : -0.0;
  // Reflection: Gamma(x) = -pi / (x sin(pi x) Gamma(-x)), the largest factor in two steps.
  const double y = -x;
  const double sine = SinpiDouble(y);
  if (y <= kOverflowAbove - 2) return -(kPi / (y * sine) / Shifted(y));
  constexpr int kFold = 15;
  const double below = Shifted(y - kFold);
  double rise = 1;
  double result = kPi / (y * sine) / below;
  for (int i = kFold; i > 0; --i) rise *= y - i;
  return -(result / rise);
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

SU_EXPORT_UNARY(tgamma, Tgamma)
