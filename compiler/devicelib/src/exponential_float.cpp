// Exponential, logarithmic, hyperbolic and power functions in single precision.

#include "narrow.h"

namespace opensupa::devicelib {
namespace {

float Expm1(float x) { return static_cast<float>(CopySign(Expm1Wide(x), x)); }

float Log10(float x) {
  const Logarithm parts = Split(x);
  const double value = Fma(parts.exponent, kLog10Of2, LogOfFraction(parts.fraction) * kLog10E);
  return static_cast<float>(WithLogarithmsSpecials(value, x));
}

float Sinh(float x) {
  const double power = Expm1Wide(Abs(x));
  return static_cast<float>(CopySign((power + power / (power + 1)) / 2, x));
}

float Cosh(float x) {
  const double power = Exp2Wide(Abs(x) * kLog2E);
  return static_cast<float>((power + 1 / power) / 2);
}

float Tanh(float x) {
  const double power = Expm1Wide(2 * Abs(x));
  return static_cast<float>(CopySign(power / (power + 2), x));
}

float Asinh(float x) {
  const double size = Abs(x);
  const double sum = size + size * size / (1 + Sqrt(Fma(size, size, 1.0)));
  return static_cast<float>(CopySign(Log1pWide(size == kInfinity ? size : sum), x));
}

float Acosh(float x) {
  const double above = static_cast<double>(x) - 1;
  const double value = Log1pWide(above + Sqrt(above * (above + 2)));
  return static_cast<float>(x >= 1 ? value : kNan);
}

float Atanh(float x) {
  const double size = Abs(x);
  return static_cast<float>(CopySign(Log1pWide(2 * size / (1 - size)) / 2, x));
}

/// Whole numbers, infinity among them.
bool IsWhole(double x) { return __builtin_elementwise_trunc(x) == x; }

float Pow(float base, float exponent) {
  const double x = base;
  const double y = exponent;
  const double size = Abs(x);
  // A base of size one gives one, also with an infinite exponent.
  const double logarithm = size == 1 ? 0.0 : y * Log2Wide(size);
  double value = Exp2Wide(size == 1 && !IsNan(y) ? 0.0 : logarithm);
  const bool whole = IsWhole(y);
  const bool odd = whole && !IsWhole(y / 2);
  value = IsNegative(x) && odd ? -value : value;
  value = x < 0 && !whole && size != kInfinity ? kNan : value;
  value = IsNan(x) || IsNan(y) ? kNan : value;
  return static_cast<float>(y == 0 || x == 1 ? 1.0 : value);
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

extern "C" float __su_exp_f32(float x) { return ExpFloat(x); }
extern "C" float __su_exp2_f32(float x) { return static_cast<float>(Exp2Wide(x)); }
extern "C" float __su_exp10_f32(float x) { return static_cast<float>(Exp2Wide(x * kLog2Of10)); }
extern "C" float __su_expm1_f32(float x) { return Expm1(x); }
extern "C" float __su_log_f32(float x) { return LogFloat(x); }
extern "C" float __su_log2_f32(float x) { return static_cast<float>(Log2Wide(x)); }
extern "C" float __su_log10_f32(float x) { return Log10(x); }
extern "C" float __su_log1p_f32(float x) { return static_cast<float>(Log1pWide(x)); }
extern "C" float __su_sinh_f32(float x) { return Sinh(x); }
extern "C" float __su_cosh_f32(float x) { return Cosh(x); }
extern "C" float __su_tanh_f32(float x) { return Tanh(x); }
extern "C" float __su_asinh_f32(float x) { return Asinh(x); }
extern "C" float __su_acosh_f32(float x) { return Acosh(x); }
extern "C" float __su_atanh_f32(float x) { return Atanh(x); }
extern "C" float __su_pow_f32(float x, float y) { return Pow(x, y); }
