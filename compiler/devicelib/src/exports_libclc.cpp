// Functions that are libclc's, in double precision, with its weak spots mended.

#include "base.h"
#include "trigonometric_double.h"

extern "C" double __su_tgamma_f64(double x);

namespace {

using namespace opensupa::devicelib;

// These keep the sign of zero.
double Sin(double x) { return x == 0 ? x : ::sin(x); }
double Tan(double x) { return x == 0 ? x : ::tan(x); }
double Erf(double x) { return x == 0 ? x : ::erf(x); }
double Atan(double x) { return CopySign(::atan(x), x); }

/// lgamma of x < 0. libclc's reflection cancels: close to the poles and near zero, products are put
/// under one logarithm instead.
double ReflectedLgamma(double x) {
  const double whole = __builtin_elementwise_roundeven(x);
  if (x == whole) return kInfinity;
  const double off = x - whole;
  if (whole < -10 && whole > -150 && Abs(off) < 0x1p-17) {
    // Gamma(off - n) = +-(1 + digamma(n + 1) off + ...) / (n! off)
    double factorial = 1;
    for (double i = 2; i <= -whole; i += 1) factorial *= i;
    const Pair product = Product(factorial, Abs(off));
    // Asymptotic series of digamma(n + 1) and half its derivative, in 1 / (n + 1).
    const double r = 1 / (1 - whole);
    const double square = r * r;
    const double digamma = ::log(1 - whole) - r / 2 -
                           square * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252)));
    const double half_slope = r * (0.5 + r * (0.25 + r / 12));
    const double rest = off * (digamma + off * (kPi * kPi / 6 - half_slope));
    if (product.high > 0.5 && product.high < 2) {
      return rest - ::log1p((product.high - 1) + product.low);
    }
    return rest - ::log(product.high);
  }
  // Gamma(x) = Gamma(x + 1) / x: the sums are small beside the logarithms or exact.
  if (x > -1) return ::lgamma(x + 1) - ::log(-x);
  const Pair two = Product(x, x + 1);
  if (x > -2) return ::lgamma(x + 2) - (::log(Abs(two.high)) + two.low / two.high);
  if (x > -2.5) {
    const Pair three = Product(two.high, x + 2);
    const double low = (three.low + two.low * (x + 2)) / three.high;
    return ::lgamma(x + 3) - (::log(Abs(three.high)) + low);
  }
  // There are no zeros here, and one rounding of a logarithm is less than those of two.
  if (x < -11 && x > -150) return ::log(Abs(__su_tgamma_f64(x)));
  return ::log(kPi / Abs(x * SinpiDouble(x))) - ::lgamma(-x);
}

double Lgamma(double x) {
  if (IsInfinite(x)) return kInfinity;
  return x < -0x1p-30 ? ReflectedLgamma(x) : ::lgamma(x);
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
extern "C" void __su_sincos_f64(double x, double* sine, double* cosine) {
  *sine = Sin(x);
  *cosine = ::cos(x);
}
SU_EXPORT_UNARY(lgamma, Lgamma)
