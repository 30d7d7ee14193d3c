#include "small_float_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace opensupa::testing {

SmallFloatModel::SmallFloatModel(int exponent_bits, int mantissa_bits, unsigned first_special)
    : first_special_(first_special), bits_(1 + exponent_bits + mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  for (unsigned pattern = 0; pattern <= first_special; ++pattern) {
    const int exponent = static_cast<int>(pattern >> mantissa_bits);
    const double fraction =
        std::ldexp(static_cast<double>(pattern & ((1u << mantissa_bits) - 1)), -mantissa_bits);
    magnitudes_.push_back(exponent == 0 ? std::ldexp(fraction, 1 - bias)
                                        : std::ldexp(1.0 + fraction, exponent - bias));
  }
}

unsigned SmallFloatModel::Round(long double value, Rounding rounding) const {
  const bool negative = std::signbit(value);
  const unsigned sign = negative ? 1u << (bits_ - 1) : 0u;
  const long double magnitude = std::fabs(value);
  if (std::isinf(magnitude)) return sign | first_special_;
  // The first entry above the magnitude; the one before it is at most the magnitude.
  const auto above = std::upper_bound(magnitudes_.begin(), magnitudes_.end(), magnitude);
  const auto below = static_cast<unsigned>(above - magnitudes_.begin() - 1);
  const bool away = rounding == (negative ? Rounding::kDown : Rounding::kUp);
  if (below == first_special_) {  // beyond the last finite number and half a step, or more
    const bool finite = rounding != Rounding::kNearestEven && !away;
    return sign | (finite ? first_special_ - 1 : first_special_);
  }
  if (magnitudes_[below] == magnitude) return sign | below;
  unsigned chosen = below;
  if (away) chosen = below + 1;
  if (rounding == Rounding::kNearestEven) {
    const long double low = magnitude - magnitudes_[below];
    const long double high = magnitudes_[below + 1] - magnitude;
    if (low > high || (low == high && below % 2 == 1)) chosen = below + 1;
  }
  return sign | chosen;
}

unsigned SmallFloatModel::RoundSum(long double value, long double rest) const {
  const unsigned low = Round(value, Rounding::kTowardZero);
  const unsigned high = Round(value, value < 0 ? Rounding::kDown : Rounding::kUp);
  const unsigned magnitude = low & ((1u << (bits_ - 1)) - 1);
  const bool tie =
      low != high && std::fabs(value) * 2 == static_cast<long double>(magnitudes_[magnitude]) +
                                                 magnitudes_[magnitude + 1];
  if (!tie || rest == 0) return Round(value, Rounding::kNearestEven);
  return (rest < 0) == (value < 0) ? high : low;
}

std::vector<double> SmallFloatModel::Boundaries() const {
  std::vector<double> result;
  const double infinity = std::numeric_limits<double>::infinity();
  const auto add = [&](double value) {
    for (double sign : {1.0, -1.0}) {
      result.push_back(sign * value);
      result.push_back(sign * std::nextafter(value, 0.0));
      result.push_back(sign * std::nextafter(value, infinity));
      const auto narrow = static_cast<float>(value);
      result.push_back(sign * std::nextafterf(narrow, 0.0f));
      result.push_back(sign * std::nextafterf(narrow, std::numeric_limits<float>::infinity()));
    }
  };
  for (unsigned pattern = 0; pattern <= first_special_; ++pattern) {
    add(magnitudes_[pattern]);
    if (pattern > 0) add((magnitudes_[pattern - 1] + magnitudes_[pattern]) / 2);
  }
  add(infinity);
  add(std::numeric_limits<double>::max());
  add(std::numeric_limits<double>::denorm_min());
  add(std::numeric_limits<float>::denorm_min());
  return result;
}

}  // namespace opensupa::testing
