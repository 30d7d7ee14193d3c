#pragma once

// Sums of two doubles, for intermediate results that one double is too short for.

#include "base.h"

namespace opensupa::devicelib {

/// The number high + low; |low| is at most about half an ulp of high where nothing else is said.
struct Pair {
  double high;
  double low;
};

/// a + b for |a| >= |b| or a == 0.
inline Pair FastSum(double a, double b) {
  const double sum = a + b;
  return {sum, (a - sum) + b};
}

/// a + b
inline Pair Sum(double a, double b) {
  const double sum = a + b;
  const double back = sum - a;
  return {sum, (a - (sum - back)) + (b - back)};
}

/// a * b
inline Pair Product(double a, double b) {
  const double product = a * b;
  return {product, Fma(a, b, -product)};
}

}  // namespace opensupa::devicelib
