#pragma once

// Single-precision functions worked out in single precision, since vectors hold twice as many
// floats as doubles. Each is straight code for common arguments, with all others in a branch of its
// own, which vectors without such an argument pass by. Only operations with one right result are
// used, so that every CPU gives the same bits.

#include "polynomials_float.h"
#include "wide.h"

namespace opensupa::devicelib {

inline constexpr UInt32 kSignBit = 0x80000000;
inline constexpr UInt32 kSmallestNormal = 0x00800000;
inline constexpr UInt32 kInfinityBits = 0x7f800000;

/// Adding it leaves the nearest whole number in the low bits, for |x| < 2^22.
inline constexpr float kRoundingShiftFloat = 0x1.8p23f;

inline bool IsPositiveNormal(float x) {
  return Bits(x) - kSmallestNormal < kInfinityBits - kSmallestNormal;
}

template <int kCount>
inline float Polynomial(const float (&coefficients)[kCount], float x) {
  float sum = coefficients[kCount - 1];
#pragma unroll
  for (int i = kCount - 2; i >= 0; --i) sum = Fma(sum, x, coefficients[i]);
  return sum;
}

/// 2^n for the whole number n in the low bits of n + kRoundingShiftFloat, -126 <= n <= 127.
inline float PowerOfShifted(float shifted) { return FromBits((Bits(shifted) + 127) << 23); }

/// fraction * 2^n, n in the low bits of `shifted`.
struct ScaledFloat {
  float fraction;
  float shifted;

  /// For a normal result.
  float Normal() const { return FromBits(Bits(fraction) + (Bits(shifted) << 23)); }
  /// For -252 <= n <= 254.
  float Any() const {
    const auto n = static_cast<Int32>(Bits(shifted) - Bits(kRoundingShiftFloat));
    const Int32 half = n >> 1;
    const auto power = [](Int32 k) { return FromBits(static_cast<UInt32>(k + 127) << 23); };
    return fraction * power(half) * power(n - half);
  }
};

/// e^x for |x| <= 104
inline ScaledFloat ExpOfFloat(float x) {
  constexpr float kLog2EFloat = 0x1.715476p+0f;
  // The first part times n is exact.
  constexpr float kLog2High = 0x1.62e4p-1f, kLog2Low = 0x1.7f7d1cp-20f;
  const float shifted = Fma(x, kLog2EFloat, kRoundingShiftFloat);
  const float n = shifted - kRoundingShiftFloat;
  const float r = Fma(n, -kLog2Low, Fma(n, -kLog2High, x));
  return {Fma(r * r, Polynomial(kExpFloat, r), r) + 1.0f, shifted};
}

inline float ExpFloat(float x) {
  constexpr float kMostNormal = 87;
  constexpr float kLeast = -104, kMost = 89;  // from where on results are zero or infinity
  float result = ExpOfFloat(x).Normal();
  if ((Bits(x) & ~kSignBit) > Bits(kMostNormal)) [[unlikely]] {
    float limited = x > kMost ? kMost : x;
    limited = limited < kLeast ? kLeast : limited;
    result = ExpOfFloat(limited).Any();
  }
  return result;
}

inline float LogFloat(float x) {
  constexpr UInt32 kTwoThirds = 0x3f2aaaab;
  constexpr float kLog2High = 0x1.62e430p-1f, kLog2Low = -0x1.05c610p-29f;
  const auto exponent = static_cast<Int32>(Bits(x) - kTwoThirds) >> 23;
  const float n = static_cast<float>(exponent);
  const float f = FromBits(Bits(x) - (static_cast<UInt32>(exponent) << 23)) - 1.0f;
  const float rest = Fma(n, kLog2Low, f * f * Polynomial(kLogFloat, f));
  float result = Fma(n, kLog2High, f + rest);
  if (!IsPositiveNormal(x)) [[unlikely]] {
    result = static_cast<float>(LogWide(x));
  }
  return result;
}

/// Near zero by a polynomial, else as 1 - 2^polynomial.
inline float ErfFloat(float x) {
  constexpr float kFar = 1.0f;
  constexpr float kLast = 3.95f;  // from where on the result is one
  const float size = FromBits(Bits(x) & ~kSignBit);
  const float near = Fma(Polynomial(kErfNearFloat, x * x), x, x);
  const float logarithm = Polynomial(kErfFarFloat, size > kLast ? kLast : size);
  const float shifted = logarithm + kRoundingShiftFloat;
  const float power = Polynomial(kExp2Float, logarithm - (shifted - kRoundingShiftFloat));
  const float far = Fma(-power, PowerOfShifted(shifted), 1.0f);
  return size < kFar ? near : FromBits((Bits(far) & ~kSignBit) | (Bits(x) & kSignBit));
}

/// A guess from the exponent, good to 3.5%, and one step of fifth order.
inline float RsqrtFloat(float x) {
  constexpr UInt32 kGuess = 0x5f375a86;
  const float y = FromBits(kGuess - (Bits(x) >> 1));
  const float error = Fma(-(x * y), y, 1.0f);
  float result = Fma(y * error, Polynomial(kRsqrtFloat, error), y);
  if (!IsPositiveNormal(x)) [[unlikely]] {
    result = static_cast<float>(1 / Sqrt(double{x}));
  }
  return result;
}

}  // namespace opensupa::devicelib
