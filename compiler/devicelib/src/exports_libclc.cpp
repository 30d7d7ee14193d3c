// Functions that are libclc's, with its weak spots mended: single-precision results below the
// smallest normal number, which it flushes, and arguments for which it reads outside its tables.

#include "base.h"

namespace {

using namespace opensupa::devicelib;

// Below this, exp and the like have results that are denormal in single precision.
constexpr float kExpDenormalBelow = -87.0f;
constexpr float kExp2DenormalBelow = -125.9f;
constexpr float kErfcDenormalAbove = 9.0f;

float ExpFloat(float x) {
  return x < kExpDenormalBelow ? static_cast<float>(::exp(static_cast<double>(x))) : ::exp(x);
}

float Exp2Float(float x) {
  return x < kExp2DenormalBelow ? static_cast<float>(::exp2(static_cast<double>(x))) : ::exp2(x);
}

float ErfcFloat(float x) {
  return x > kErfcDenormalAbove ? static_cast<float>(::erfc(static_cast<double>(x))) : ::erfc(x);
}

// These keep the sign of zero.
double Sin(double x) { return x == 0 ? x : ::sin(x); }
double Tan(double x) { return x == 0 ? x : ::tan(x); }
double Erf(double x) { return x == 0 ? x : ::erf(x); }
double Expm1(double x) { return x == 0 ? x : ::expm1(x); }
double Atan(double x) { return CopySign(::atan(x), x); }

double Cosh(double x) {
  const double magnitude = Abs(x);
  if (magnitude < 0x1p-28) return 1;
  if (magnitude > 700) {
    const double half = ::exp(magnitude / 2);
    return half / 2 * half;
  }
  const double power = ::exp(magnitude);
  return power / 2 + 0.5 / power;
}

double Sinh(double x) {
  const double magnitude = Abs(x);
  if (magnitude > 700) {
    const double half = ::exp(magnitude / 2);
    return CopySign(half / 2 * half, x);
  }
  if (magnitude < 0x1p-28) return x;
  const double power = ::expm1(magnitude);
  return CopySign((power + power / (power + 1)) / 2, x);
}

// libclc's single-precision forms are off by far for large arguments.
// Zeros at integers have the sign of the argument, those between are positive, as IEEE 754 says.
double Sinpi(double x) {
  if (__builtin_elementwise_trunc(x) == x && !IsInfinite(x)) return CopySign(0, x);
  return ::sinpi(x);
}

double Cospi(double x) {
  const double value = ::cospi(x);
  return value == 0 ? 0.0 : value;
}

double Lgamma(double x) {
  if (IsInfinite(x)) return kInfinity;
  return ::lgamma(x);
}

}  // namespace

#define SU_UNARY(name)                                              \
  extern "C" float __su_##name##_f32(float x) { return ::name(x); } \
  extern "C" double __su_##name##_f64(double x) { return ::name(x); }
#define SU_BINARY(name)                                                         \
  extern "C" float __su_##name##_f32(float x, float y) { return ::name(x, y); } \
  extern "C" double __su_##name##_f64(double x, double y) { return ::name(x, y); }

SU_UNARY(acos)
SU_UNARY(acosh)
SU_UNARY(asin)
SU_UNARY(asinh)
SU_UNARY(atanh)
SU_UNARY(cbrt)
SU_UNARY(cos)
SU_UNARY(exp10)
SU_UNARY(log)
SU_UNARY(log10)
SU_UNARY(log1p)
SU_UNARY(log2)
SU_UNARY(tanh)
SU_BINARY(atan2)
SU_BINARY(pow)

extern "C" float __su_exp_f32(float x) { return ExpFloat(x); }
extern "C" double __su_exp_f64(double x) { return ::exp(x); }
extern "C" float __su_exp2_f32(float x) { return Exp2Float(x); }
extern "C" double __su_exp2_f64(double x) { return ::exp2(x); }
extern "C" float __su_erfc_f32(float x) { return ErfcFloat(x); }
extern "C" double __su_erfc_f64(double x) { return ::erfc(x); }
extern "C" float __su_sin_f32(float x) { return ::sin(x); }
extern "C" double __su_sin_f64(double x) { return Sin(x); }
extern "C" float __su_tan_f32(float x) { return ::tan(x); }
extern "C" double __su_tan_f64(double x) { return Tan(x); }
extern "C" float __su_erf_f32(float x) { return ::erf(x); }
extern "C" double __su_erf_f64(double x) { return Erf(x); }
extern "C" float __su_expm1_f32(float x) { return ::expm1(x); }
extern "C" double __su_expm1_f64(double x) { return Expm1(x); }
extern "C" float __su_atan_f32(float x) { return ::atan(x); }
extern "C" double __su_atan_f64(double x) { return Atan(x); }

SU_EXPORT_UNARY(cosh, Cosh)
SU_EXPORT_UNARY(sinh, Sinh)
SU_EXPORT_UNARY(lgamma, Lgamma)
SU_EXPORT_UNARY(cospi, Cospi)
SU_EXPORT_UNARY(sinpi, Sinpi)

extern "C" void __su_sincos_f32(float x, float* sine, float* cosine) {
  *sine = ::sin(x);
  *cosine = ::cos(x);
}
extern "C" void __su_sincos_f64(double x, double* sine, double* cosine) {
  *sine = Sin(x);
  *cosine = ::cos(x);
}
extern "C" void __su_sincospi_f32(float x, float* sine, float* cosine) {
  *sine = static_cast<float>(Sinpi(x));
  *cosine = static_cast<float>(Cospi(x));
}
extern "C" void __su_sincospi_f64(double x, double* sine, double* cosine) {
  *sine = Sinpi(x);
  *cosine = Cospi(x);
}
