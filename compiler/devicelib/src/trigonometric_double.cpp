// sin(pi x) and cos(pi x) in double precision: the reduction is exact, and the product with pi is
// kept as a pair.

#include "trigonometric_double.h"

#include "polynomials.h"
#include "wide.h"

namespace opensupa::devicelib {
namespace {

constexpr double kPiLow = 0x1.1a62633145c07p-53;

/// pi x = (quadrant + 4 k) * pi / 2 + angle
struct ReducedPi {
  Pair angle;
  UInt32 quadrant;
};

ReducedPi Reduce(double x) {
  const double turn = x - 2 * RoundEven(x / 2);
  const double shifted = Fma(2.0, turn, kRoundingShift);
  const double rest = Fma(-0.5, shifted - kRoundingShift, turn);
  const Pair angle = Product(rest, kPi);
  return {{angle.high, Fma(rest, kPiLow, angle.low)}, static_cast<UInt32>(Bits(shifted))};
}

double SinOfAngle(Pair x) {
  const double square = x.high * x.high;
  // sin(h + l) = sin(h) + l cos(h)
  const double low = x.low * Fma(square, -0.5, 1.0);
  return x.high + Fma(x.high * square, Polynomial(kSinRest, square), low);
}

double CosOfAngle(Pair x) {
  const double square = x.high * x.high;
  const Pair sum = FastSum(1, -square / 2);
  const double square_low = Fma(x.high, x.high, -square) / 2 + x.high * x.low;
  return sum.high + (sum.low + Fma(square * square, Polynomial(kCosRest, square), -square_low));
}

double Quadrant(ReducedPi x, UInt32 quadrant) {
  const double value = (quadrant & 1) != 0 ? CosOfAngle(x.angle) : SinOfAngle(x.angle);
  return (quadrant & 2) != 0 ? -value : value;
}

}  // namespace

double SinpiDouble(double x) {
  const ReducedPi reduced = Reduce(x);
  const double value = Quadrant(reduced, reduced.quadrant);
  return value == 0 ? CopySign(0, x) : value;
}

double CospiDouble(double x) {
  const ReducedPi reduced = Reduce(x);
  return Quadrant(reduced, reduced.quadrant + 1) + 0.0;
}

}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

extern "C" double __su_sinpi_f64(double x) { return SinpiDouble(x); }
extern "C" double __su_cospi_f64(double x) { return CospiDouble(x); }
extern "C" double __su_tanpi_f64(double x) { return SinpiDouble(x) / CospiDouble(x); }
extern "C" void __su_sincospi_f64(double x, double* sine, double* cosine) {
  *sine = SinpiDouble(x);
  *cosine = CospiDouble(x);
}
