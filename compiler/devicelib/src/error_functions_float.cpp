// Error functions, their inverses and the normal distribution in single precision.

#include "narrow.h"

namespace opensupa::devicelib {
namespace {

double Erfc(double x) {
  const double value = ErfcWide(Abs(x));
  return x < 0 ? 2 - value : value;
}

float Erfcx(float x) {
  const double size = Abs(x);
  const double value = ErfcxWide(size);
  return static_cast<float>(x < 0               ? Fma(2.0, Exp2Wide(size * size * kLog2E), -value)
                            : size == kInfinity ? 0.0
                                                : value);
}

/// Inverse of erf for |x| <= 0.5.
double ErfinvCentre(double x) { return x * Polynomial(kErfinv, x * x); }

/// Inverse of erfc for 0 <= y < 0.5, and NaN for negative y.
double ErfcinvTail(double y) {
  const double s = Sqrt(-LogWide(y));
  const double value = s * Polynomial(kErfcinv, (s - 3) / (s + 3));
  return y == 0 ? kInfinity : value;
}

float Erfinv(float x) {
  const double size = Abs(x);
  return static_cast<float>(size <= 0.5 ? ErfinvCentre(x) : CopySign(ErfcinvTail(1 - size), x));
}

double Erfcinv(double y) {
  const double mirrored = y > 1 ? 2 - y : y;
  const double tail = ErfcinvTail(mirrored);
  return mirrored >= 0.5 ? ErfinvCentre(1 - y) : y > 1 ? -tail : tail;
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

extern "C" float __su_erf_f32(float x) { return ErfFloat(x); }
extern "C" float __su_erfc_f32(float x) { return static_cast<float>(Erfc(x)); }
extern "C" float __su_erfcx_f32(float x) { return Erfcx(x); }
extern "C" float __su_erfinv_f32(float x) { return Erfinv(x); }
extern "C" float __su_erfcinv_f32(float x) { return static_cast<float>(Erfcinv(x)); }
extern "C" float __su_normcdf_f32(float x) { return static_cast<float>(Erfc(-x * kRootHalf) / 2); }
extern "C" float __su_normcdfinv_f32(float x) {
  return static_cast<float>(0.0 - kRootTwo * Erfcinv(2 * static_cast<double>(x)));
}
