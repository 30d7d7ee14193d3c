#pragma once

#include <mpfr.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace opensupa::accuracy {

inline constexpr int kMaxArguments = 4;

/// What the float results are compared with: the function in double, far more exact than float.
/// `x[k][i]` is argument k of call i; `result` is what the device gave, for functions whose inverse
/// is easier to work out. Writes `n` values to `exact`.
using FloatReference = void (*)(const float* const* x, const float* result, double* exact,
                                size_t n);

/// What the double results are compared with; the same in long double, one call.
using DoubleReference = long double (*)(const double* x, double result);

/// The judge: sets `exact` to the function of `x`, to the precision of `exact`. `guess` is the
/// device's result, a start for iterations only.
using ExactReference = void (*)(mpfr_t exact, const mpfr_t* x, double guess);

/// A stretch of arguments that deserves a look; the first two arguments are drawn from it.
struct Range {
  double low;
  double high;
};

/// A function of the device library with its references.
struct Function {
  std::string name;
  int arguments = 1;
  FloatReference float_reference = nullptr;
  DoubleReference double_reference = nullptr;
  ExactReference exact = nullptr;
  /// CUDA's documented maximum distance from the correctly rounded result, in ulp; negative where
  /// it documents none.
  double cuda_float_ulp = -1;
  double cuda_double_ulp = -1;
  std::vector<Range> ranges;
  /// Arguments for which the bound holds in ulp, beside those below `relative_below`; for all
  /// others the error is absolute.
  Range relative_range = {-HUGE_VAL, HUGE_VAL};
  double relative_below = -HUGE_VAL;

  bool HasAbsoluteRange() const {
    return relative_range.low > -HUGE_VAL || relative_range.high < HUGE_VAL;
  }
};

/// The references in double, by name; null if there is none.
FloatReference FindFloatReference(const std::string& name);
/// The references in long double, by name; null if there is none.
DoubleReference FindDoubleReference(const std::string& name);
/// The references in multiple precision, by name; null if there is none.
ExactReference FindExactReference(const std::string& name);

/// Every function that is measured.
const std::vector<Function>& AllFunctions();

}  // namespace opensupa::accuracy
