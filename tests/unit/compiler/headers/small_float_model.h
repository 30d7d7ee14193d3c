#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace opensupa::testing {

enum class Rounding { kNearestEven, kTowardZero, kDown, kUp };

/// What a small floating-point format is, computed from its definition alone: a table of all finite
/// magnitudes, searched for the neighbours of a value. Shares no code with the headers it judges.
class SmallFloatModel {
 public:
  /// `first_special` is the smallest pattern that is not a finite magnitude.
  SmallFloatModel(int exponent_bits, int mantissa_bits, unsigned first_special);

  /// Value of a finite magnitude.
  double Magnitude(unsigned pattern) const { return magnitudes_[pattern]; }
  unsigned first_special() const { return first_special_; }
  size_t bits() const { return bits_; }

  /// The pattern, with its sign, of a number that is not NaN. What rounds away from all finite
  /// numbers gives `first_special`.
  unsigned Round(long double value, Rounding rounding) const;
  /// Rounds the sum of `value` and `rest`, which is far smaller, to nearest even.
  unsigned RoundSum(long double value, long double rest) const;

  /// Floats and doubles at which a conversion may go wrong: every finite number, the middles
  /// between neighbours, and what lies just beside each, with both signs.
  std::vector<double> Boundaries() const;

 private:
  std::vector<double> magnitudes_;  // one more than there are: where infinity would be
  unsigned first_special_;
  size_t bits_;
};

}  // namespace opensupa::testing
