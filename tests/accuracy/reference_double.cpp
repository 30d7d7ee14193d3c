// References for double results, in long double (64 bits of mantissa).

#include <cmath>
#include <limits>
#include <map>

#include "references.h"

namespace opensupa::accuracy {
namespace {

using Long = long double;
constexpr Long kPi = 3.141592653589793238462643383279502884L;
constexpr Long kRootHalf = 0.707106781186547524400844362104849039L;
constexpr Long kTwoOverRootPi = 1.128379167095512573896158903121545172L;
constexpr Long kRootTwoPi = 2.506628274631000502415765284811045253L;
constexpr Long kInfinity = std::numeric_limits<Long>::infinity();
constexpr Long kNan = std::numeric_limits<Long>::quiet_NaN();

#define UNARY(name, expression)           \
  Long name(const double* args, double) { \
    const Long x = args[0];               \
    return expression;                    \
  }
#define INVERSE(name, expression)                \
  Long name(const double* args, double result) { \
    const Long x = args[0];                      \
    const Long r = result;                       \
    return expression;                           \
  }
#define BINARY(name, expression)          \
  Long name(const double* args, double) { \
    const Long x = args[0];               \
    const Long y = args[1];               \
    return expression;                    \
  }

#include "reference_expressions.def"
UNARY(Exp10, exp10l(x))
UNARY(J0, j0l(x))
UNARY(J1, j1l(x))
UNARY(Y0, y0l(x))
UNARY(Y1, y1l(x))

Long Turn(Long x) { return std::remainder(x, 2.0L); }
Long Sinpi(const double* args, double) {
  const Long turn = Turn(args[0]);
  if (turn == 0 || std::fabs(turn) == 1) return std::copysign(0.0L, args[0]);
  return std::sin(kPi * (std::fabs(turn) > 0.5L ? std::copysign(1.0L, turn) - turn : turn));
}
Long Cospi(const double* args, double) {
  return std::sin(kPi * (0.5L - std::fabs(Turn(args[0])))) + 0.0L;
}

Long ErfcxTail(Long x) {
  Long sum = 1;
  for (int k = 15; k > 0; --k) sum = 1 - (k - 0.5L) / (x * x) * sum;
  return kTwoOverRootPi / 2 / x * sum;
}
/// The square is split, since its rounding error would be multiplied by the square itself.
Long ExpOfSquare(Long x) {
  const Long square = x * x;
  return std::exp(square) * (1 + std::fma(x, x, -square));
}
UNARY(Erfcx, x < 12 ? ExpOfSquare(x) * std::erfc(x) : ErfcxTail(x))

INVERSE(Erfinv, std::fabs(x) > 1    ? kNan
                : std::fabs(x) == 1 ? x * kInfinity
                : x == 0            ? x
                : std::fabs(x) < 0.5L
                    ? r - (std::erf(r) - x) * ExpOfSquare(r) / kTwoOverRootPi
                    : r + std::copysign((std::erfc(std::fabs(r)) - (1 - std::fabs(x))) *
                                            ExpOfSquare(r) / kTwoOverRootPi,
                                        r))
INVERSE(Erfcinv, x < 0 || x > 2 ? kNan
                 : x == 0       ? kInfinity
                 : x == 2       ? -kInfinity
                 : x > 0.5L && x < 1.5L
                     ? r - (std::erf(r) - (1 - x)) * ExpOfSquare(r) / kTwoOverRootPi
                 : x >= 1.5L ? r - (std::erfc(-r) - (2 - x)) * ExpOfSquare(r) / kTwoOverRootPi
                             : r + (std::erfc(r) - x) * ExpOfSquare(r) / kTwoOverRootPi)
INVERSE(Normcdfinv, x < 0 || x > 1 ? kNan
                    : x == 0       ? -kInfinity
                    : x == 1       ? kInfinity
                    : x <= 0.25L   ? r - (std::erfc(-r * kRootHalf) / 2 - x) *
                                           ExpOfSquare(r * kRootHalf) * kRootTwoPi
                    : x >= 0.75L ? r + (std::erfc(r * kRootHalf) / 2 - (1 - x)) *
                                           ExpOfSquare(r * kRootHalf) * kRootTwoPi
                                 : r - (std::erf(r * kRootHalf) / 2 - (x - 0.5L)) *
                                           ExpOfSquare(r * kRootHalf) * kRootTwoPi)

Long Modified(Long x, int order) {
  const Long magnitude = std::fabs(x);
  if (magnitude > 2000) return order == 0 || x > 0 ? kInfinity : -kInfinity;
  Long term = 1;
  Long sum = 1;
  if (magnitude <= 30) {
    const Long quarter = x * x / 4;
    for (int k = 1; k < 90; ++k) {
      term *= quarter / (k * (k + order));
      sum += term;
      if (term < sum * 0x1p-66L) break;
    }
    return order == 0 ? sum : sum * x / 2;
  }
  for (int k = 1; k < 40; ++k) {
    term *= -(4.0L * order * order - (2.0L * k - 1) * (2.0L * k - 1)) / (8 * k * magnitude);
    sum += term;
    if (std::fabs(term) < 0x1p-66L) break;
  }
  const Long value = std::exp(magnitude) / std::sqrt(2 * kPi * magnitude) * sum;
  return order == 0 || x > 0 ? value : -value;
}
UNARY(I0, x != x ? x : Modified(x, 0))
UNARY(I1, x != x ? x : Modified(x, 1))

Long Fdim(const double* x, double) { return std::fdim(x[0], x[1]); }
Long Norm3(const double* x, double) {
  return std::hypot(std::hypot(static_cast<Long>(x[0]), static_cast<Long>(x[1])),
                    static_cast<Long>(x[2]));
}
Long Rnorm3(const double* x, double r) { return 1 / Norm3(x, r); }
Long Norm4(const double* x, double r) { return std::hypot(Norm3(x, r), static_cast<Long>(x[3])); }
Long Rnorm4(const double* x, double r) { return 1 / Norm4(x, r); }
Long FusedMultiplyAdd(const double* x, double) { return std::fma(x[0], x[1], x[2]); }

}  // namespace

DoubleReference FindDoubleReference(const std::string& name) {
  static const std::map<std::string, DoubleReference> kReferences = {
#define REFERENCE(name, function) {#name, function},
#include "references.def"
  };
  const auto found = kReferences.find(name);
  return found == kReferences.end() ? nullptr : found->second;
}

}  // namespace opensupa::accuracy
