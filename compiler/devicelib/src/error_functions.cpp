// Scaled and inverse error functions and the normal distribution in double precision.

#include "base.h"
#include "series_tables.h"
#include "wide.h"

namespace opensupa::devicelib {
namespace {

constexpr double kTwoOverRootPi = 0x1.20dd750429b6dp+0;
constexpr double kRootHalfLow = -0x1.bdd3413b26456p-55;

double ErfcxPositive(double x) {
  if (x > 1e8) return kTwoOverRootPi / 2 / x;
  if (x < 1) {
    // The series is not exact enough here.
    const double square = x * x;
    return ::exp(square) * (1 + Fma(x, x, -square)) * ::erfc(x);
  }
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

/// Inverse of erf for |x| <= 0.5: the single-precision function and one of Newton's steps.
double ErfinvCentre(double x) {
  const double z = x * Polynomial(kErfinv, x * x);
  const double step = (::erf(z) - x) / (kTwoOverRootPi * ::exp(-z * z));
  return x == 0 ? x : z - step;
}

/// One of Halley's steps from z on erfc(z) = y.
double StepOnErfc(double z, double y) {
  const double step = (y - ::erfc(z)) / (kTwoOverRootPi * ::exp(-z * z));
  return z - step / (1 + z * step);
}

/// One of Halley's steps from z on ln(erfc(z)) = logarithm.
double StepOnLogarithm(double z, double logarithm) {
  const double scaled = ErfcxPositive(z);
  const double square = z * z;
  const double difference = ((::log(scaled) - Fma(z, z, -square)) - square) - logarithm;
  const double slope = -kTwoOverRootPi / scaled;
  const double curvature = slope * (-2 * z - slope);
  const double step = difference / slope;
  return z - step / (1 - step * curvature / (2 * slope));
}

/// Inverse of erfc for 0 < y < 0.5: a start good to six digits, which a step triples.
double ErfcinvTail(double y) {
  constexpr double kLogarithmicBelow = 0.01;
  const double logarithm = ::log(y);
  const double s = Sqrt(-logarithm);
  const double z = s * Polynomial(kErfcinvStart, (s - 5) / (s + 5));
  return y < kLogarithmicBelow ? StepOnLogarithm(z, logarithm) : StepOnErfc(z, y);
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

double Normcdfinv(double x) { return 0.0 - kRootTwo * Erfcinv(2 * x); }

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

extern "C" double __su_erfcx_f64(double x) { return Erfcx(x); }
extern "C" double __su_erfinv_f64(double x) { return Erfinv(x); }
extern "C" double __su_erfcinv_f64(double x) { return Erfcinv(x); }
extern "C" double __su_normcdf_f64(double x) { return Normcdf(x); }
extern "C" double __su_normcdfinv_f64(double x) { return Normcdfinv(x); }
