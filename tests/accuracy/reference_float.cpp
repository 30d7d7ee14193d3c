// References for float results, in double. This file is compiled with -ffast-math, so that GCC
// turns its loops into calls of the vector forms in glibc's libmvec, whose errors are below 4 ulp
// of double: 2^-27 ulp of float.

#include <cmath>
#include <map>

#include "references.h"

namespace opensupa::accuracy {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kTwoOverRootPi = 1.12837916709551257390;
constexpr double kNan = __builtin_nan("");

#define UNARY(name, expression)                                                           \
  void name(const float* const* args, const float*, double* __restrict exact, size_t n) { \
    const float* __restrict values = args[0];                                             \
    for (size_t i = 0; i < n; ++i) {                                                      \
      const double x = values[i];                                                         \
      exact[i] = expression;                                                              \
    }                                                                                     \
  }
/// `expression` gives what is to be added to the result `r`: one Newton step.
#define INVERSE(name, expression)                                                                 \
  void name(const float* const* args, const float* results, double* __restrict exact, size_t n) { \
    const float* __restrict values = args[0];                                                     \
    for (size_t i = 0; i < n; ++i) {                                                              \
      const double x = values[i];                                                                 \
      const double r = results[i];                                                                \
      exact[i] = expression;                                                                      \
    }                                                                                             \
  }
#define BINARY(name, expression)                                                          \
  void name(const float* const* args, const float*, double* __restrict exact, size_t n) { \
    const float* __restrict first = args[0];                                              \
    const float* __restrict second = args[1];                                             \
    for (size_t i = 0; i < n; ++i) {                                                      \
      const double x = first[i];                                                          \
      const double y = second[i];                                                         \
      exact[i] = expression;                                                              \
    }                                                                                     \
  }

#include "reference_expressions.def"
UNARY(Exp10, exp10(x))
UNARY(J0, j0(x))
UNARY(J1, j1(x))
UNARY(Y0, y0(x))
UNARY(Y1, y1(x))

/// x minus the nearest even number, in [-1, 1].
inline double Turn(double x) { return x - 2 * std::rint(x / 2); }
/// Reduced so that sine is small where the result is.
UNARY(Sinpi, std::copysign(std::fabs(std::sin(kPi*(std::fabs(Turn(x)) > 0.5
                                                       ? std::copysign(1.0, Turn(x)) - Turn(x)
                                                       : Turn(x)))),
                           Turn(x) == 0 || std::fabs(Turn(x)) == 1 ? x : Turn(x)))
UNARY(Cospi, std::sin(kPi * (0.5 - std::fabs(Turn(x)))) + 0.0)

UNARY(Erfcx,
      x < 8 ? std::exp(x * x) * std::erfc(x)
            : kTwoOverRootPi / 2 / x *
                  (1 - 0.5 / (x * x) *
                           (1 - 1.5 / (x * x) *
                                    (1 - 2.5 / (x * x) *
                                             (1 - 3.5 / (x * x) *
                                                      (1 - 4.5 / (x * x) * (1 - 5.5 / (x * x))))))))

INVERSE(Erfinv, std::fabs(x) > 1    ? kNan
                : std::fabs(x) == 1 ? x * INFINITY
                : x == 0            ? x
                                    : r - (std::erf(r) - x) * std::exp(r * r) / kTwoOverRootPi)
INVERSE(Erfcinv, x < 0 || x > 2 ? kNan
                 : x == 0       ? INFINITY
                 : x == 2       ? -INFINITY
                                : r + (std::erfc(r) - x) * std::exp(r * r) / kTwoOverRootPi)
INVERSE(Normcdfinv, x < 0 || x > 1 ? kNan
                    : x == 0       ? -INFINITY
                    : x == 1       ? INFINITY
                                   : r - (std::erfc(-r * kRootHalf) / 2 - x) * std::exp(r * r / 2) *
                                       2.50662827463100050242)

/// Modified Bessel functions: power series up to 20, Hankel's expansion above.
inline double Modified(double x, double order) {
  const double magnitude = std::fabs(x);
  if (magnitude <= 20) {
    const double quarter = x * x / 4;
    double term = 1;
    double sum = 1;
    for (int k = 1; k < 60; ++k) {
      term *= quarter / (k * (k + order));
      sum += term;
    }
    return order == 0 ? sum : sum * x / 2;
  }
  double term = 1;
  double sum = 1;
  for (int k = 1; k < 24; ++k) {
    term *= -(4 * order * order - (2.0 * k - 1) * (2.0 * k - 1)) / (8 * k * magnitude);
    sum += term;
  }
  const double value = std::exp(magnitude) / std::sqrt(2 * kPi * magnitude) * sum;
  return order == 0 || x > 0 ? value : -value;
}
void I0(const float* const* args, const float*, double* exact, size_t n) {
  for (size_t i = 0; i < n; ++i)
    exact[i] = std::fabs(args[0][i]) > 1000 ? INFINITY : Modified(args[0][i], 0);
  for (size_t i = 0; i < n; ++i)
    if (__builtin_isnan(args[0][i])) exact[i] = kNan;
}
void I1(const float* const* args, const float*, double* exact, size_t n) {
  for (size_t i = 0; i < n; ++i)
    exact[i] = std::fabs(args[0][i]) > 1000 ? std::copysign(INFINITY, args[0][i])
                                            : Modified(args[0][i], 1);
  for (size_t i = 0; i < n; ++i)
    if (__builtin_isnan(args[0][i])) exact[i] = kNan;
}

BINARY(Fdim, x != x || y != y ? kNan : x > y ? x - y : 0)

void Norm3(const float* const* args, const float*, double* exact, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    exact[i] = std::hypot(static_cast<double>(args[0][i]), args[1][i], args[2][i]);
  }
}
void Rnorm3(const float* const* args, const float* results, double* exact, size_t n) {
  Norm3(args, results, exact, n);
  for (size_t i = 0; i < n; ++i) exact[i] = 1 / exact[i];
}
void Norm4(const float* const* args, const float*, double* exact, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    exact[i] = std::hypot(std::hypot(static_cast<double>(args[0][i]), args[1][i], args[2][i]),
                          static_cast<double>(args[3][i]));
  }
}
void Rnorm4(const float* const* args, const float* results, double* exact, size_t n) {
  Norm4(args, results, exact, n);
  for (size_t i = 0; i < n; ++i) exact[i] = 1 / exact[i];
}
/// The product is exact in double; the sum rounds to double only, which the judge makes good.
void FusedMultiplyAdd(const float* const* args, const float*, double* exact, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    exact[i] = std::fma(static_cast<double>(args[0][i]), static_cast<double>(args[1][i]),
                        static_cast<double>(args[2][i]));
  }
}

}  // namespace

FloatReference FindFloatReference(const std::string& name) {
  static const std::map<std::string, FloatReference> kReferences = {
#define REFERENCE(name, function) {#name, function},
#include "references.def"
  };
  const auto found = kReferences.find(name);
  return found == kReferences.end() ? nullptr : found->second;
}

}  // namespace opensupa::accuracy
