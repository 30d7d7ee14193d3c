#pragma once

#include <mpfr.h>

#include "references.h"

namespace opensupa::accuracy {

/// What multiple precision says of one result.
struct Verdict {
  double error_ulp = 0;        // distance from the exact value
  double rounded_ulp = 0;      // distance from the correctly rounded value, a whole number
  double absolute_error = 0;   // distance from the exact value
  bool wrong_special = false;  // NaN, infinity or sign of zero where another is right
};

/// Judges results of one function. Not for use from several threads at once.
template <typename T>
class Judge {
 public:
  explicit Judge(const Function& function);
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  /// `x` holds the function's arguments.
  Verdict Decide(const T* x, T result);

 private:
  const Function& function_;
  mpfr_t x_[kMaxArguments];
  mpfr_t exact_;
  mpfr_t difference_;
};

}  // namespace opensupa::accuracy
