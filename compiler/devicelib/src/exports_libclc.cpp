// Functions that are libclc's, in double precision, with its weak spots mended.

#include "base.h"

namespace {

using namespace opensupa::devicelib;

// These keep the sign of zero.
double Sin(double x) { return x == 0 ? x : ::sin(x); }
double Tan(double x) { return x == 0 ? x : ::tan(x); }
double Erf(double x) { return x == 0 ? x : ::erf(x); }
double Atan(double x) { return CopySign(::atan(x), x); }

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

#define SU_LIBCLC(name) \
  extern "C" double __su_##name##_f64(double x) { return ::name(x); }

SU_LIBCLC(acos)
SU_LIBCLC(acosh)
SU_LIBCLC(asin)
SU_LIBCLC(asinh)
SU_LIBCLC(atanh)
SU_LIBCLC(cos)
SU_LIBCLC(erfc)
SU_LIBCLC(log1p)

extern "C" float __su_cbrt_f32(float x) { return ::cbrt(x); }
extern "C" double __su_cbrt_f64(double x) { return ::cbrt(x); }
extern "C" double __su_atan2_f64(double y, double x) { return ::atan2(y, x); }
extern "C" double __su_pow_f64(double x, double y) { return ::pow(x, y); }
extern "C" double __su_atan_f64(double x) { return Atan(x); }
extern "C" double __su_erf_f64(double x) { return Erf(x); }
extern "C" double __su_sin_f64(double x) { return Sin(x); }
extern "C" double __su_tan_f64(double x) { return Tan(x); }
extern "C" double __su_sinpi_f64(double x) { return Sinpi(x); }
extern "C" double __su_cospi_f64(double x) { return Cospi(x); }
extern "C" double __su_tanpi_f64(double x) { return Sinpi(x) / Cospi(x); }
extern "C" void __su_sincos_f64(double x, double* sine, double* cosine) {
  *sine = Sin(x);
  *cosine = ::cos(x);
}
extern "C" void __su_sincospi_f64(double x, double* sine, double* cosine) {
  *sine = Sinpi(x);
  *cosine = Cospi(x);
}

SU_EXPORT_UNARY(lgamma, Lgamma)
