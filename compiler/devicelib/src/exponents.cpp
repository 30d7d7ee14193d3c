// Functions that only move or read exponents and neighbours: all exact.

#include "base.h"

namespace opensupa::devicelib {
namespace {

constexpr Int32 kIlogbZero = -2147483647 - 1;
constexpr Int32 kIlogbNan = -2147483647 - 1;
constexpr Int32 kIlogbInfinity = 2147483647;

/// 2^n for a normal result.
double PowerOfTwo(Int32 n) { return FromBits(static_cast<UInt64>(n + 1023) << 52); }

Int32 Ilogb(double x) {
  if (IsNan(x)) return kIlogbNan;
  if (IsInfinite(x)) return kIlogbInfinity;
  return x == 0 ? kIlogbZero : LeadingExponent(x);
}

double Logb(double x) {
  if (IsNan(x)) return x;
  if (IsInfinite(x)) return kInfinity;
  return x == 0 ? -kInfinity : LeadingExponent(x);
}

double Powi(double x, Int32 n) { return ::pow(x, static_cast<double>(n)); }

/// Neighbour of `x` in direction of `y`; the bits of numbers of one sign are ordered as they are.
template <typename T, typename Word>
T NextAfter(T x, T y) {
  constexpr Word kSign = Word{1} << (sizeof(Word) * 8 - 1);
  if (x != x || y != y) return x + y;
  if (x == y) return y;
  Word bits = Bits(x);
  if ((bits & ~kSign) == 0) return FromBits((Bits(y) & kSign) | Word{1});
  const bool away = (x < y) == (x > 0);
  bits += away ? Word{1} : ~Word{0};
  return FromBits(bits);
}

}  // namespace

double Scale(double x, Int32 n) {
  // Large steps first; the ones down leave room so that only the last can round.
  constexpr Int32 kUp = 1023;
  constexpr Int32 kDown = 969;
  if (n > kUp) {
    x *= PowerOfTwo(kUp);
    n -= kUp;
    if (n > kUp) {
      x *= PowerOfTwo(kUp);
      n -= kUp;
    }
    if (n > kUp) n = kUp;
  } else if (n < -1022) {
    x *= PowerOfTwo(-kDown);
    n += kDown;
    if (n < -1022) {
      x *= PowerOfTwo(-kDown);
      n += kDown;
    }
    if (n < -1022) n = -1022;
  }
  return x * PowerOfTwo(n);
}

}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

extern "C" float __su_ldexp_f32(float x, int n) { return static_cast<float>(Scale(x, n)); }
extern "C" double __su_ldexp_f64(double x, int n) { return Scale(x, n); }
extern "C" float __su_scalbn_f32(float x, int n) { return static_cast<float>(Scale(x, n)); }
extern "C" double __su_scalbn_f64(double x, int n) { return Scale(x, n); }
extern "C" float __su_powi_f32(float x, int n) { return static_cast<float>(Powi(x, n)); }
extern "C" double __su_powi_f64(double x, int n) { return Powi(x, n); }
extern "C" int __su_ilogb_f32(float x) { return Ilogb(x); }
extern "C" int __su_ilogb_f64(double x) { return Ilogb(x); }
extern "C" float __su_nextafter_f32(float x, float y) { return NextAfter<float, UInt32>(x, y); }
extern "C" double __su_nextafter_f64(double x, double y) { return NextAfter<double, UInt64>(x, y); }
SU_EXPORT_UNARY(logb, Logb)
