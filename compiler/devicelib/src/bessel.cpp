// Bessel functions of the first and second kind, and modified ones of the first kind.

#include "base.h"
#include "polynomials.h"
#include "series_tables.h"
#include "wide.h"

namespace opensupa::devicelib {
namespace {

constexpr double kSmallLimit = 8;

/// The oscillating form for x > 8: amplitudes times sine and cosine of a shifted x.
struct Oscillation {
  double first;   // J
  double second;  // Y
};

Oscillation Oscillate(double x, double p, double q, bool order_one) {
  const double sine = ::sin(x);
  const double cosine = ::cos(x);
  // cos and sin of x - pi/4 or x - 3 pi/4, times sqrt(2).
  const double phase_cosine = order_one ? sine - cosine : cosine + sine;
  const double phase_sine = order_one ? -(sine + cosine) : sine - cosine;
  const double scale = 1 / Sqrt(kPi * x);
  return {scale * (p * phase_cosine - q * phase_sine), scale * (p * phase_sine + q * phase_cosine)};
}

Oscillation Large0(double x) {
  const double ratio = kSmallLimit / x;
  const double t = 2 * ratio * ratio - 1;
  return Oscillate(x, Chebyshev(kP0, t), Chebyshev(kQ0, t) * ratio, false);
}

Oscillation Large1(double x) {
  const double ratio = kSmallLimit / x;
  const double t = 2 * ratio * ratio - 1;
  return Oscillate(x, Chebyshev(kP1, t), Chebyshev(kQ1, t) * ratio, true);
}

// Up to eight, every function is a polynomial around the nearest of its zeros: the distance to the
// zero, which is known to two doubles, times a polynomial of it. That keeps all digits at the
// zeros.
#define SU_AROUND_ZERO(zero, radius) \
  if (Abs(x - zero) <= radius) return AroundZero(zero##Series, x - zero, zero##Low)

template <int kCount>
double AroundZero(const double (&series)[kCount], double distance, double zero_low) {
  return (distance - zero_low) * Polynomial(series, distance);
}

double J0(double x) {
  x = Abs(x);
  if (IsNan(x)) return x;
  if (x == kInfinity) return 0;
  SU_AROUND_ZERO(kJ0Zero2, 1.6);
  SU_AROUND_ZERO(kJ0Zero5, 1.6);
  SU_AROUND_ZERO(kJ0Zero8, 1.7);
  return x < 1 ? Polynomial(kJ0Origin, x * x) : Large0(x).first;
}

/// For x >= 0.
double PositiveJ1(double x) {
  if (x == kInfinity) return 0;
  SU_AROUND_ZERO(kJ1Zero3, 1.6);
  SU_AROUND_ZERO(kJ1Zero7, 1.6);
  return x < kSmallLimit ? x * Polynomial(kJ1Origin, x * x) : Large1(x).first;
}

double J1(double x) {
  if (IsNan(x)) return x;
  const double value = PositiveJ1(Abs(x));
  return IsNegative(x) ? -value : value;
}

double Y0(double x) {
  if (IsNan(x) || x < 0) return kNan;
  if (x == 0) return -kInfinity;
  if (x == kInfinity) return 0;
  SU_AROUND_ZERO(kY0Zero0, 0.3);
  SU_AROUND_ZERO(kY0Zero3, 1.65);
  SU_AROUND_ZERO(kY0Zero7, 1.65);
  if (x > kSmallLimit) return Large0(x).second;
  return kTwoOverPi * ::log(x) * J0(x) + Polynomial(kY0Origin, x * x);
}

double Y1(double x) {
  if (IsNan(x) || x < 0) return kNan;
  if (x == 0) return -kInfinity;
  if (x == kInfinity) return 0;
  // 1 / x overflows before the function does.
  if (x < 0x1p-60) return -kTwoOverPi / x;
  SU_AROUND_ZERO(kY1Zero2, 0.75);
  SU_AROUND_ZERO(kY1Zero5, 1.7);
  SU_AROUND_ZERO(kY1Zero8, 1.7);
  if (x > kSmallLimit) return Large1(x).second;
  if (x > 2) return Polynomial(kY1Middle, x - 3.3);
  return kTwoOverPi * (::log(x) * J1(x) - 1 / x) + x * Polynomial(kY1Origin, x * x);
}

#undef SU_AROUND_ZERO

/// J_n for 0 < x <= n, n >= 2: the recurrence runs down from far above n, and the sum
/// J_0 + 2 (J_2 + J_4 + ...) = 1 gives the scale.
double JnDown(Int32 n, double x) {
  constexpr double kBig = 0x1p500;
  const Int32 start = (n + static_cast<Int32>(Sqrt(60.0 * n)) + 30) & ~1;
  double above = 0;
  double here = 0x1p-500;
  double sum = 0;
  double wanted = 0;
  for (Int32 k = start; k > 0; --k) {
    if ((k & 1) == 0) sum += 2 * here;
    if (k == n) wanted = here;
    const double below = 2 * k / x * here - above;
    above = here;
    here = below;
    if (Abs(here) > kBig) {
      here /= kBig;
      above /= kBig;
      sum /= kBig;
      wanted /= kBig;
    }
  }
  return wanted / (sum + here);
}

double Jn(Int32 n, double x) {
  if (IsNan(x)) return x;
  const bool odd = (n & 1) != 0;
  const bool flip = odd && ((n < 0) != (x < 0));
  const Int32 order = n < 0 ? -n : n;
  const double magnitude = Abs(x);
  double value;
  if (order < 0) return 0;  // the lowest integer: far beyond anything but zero
  if (order == 0) return J0(x);
  if (order == 1) {
    value = J1(magnitude);
  } else if (magnitude == 0 || magnitude == kInfinity) {
    value = 0;
  } else if (magnitude > order) {
    double below = J0(magnitude);
    value = J1(magnitude);
    for (Int32 k = 1; k < order; ++k) {
      const double above = 2 * k / magnitude * value - below;
      below = value;
      value = above;
    }
  } else {
    value = JnDown(order, magnitude);
  }
  return flip ? -value : value;
}

double Yn(Int32 n, double x) {
  if (IsNan(x) || x < 0) return kNan;
  const bool flip = n < 0 && (n & 1) != 0;
  const Int32 order = n < 0 ? -n : n;
  if (order < 0) return -kInfinity;
  if (order == 0) return Y0(x);
  double below = Y0(x);
  double value = Y1(x);
  if (x == kInfinity) value = 0;
  for (Int32 k = 1; k < order && value != -kInfinity && value != 0; ++k) {
    const double above = 2 * k / x * value - below;
    below = value;
    value = above;
  }
  return flip ? -value : value;
}

/// exp(x) * y, also where exp(x) alone would overflow.
double TimesExp(double y, double x) {
  if (x < 700) return y * ::exp(x);
  const double half = ::exp(x / 2);
  return y * half * half;
}

/// The series of x^2 / 4; what the square loses to rounding is made good with the derivative.
template <int kCount>
double SeriesOfSquare(const double (&coefficients)[kCount], double x) {
  const double square = x * x / 4;
  const double square_low = Fma(x / 2, x / 2, -square);
  double sum = 0;
  double derivative = 0;
  for (int i = kCount - 1; i >= 0; --i) {
    derivative = Fma(derivative, square, sum);
    sum = Fma(sum, square, coefficients[i]);
  }
  return Fma(derivative, square_low, sum);
}

double I0(double x) {
  x = Abs(x);
  if (IsNan(x) || x == kInfinity) return x;
  if (x <= kSmallLimit) return SeriesOfSquare(kI0Series, x);
  return TimesExp(Chebyshev(kI0Large, 16 / x - 1) / Sqrt(x), x);
}

double I1(double x) {
  const double magnitude = Abs(x);
  if (IsNan(x) || magnitude == kInfinity) return x;
  if (magnitude <= kSmallLimit) return x / 2 * SeriesOfSquare(kI1Series, x);
  const double value =
      TimesExp(Chebyshev(kI1Large, 16 / magnitude - 1) / Sqrt(magnitude), magnitude);
  return CopySign(value, x);
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

SU_EXPORT_UNARY(j0, J0)
SU_EXPORT_UNARY(j1, J1)
SU_EXPORT_UNARY(y0, Y0)
SU_EXPORT_UNARY(y1, Y1)
SU_EXPORT_UNARY(cyl_bessel_i0, I0)
SU_EXPORT_UNARY(cyl_bessel_i1, I1)

extern "C" float __su_jn_f32(int n, float x) { return static_cast<float>(Jn(n, x)); }
extern "C" double __su_jn_f64(int n, double x) { return Jn(n, x); }
extern "C" float __su_yn_f32(int n, float x) { return static_cast<float>(Yn(n, x)); }
extern "C" double __su_yn_f64(int n, double x) { return Yn(n, x); }
