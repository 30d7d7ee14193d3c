// Scaled and inverse error functions and the normal distribution.

#include "base.h"
#include "series_tables.h"

namespace opensupa::devicelib {
namespace {

constexpr double kTwoOverRootPi = 0x1.20dd750429b6dp+0;
constexpr double kRootTwo = 0x1.6a09e667f3bcdp+0;
constexpr double kRootHalf = 0x1.6a09e667f3bcdp-1;
constexpr double kRootHalfLow = -0x1.bdd3413b26456p-55;

double ErfcxPositive(double x) {
  if (x > 1e8) return kTwoOverRootPi / 2 / x;
  return Chebyshev(kErfcx, (x - 4) / (x + 4)) / (1 + 2 * x);
}

double Erfcx(double x) {
  if (IsNan(x)) return x;
  if (x >= 0) return ErfcxPositive(x);
  if (x < -26.7) return kInfinity;
  // exp(x^2) with the rounding of x^2 made good.
  const double square = x * x;
  const double low = Fma(x, x, -square);
  return 2 * ::exp(square) * (1 + low) - ErfcxPositive(-x);
}

/// Inverse of erf to three digits, in closed form.
double RoughErfinv(double x) {
  constexpr double kA = 0.147;
  const double logarithm = ::log1p(-x * x);
  const double term = 2 / (kPi * kA) + logarithm / 2;
  return CopySign(Sqrt(Sqrt(term * term - logarithm / kA) - term), x);
}

/// Inverse of erf for |x| <= 0.5: Halley's steps, whose error shrinks to its cube.
double ErfinvCentre(double x) {
  double z = RoughErfinv(x);
  for (int i = 0; i < 2; ++i) {
    const double step = (::erf(z) - x) / (kTwoOverRootPi * ::exp(-z * z));
    z -= step / (1 + z * step);
  }
  return x == 0 ? x : z;
}

/// Inverse of erfc for 0 < y < 0.5. Works on the logarithm, so that it holds for the smallest y.
double ErfcinvTail(double y) {
  double z = y > 1e-3 ? RoughErfinv(1 - y) : Sqrt(-::log(y * 1.5 * Sqrt(-::log(y))));
  const double logarithm = ::log(y);
  for (int i = 0; i < 3; ++i) {
    const double scaled = ErfcxPositive(z);
    // log(erfc(z)) - log(y), its derivative and second derivative.
    const double difference = (::log(scaled) - z * z) - logarithm;
    const double slope = -kTwoOverRootPi / scaled;
    const double curvature = slope * (-2 * z - slope);
    const double step = difference / slope;
    z -= step / (1 - step * curvature / (2 * slope));
  }
  return z;
}

double Erfcinv(double y) {
  if (IsNan(y) || y < 0 || y > 2) return kNan;
  if (y == 0) return kInfinity;
  if (y == 2) return -kInfinity;
  if (y < 0.5) return ErfcinvTail(y);
  if (y > 1.5) return -ErfcinvTail(2 - y);
  return ErfinvCentre(1 - y);
}

double Erfinv(double x) {
  if (Abs(x) <= 0.5) return ErfinvCentre(x);
  return CopySign(Erfcinv(1 - Abs(x)), x);
}

double Normcdf(double x) {
  if (IsNan(x)) return x;
  if (x < -39) return 0;
  if (x > 9) return 1;
  // erfc(-x / sqrt(2)) / 2, with the rounding of the argument made good by erfc's derivative.
  const double high = -x * kRootHalf;
  const double low = Fma(-x, kRootHalf, -high) - x * kRootHalfLow;
  const double square = high * high;
  return (::erfc(high) - kTwoOverRootPi * low * ::exp(-square)) / 2;
}

double Normcdfinv(double x) { return -kRootTwo * Erfcinv(2 * x); }

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

SU_EXPORT_UNARY(erfcx, Erfcx)
SU_EXPORT_UNARY(erfinv, Erfinv)
SU_EXPORT_UNARY(erfcinv, Erfcinv)
SU_EXPORT_UNARY(normcdf, Normcdf)
SU_EXPORT_UNARY(normcdfinv, Normcdfinv)
