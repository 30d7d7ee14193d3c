// fmod, remainder and remquo: exact, by integer division of the mantissas.

#include "base.h"

namespace opensupa::devicelib {
namespace {

/// What is left of |x| after the division by |y|, and the last bits of the whole quotient.
struct Division {
  double remainder;  // in [0, |y|)
  UInt32 quotient;
};

UInt64 Mantissa(double x, Int32 exponent) {
  const UInt64 fraction = Bits(x) & ((1ull << 52) - 1);
  // Denormals are brought to 53 bits as well.
  return exponent < -1022 ? fraction << (-1022 - exponent) : fraction | (1ull << 52);
}

/// Both finite, y not zero.
Division Divide(double x, double y) {
  x = Abs(x);
  y = Abs(y);
  if (x < y) return {x, 0};
  const Int32 exponent = LeadingExponent(y);
  Int32 left = LeadingExponent(x) - exponent;
  const UInt64 divisor = Mantissa(y, exponent);
  UInt64 rest = Mantissa(x, LeadingExponent(x));
  UInt32 quotient = static_cast<UInt32>(rest / divisor);
  rest %= divisor;
  // As many bits at a time as fit above a 53-bit remainder.
  constexpr Int32 kStep = 11;
  while (left > 0 && rest != 0) {
    const Int32 step = left < kStep ? left : kStep;
    rest <<= step;
    quotient = (quotient << step) | static_cast<UInt32>(rest / divisor);
    rest %= divisor;
    left -= step;
  }
  if (left > 0) quotient = left < 32 ? quotient << left : 0;
  return {Scale(static_cast<double>(rest), exponent - 52), quotient};
}

bool IsUndefined(double x, double y) { return IsNan(x) || IsNan(y) || IsInfinite(x) || y == 0; }

double Fmod(double x, double y) {
  if (IsUndefined(x, y)) return kNan;
  if (IsInfinite(y)) return x;
  return CopySign(Divide(x, y).remainder, x);
}

double Remquo(double x, double y, Int32* quotient) {
  constexpr UInt32 kQuotientBits = 0x7fffffffu;
  *quotient = 0;
  if (IsUndefined(x, y)) return kNan;
  if (IsInfinite(y)) return x;
  Division division = Divide(x, y);
  const double size = Abs(y);
  // Compared as remainder against what is missing to |y|, which neither overflows nor rounds where
  // it matters.
  const double missing = size - division.remainder;
  const bool up = division.remainder > missing ||
                  (division.remainder == missing && (division.quotient & 1) != 0);
  double result = division.remainder;
  if (up) {
    result = -missing;
    ++division.quotient;
  }
  const auto low = static_cast<Int32>(division.quotient & kQuotientBits);
  *quotient = IsNegative(x) != IsNegative(y) ? -low : low;
  if (result == 0) return CopySign(0, x);
  return IsNegative(x) ? -result : result;
}

double Remainder(double x, double y) {
  Int32 quotient;
  return Remquo(x, y, &quotient);
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

SU_EXPORT_BINARY(fmod, Fmod)
SU_EXPORT_BINARY(remainder, Remainder)

extern "C" float __su_remquo_f32(float x, float y, int* quotient) {
  return static_cast<float>(Remquo(x, y, quotient));
}
extern "C" double __su_remquo_f64(double x, double y, int* quotient) {
  return Remquo(x, y, quotient);
}
