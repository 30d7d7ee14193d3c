// The comparison of results with the fast references, in loops that compilers turn into vectors.

#include "filter.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace opensupa::accuracy {

void FilterFloat(const float* __restrict result, const double* __restrict reference,
                 float* __restrict error_ulp, size_t n) {
  constexpr double kBeyond = 0x1p128;
  constexpr uint64_t kExponent = 0x7ff0000000000000u;
  constexpr uint64_t kLowestExponent = uint64_t{1023 - 126} << 52;
  // 2^(23 - e) from the bits of 2^e.
  constexpr uint64_t kInverse = uint64_t{1023 + 1023 + 23} << 52;
  for (size_t i = 0; i < n; ++i) {
    const double r = result[i];
    const double d = reference[i];
    const double near_r = r > kBeyond ? kBeyond : r < -kBeyond ? -kBeyond : r;
    const double near_d = d > kBeyond ? kBeyond : d < -kBeyond ? -kBeyond : d;
    const uint64_t bits = std::bit_cast<uint64_t>(near_d) & kExponent;
    const uint64_t exponent = bits < kLowestExponent ? kLowestExponent : bits;
    const double scale = std::bit_cast<double>(kInverse - exponent);
    const double error = std::bit_cast<double>(std::bit_cast<uint64_t>((near_r - near_d) * scale) &
                                               ~(uint64_t{1} << 63));
    const bool sign_differs = (std::bit_cast<uint64_t>(r) ^ std::bit_cast<uint64_t>(d)) >> 63 != 0;
    float kind = r == 0 && sign_differs ? kWrongKind : static_cast<float>(error);
    const bool r_nan = r != r;
    const bool d_nan = d != d;
    kind = r_nan != d_nan ? kWrongKind : kind;
    error_ulp[i] = r_nan && d_nan ? 0.0f : kind;
  }
}

float FilterDouble(double result, long double reference) {
  if (std::isnan(result) || std::isnan(reference)) {
    return std::isnan(result) == std::isnan(reference) ? 0 : kWrongKind;
  }
  if (result == 0 && std::signbit(result) != std::signbit(reference)) return kWrongKind;
  constexpr long double kBeyond = 0x1p1024L;
  const long double r = std::clamp<long double>(result, -kBeyond, kBeyond);
  const long double d = std::clamp(reference, -kBeyond, kBeyond);
  if (r == d) return 0;
  const int exponent = d == 0 ? -1022 : std::max(std::ilogb(d), -1022);
  return static_cast<float>(std::abs(std::scalbn(r - d, 52 - exponent)));
}

float Largest(const float* error_ulp, size_t n) {
  // As integers, since numbers that are not negative are ordered as their bits are.
  uint32_t largest = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint32_t bits = std::bit_cast<uint32_t>(error_ulp[i]);
    largest = bits > largest ? bits : largest;
  }
  return std::bit_cast<float>(largest);
}

}  // namespace opensupa::accuracy
