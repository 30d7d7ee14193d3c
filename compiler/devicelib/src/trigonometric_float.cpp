// Trigonometric functions and their inverses in single precision.

#include "wide.h"

namespace opensupa::devicelib {
namespace {

/// x = (quadrant + 4 k) * pi / 2 + rest with |rest| <= pi / 4.
struct Reduced {
  double rest;
  UInt32 quadrant;
};

/// For |x| from kPlainLimit on: the bits of 2 / pi that matter are multiplied as integers. Kept out
/// of line, since such arguments are rare.
[[gnu::noinline]] Reduced ReduceLarge(float x) {
  const UInt32 bits = Bits(x) & 0x7fffffffu;
  if (bits >= 0x7f800000u) return {kNan, 0};
  const UInt64 mantissa = (bits & 0x7fffffu) | 0x800000u;
  // |x| = mantissa * 2^exponent. Bits of 2 / pi before position exponent - 1 give multiples of
  // four quadrants.
  const UInt32 exponent = (bits >> 23) - 150;
  const UInt32 first = exponent - 2;
  const UInt32 word = first / 32;
  const UInt32 shift = first % 32;
  const UInt64 a = (UInt64{kTwoOverPiWords[word]} << 32) | kTwoOverPiWords[word + 1];
  const UInt64 b = (UInt64{kTwoOverPiWords[word + 2]} << 32) | kTwoOverPiWords[word + 3];
  const UInt64 high = shift == 0 ? a : (a << shift) | (b >> (64 - shift));
  const UInt64 low = (b << shift) >> 32;
  // The product in units of 2^-94 quadrants, modulo four: 64 bits and 32 below them.
  const UInt64 below = mantissa * low;
  const UInt64 product =
      ((mantissa * (high >> 32)) << 32) + mantissa * (high & 0xffffffffu) + (below >> 32);
  const UInt64 quadrant = (product + (1ull << 61)) >> 62;
  const auto fraction = static_cast<Int64>(product - (quadrant << 62));
  const double rest =
      (static_cast<double>(fraction) + static_cast<double>(below & 0xffffffffu) * 0x1p-32) *
      (0x1p-62 * kPiHalf);
  const bool negative = x < 0;
  return {negative ? -rest : rest, static_cast<UInt32>(negative ? 0 - quadrant : quadrant)};
}

/// Below it, two parts of pi / 2 are enough for the float closest to a multiple.
constexpr double kPlainLimit = 0x1p28;

Reduced Reduce(float x) {
  if (!(Abs(x) < kPlainLimit)) [[unlikely]]
    return ReduceLarge(x);
  const double wide = x;
  const double shifted = Fma(wide, kTwoOverPi, kRoundingShift);
  const double turns = shifted - kRoundingShift;
  const double rest = Fma(-turns, kPiHalfLow, Fma(-turns, kPiHalf, wide));
  return {rest, static_cast<UInt32>(Bits(shifted))};
}

double SinOfRest(double r) { return r * Polynomial(kSin, r * r); }
double CosOfRest(double r) { return Polynomial(kCos, r * r); }

double SinOf(Reduced x) {
  const double value = (x.quadrant & 1) != 0 ? CosOfRest(x.rest) : SinOfRest(x.rest);
  return (x.quadrant & 2) != 0 ? -value : value;
}

double CosOf(Reduced x) {
  const double value = (x.quadrant & 1) != 0 ? SinOfRest(x.rest) : CosOfRest(x.rest);
  return ((x.quadrant + 1) & 2) != 0 ? -value : value;
}

double TanOf(Reduced x) {
  const double sine = SinOfRest(x.rest);
  const double cosine = CosOfRest(x.rest);
  const bool odd = (x.quadrant & 1) != 0;
  return (odd ? -cosine : sine) / (odd ? sine : cosine);
}

/// The same of pi x: the reduction is exact.
Reduced ReducePi(float x) {
  const double wide = x;
  const double turn = wide - 2 * RoundEven(wide / 2);
  const double shifted = Fma(2.0, turn, kRoundingShift);
  const double rest = Fma(-0.5, shifted - kRoundingShift, turn);
  return {rest * kPi, static_cast<UInt32>(Bits(shifted))};
}

/// Zeros have the sign of the argument, as IEEE 754 says.
double Sinpi(float x) {
  const double value = SinOf(ReducePi(x));
  return value == 0 ? CopySign(0, x) : value;
}
double Cospi(float x) { return CosOf(ReducePi(x)) + 0.0; }

/// atan(numerator / denominator) for 0 <= numerator <= denominator, denominator > 0.
double AtanOfRatio(double numerator, double denominator) {
  constexpr double kTanOfEighth = 0x1.a827999fcef32p-2;
  const bool above = numerator > kTanOfEighth * denominator;
  const double t = (above ? numerator - denominator : numerator) /
                   (above ? numerator + denominator : denominator);
  const double value = t * Polynomial(kAtan, t * t);
  return above ? kPiHalf / 2 + value : value;
}

float Atan(float x) {
  const double size = Abs(x);
  const bool steep = size > 1;
  // Beyond 2^100 nothing changes any more.
  const double flat = AtanOfRatio(steep ? 1 : size, steep ? (size > 0x1p100 ? 0x1p100 : size) : 1);
  return static_cast<float>(CopySign(steep ? kPiHalf - flat : flat, x));
}

float Atan2(float y, float x) {
  const double height = Abs(y);
  const double width = Abs(x);
  const bool steep = height > width;
  double smaller = steep ? width : height;
  double larger = steep ? height : width;
  // Two infinities are at 45 degrees; a ratio of zeros is zero.
  smaller = smaller == kInfinity ? 1 : smaller;
  larger = larger == kInfinity ? (smaller == 1 && width == height ? 1 : kInfinity) : larger;
  larger = larger == 0 ? 1 : larger;
  double angle = larger == kInfinity ? 0.0 : AtanOfRatio(smaller, larger);
  angle = steep ? kPiHalf - angle : angle;
  angle = IsNegative(x) ? kPi - angle : angle;
  return static_cast<float>(IsNan(x) || IsNan(y) ? kNan : CopySign(angle, y));
}

/// asin of what is left of |x|: of |x| itself up to a half, else of sqrt((1 - |x|) / 2).
double AsinPart(double size) {
  const bool large = size > 0.5;
  const double square = large ? (1 - size) / 2 : size * size;
  const double argument = large ? Sqrt(square) : size;
  return argument * Polynomial(kAsin, square);
}

float Asin(float x) {
  const double size = Abs(x);
  const double part = AsinPart(size);
  return static_cast<float>(CopySign(size > 0.5 ? kPiHalf - 2 * part : part, x));
}

float Acos(float x) {
  const double size = Abs(x);
  const double part = AsinPart(size);
  const double large = x < 0 ? kPi - 2 * part : 2 * part;
  return static_cast<float>(size > 0.5 ? large : kPiHalf - CopySign(part, x));
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

extern "C" float __su_sin_f32(float x) { return static_cast<float>(SinOf(Reduce(x))); }
extern "C" float __su_cos_f32(float x) { return static_cast<float>(CosOf(Reduce(x))); }
extern "C" float __su_tan_f32(float x) { return static_cast<float>(TanOf(Reduce(x))); }
extern "C" void __su_sincos_f32(float x, float* sine, float* cosine) {
  const Reduced reduced = Reduce(x);
  *sine = static_cast<float>(SinOf(reduced));
  *cosine = static_cast<float>(CosOf(reduced));
}
extern "C" float __su_sinpi_f32(float x) { return static_cast<float>(Sinpi(x)); }
extern "C" float __su_cospi_f32(float x) { return static_cast<float>(Cospi(x)); }
extern "C" void __su_sincospi_f32(float x, float* sine, float* cosine) {
  *sine = static_cast<float>(Sinpi(x));
  *cosine = static_cast<float>(Cospi(x));
}
extern "C" float __su_tanpi_f32(float x) { return static_cast<float>(Sinpi(x) / Cospi(x)); }
extern "C" float __su_atan_f32(float x) { return Atan(x); }
extern "C" float __su_atan2_f32(float y, float x) { return Atan2(y, x); }
extern "C" float __su_asin_f32(float x) { return Asin(x); }
extern "C" float __su_acos_f32(float x) { return Acos(x); }
