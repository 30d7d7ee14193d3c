// Error bounds of the device math library, against the host's long double functions.

#include <cfenv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "math_kernels.h"

namespace opensupa::cc::testing {
namespace {

constexpr int kSamples = 4000;

using Reference = std::function<long double(long double)>;

/// A function of one argument, the range in which its bound holds and the bounds in ulp.
struct UnaryCase {
  const char* name;
  long double low;
  long double high;
  double float_ulp;
  double double_ulp;
  Reference reference;
};

void PrintTo(const UnaryCase& test_case, std::ostream* stream) { *stream << test_case.name; }

/// A third of the samples uniform in value, a third uniform in magnitude, a third near one.
template <typename T>
std::vector<T> Samples(long double low, long double high) {
  std::mt19937_64 random(12345);
  std::uniform_real_distribution<double> unit(0, 1);
  const auto limit = static_cast<long double>(std::numeric_limits<T>::max());
  low = std::max(low, -limit);
  high = std::min(high, limit);
  std::vector<T> samples = {static_cast<T>(low), static_cast<T>(high)};
  const long double smallest = std::numeric_limits<T>::denorm_min();
  while (samples.size() < kSamples) {
    samples.push_back(static_cast<T>(low + (high - low) * unit(random)));
    const bool negative = low < 0 && (high <= 0 || unit(random) < 0.5);
    const long double far = negative ? -low : high;
    const long double near = std::max(negative ? -high : low, smallest);
    const long double magnitude =
        near * std::pow(far / near, static_cast<long double>(unit(random)));
    samples.push_back(static_cast<T>(negative ? -magnitude : magnitude));
    const long double plain = std::exp2(-8 + 14 * static_cast<long double>(unit(random)));
    const long double signed_plain = negative ? -plain : plain;
    if (signed_plain >= low && signed_plain <= high)
      samples.push_back(static_cast<T>(signed_plain));
  }
  return samples;
}

template <typename T>
void CheckUnary(const UnaryCase& test_case, double bound) {
  const std::vector<T> x = Samples<T>(test_case.low, test_case.high);
  const std::vector<T> result = Unary<T>(test_case.name, x);
  double worst = 0;
  T worst_x = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error = UlpError(result[i], test_case.reference(x[i]));
    if (error > worst) {
      worst = error;
      worst_x = x[i];
    }
  }
  ::testing::Test::RecordProperty(sizeof(T) == 4 ? "float_ulp" : "double_ulp",
                                  std::to_string(worst));
  EXPECT_LE(worst, bound) << test_case.name << " at " << worst_x;
}

class MathUnary : public ::testing::TestWithParam<UnaryCase> {};

TEST_P(MathUnary, FloatStaysWithinBound) { CheckUnary<float>(GetParam(), GetParam().float_ulp); }
TEST_P(MathUnary, DoubleStaysWithinBound) { CheckUnary<double>(GetParam(), GetParam().double_ulp); }

constexpr long double kMax = std::numeric_limits<double>::max();
constexpr long double kPi = 3.141592653589793238462643383279502884L;

constexpr long double kRootTwo = 1.414213562373095048801688724209698079L;
constexpr long double kRootPi = 1.772453850905516027298167483341145183L;

/// Reduced to where the rounding of pi does no harm.
long double SinPi(long double x) {
  const long double r = std::remainder(x, 2.0L);
  if (std::trunc(r) == r) return std::copysign(0.0L, x);
  return std::sin(kPi * (std::abs(r) > 0.5L ? std::copysign(1.0L, r) - r : r));
}

long double CosPi(long double x) {
  return std::sin(kPi * (0.5L - std::abs(std::remainder(x, 2.0L)))) + 0.0L;
}

long double ErfcInverse(long double y) {
  if (std::isnan(y) || y < 0 || y > 2) return std::numeric_limits<long double>::quiet_NaN();
  if (y == 0 || y == 2) return (1 - y) * std::numeric_limits<long double>::infinity();
  if (y > 1.5L) return -ErfcInverse(2 - y);
  long double z = y < 0.1L ? std::sqrt(-std::log(y)) : 0;
  for (int i = 0; i < 60; ++i) {
    const long double density = 2 / kRootPi * std::exp(-z * z);
    // On the logarithm in the tail, where plain Newton steps would overshoot.
    z += y < 0.1L ? (std::log(std::erfc(z)) - std::log(y)) * std::erfc(z) / density
                  : (std::erfc(z) - y) / density;
  }
  return z;
}

/// Near zero 1 - x would lose what matters.
long double ErfInverse(long double x) {
  if (!(std::abs(x) < 0.5L)) return ErfcInverse(1 - x);
  long double z = x;
  for (int i = 0; i < 10; ++i) z -= (std::erf(z) - x) * kRootPi / 2 * std::exp(z * z);
  return x == 0 ? x : z;
}

long double ScaledErfc(long double x) {
  if (x > 100) {
    const long double r = 1 / (2 * x * x);
    return (1 - r * (1 - 3 * r * (1 - 5 * r))) / (x * kRootPi);
  }
  return std::exp(x * x) * std::erfc(x);
}

long double NormalInverse(long double p) { return 0.0L - kRootTwo * ErfcInverse(2 * p); }

const UnaryCase kCases[] = {
    {"acos", -1, 1, 0.501, 2, [](long double x) { return std::acos(x); }},
    {"acosh", 1, kMax, 0.501, 3, [](long double x) { return std::acosh(x); }},
    {"asin", -1, 1, 0.501, 2, [](long double x) { return std::asin(x); }},
    {"asinh", -kMax, kMax, 0.501, 3, [](long double x) { return std::asinh(x); }},
    {"atan", -kMax, kMax, 0.501, 2, [](long double x) { return std::atan(x); }},
    {"atanh", -1, 1, 0.501, 2, [](long double x) { return std::atanh(x); }},
    {"cbrt", -kMax, kMax, 0.51, 0.51, [](long double x) { return std::cbrt(x); }},
    {"cos", -kMax, kMax, 0.501, 2, [](long double x) { return std::cos(x); }},
    {"cosh", -720, 720, 0.501, 1, [](long double x) { return std::cosh(x); }},
    {"cospi", -1e5, 1e5, 0.501, 1, CosPi},
    {"erf", -30, 30, 1.35, 1, [](long double x) { return std::erf(x); }},
    {"erfc", -30, 30, 0.501, 4, [](long double x) { return std::erfc(x); }},
    {"exp", -750, 750, 1.03, 0.8, [](long double x) { return std::exp(x); }},
    {"exp10", -330, 330, 0.501, 0.8, [](long double x) { return std::pow(10.0L, x); }},
    {"exp2", -1080, 1080, 0.501, 0.8, [](long double x) { return std::exp2(x); }},
    {"expm1", -750, 750, 0.501, 1, [](long double x) { return std::expm1(x); }},
    {"lgamma", -2.2, kMax, 0.501, 4, [](long double x) { return std::lgamma(x); }},
    {"log", 0, kMax, 0.99, 0.7, [](long double x) { return std::log(x); }},
    {"log10", 0, kMax, 0.501, 0.7, [](long double x) { return std::log10(x); }},
    {"log1p", -1, kMax, 0.501, 0.7, [](long double x) { return std::log1p(x); }},
    {"log2", 0, kMax, 0.501, 0.7, [](long double x) { return std::log2(x); }},
    {"sin", -kMax, kMax, 0.501, 2, [](long double x) { return std::sin(x); }},
    {"sinh", -720, 720, 0.501, 1, [](long double x) { return std::sinh(x); }},
    {"sinpi", -1e5, 1e5, 0.501, 1, SinPi},
    {"tan", -kMax, kMax, 0.501, 2, [](long double x) { return std::tan(x); }},
    {"erfcx", -26, kMax, 0.501, 4, ScaledErfc},
    {"erfinv", -1, 1, 0.501, 3, ErfInverse},
    {"erfcinv", 0, 2, 0.501, 3, ErfcInverse},
    {"normcdf", -37, 10, 0.501, 4, [](long double x) { return std::erfc(-x / kRootTwo) / 2; }},
    {"normcdfinv", 0, 1, 0.501, 4, NormalInverse},
    {"rcbrt", -kMax, kMax, 0.501, 0.501, [](long double x) { return 1 / std::cbrt(x); }},
    {"rsqrt", 0, kMax, 1.36, 0.501, [](long double x) { return 1 / std::sqrt(x); }},
    {"logb", -kMax, kMax, 0, 0, [](long double x) { return std::logb(x); }},
    {"tanh", -30, 30, 0.501, 0.7, [](long double x) { return std::tanh(x); }},
    {"tgamma", -20, 172, 0.501, 8, [](long double x) { return std::tgamma(x); }},
};
INSTANTIATE_TEST_SUITE_P(Functions, MathUnary, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

/// Zeros, infinities, NaN, denormals and a few plain numbers.
template <typename T>
std::vector<T> SpecialValues() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (T magnitude : {T(0), Limits::denorm_min(), Limits::min() / 2, Limits::min(), T(0.25), T(0.5),
                      T(1), T(1.5), T(2), T(3), T(40), T(1e6), Limits::max(), Limits::infinity()}) {
    values.push_back(magnitude);
    values.push_back(-magnitude);
  }
  values.push_back(Limits::quiet_NaN());
  return values;
}

/// Special cases must agree in kind: NaN, infinity with sign, zero with sign; else in value.
template <typename T>
void CheckSpecial(const std::string& name, T x, T result, long double exact) {
  const T expected = static_cast<T>(exact);
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(result)) << name << "(" << x << ") = " << result;
  } else if (std::isinf(expected) || expected == 0) {
    EXPECT_EQ(result, expected) << name << "(" << x << ")";
    EXPECT_EQ(std::signbit(result), std::signbit(expected)) << name << "(" << x << ") = " << result;
  } else {
    EXPECT_LE(UlpError(result, exact), 10) << name << "(" << x << ") = " << result;
  }
}

class MathSpecial : public ::testing::TestWithParam<UnaryCase> {};

template <typename T>
void CheckSpecials(const UnaryCase& test_case) {
  const std::vector<T> x = SpecialValues<T>();
  const std::vector<T> result = Unary<T>(test_case.name, x);
  for (size_t i = 0; i < x.size(); ++i) {
    CheckSpecial(test_case.name, x[i], result[i], test_case.reference(x[i]));
  }
}

TEST_P(MathSpecial, Float) { CheckSpecials<float>(GetParam()); }
TEST_P(MathSpecial, Double) { CheckSpecials<double>(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Functions, MathSpecial, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

template <typename T>
class MathExact : public ::testing::Test {};
using Types = ::testing::Types<float, double>;
TYPED_TEST_SUITE(MathExact, Types);

/// Every pair of special values, then random pairs of every magnitude.
template <typename T>
void Pairs(std::vector<T>& x, std::vector<T>& y) {
  const std::vector<T> special = SpecialValues<T>();
  for (T a : special) {
    for (T b : special) {
      x.push_back(a);
      y.push_back(b);
    }
  }
  const long double limit = std::numeric_limits<T>::max();
  const std::vector<T> wide = Samples<T>(-limit, limit);
  for (size_t i = 0; i < wide.size(); ++i) {
    x.push_back(wide[i]);
    y.push_back(wide[(i * 7 + 1) % wide.size()]);
  }
}

template <typename T>
bool SameNumber(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <typename T>
void ExpectSame(const char* name, const std::vector<T>& x, const std::vector<T>& y,
                const std::vector<T>& result, T (*reference)(T, T)) {
  for (size_t i = 0; i < x.size(); ++i) {
    const T expected = reference(x[i], y[i]);
    ASSERT_TRUE(SameNumber(result[i], expected))
        << name << "(" << x[i] << ", " << y[i] << ") = " << result[i] << ", not " << expected;
  }
}

TYPED_TEST(MathExact, RemaindersAndNeighboursEqualTheHosts) {
  using T = TypeParam;
  std::vector<T> x;
  std::vector<T> y;
  Pairs(x, y);
  const auto check = [&](const char* name, T (*reference)(T, T)) {
    ExpectSame<T>(name, x, y, Binary<T>(name, x, y), reference);
  };
  check("fmod", [](T a, T b) { return std::fmod(a, b); });
  check("remainder", [](T a, T b) { return std::remainder(a, b); });
  check("nextafter", [](T a, T b) { return std::nextafter(a, b); });
  check("copysign", [](T a, T b) { return std::copysign(a, b); });
}

TYPED_TEST(MathExact, RemquoGivesLowBitsOfTheQuotient) {
  using T = TypeParam;
  std::vector<T> x;
  std::vector<T> y;
  Pairs(x, y);
  std::vector<T> result(x.size());
  std::vector<int> quotient(x.size());
  MathKernel(Symbol<T>("remquo"), SignatureOf<T>("tttp")).Run(result, x, y, quotient);
  for (size_t i = 0; i < x.size(); ++i) {
    int expected_quotient = 0;
    const T expected = std::remquo(x[i], y[i], &expected_quotient);
    ASSERT_TRUE(SameNumber(result[i], expected)) << x[i] << ", " << y[i];
    if (std::isnan(expected)) continue;
    ASSERT_EQ(quotient[i] & 7, expected_quotient & 7) << x[i] << ", " << y[i];
  }
}

TYPED_TEST(MathExact, ScalingRoundsOnce) {
  using T = TypeParam;
  std::vector<T> x;
  std::vector<int> n;
  for (T value : SpecialValues<T>()) {
    for (int step : {0, 1, -1, 30, -130, -150, 200, -1000, -1073, 1023, 1074, 2100, -2100, 100000,
                     -100000, INT32_MAX, INT32_MIN}) {
      for (T factor : {T(1), T(1.2345678), std::nextafter(T(2), T(0))}) {
        x.push_back(value * factor);
        n.push_back(step);
      }
    }
  }
  std::vector<T> result(x.size());
  MathKernel(Symbol<T>("ldexp"), SignatureOf<T>("tti")).Run(result, x, n);
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_TRUE(SameNumber(result[i], static_cast<T>(std::ldexp(x[i], n[i]))))
        << x[i] << " * 2^" << n[i] << " = " << result[i];
  }
}

TYPED_TEST(MathExact, ExponentsEqualTheHosts) {
  using T = TypeParam;
  std::vector<T> x = Samples<T>(-1e300L, 1e300L);
  for (T value : SpecialValues<T>()) x.push_back(value);
  std::vector<int> result(x.size());
  MathKernel(Symbol<T>("ilogb"), SignatureOf<T>("it")).Run(result, x);
  std::vector<T> fraction(x.size());
  std::vector<int> exponent(x.size());
  MathKernel(Symbol<T>("frexp"), SignatureOf<T>("ttp")).Run(fraction, x, exponent);
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isnan(x[i])) {
      ASSERT_EQ(result[i], std::ilogb(x[i])) << x[i];
    }
    int expected = 0;
    ASSERT_TRUE(SameNumber(fraction[i], std::frexp(x[i], &expected))) << x[i];
    if (std::isfinite(x[i])) {
      ASSERT_EQ(exponent[i], expected) << x[i];
    }
  }
}

/// Checks a function of two arguments on special and random pairs.
template <typename T>
void CheckBinary(const char* name, double bound,
                 long double (*reference)(long double, long double)) {
  std::vector<T> x;
  std::vector<T> y;
  Pairs(x, y);
  const std::vector<T> near_x = Samples<T>(-50, 50);
  for (size_t i = 0; i < near_x.size(); ++i) {
    x.push_back(near_x[i]);
    y.push_back(near_x[(i * 11 + 5) % near_x.size()]);
  }
  const std::vector<T> result = Binary<T>(name, x, y);
  for (size_t i = 0; i < x.size(); ++i) {
    const long double exact = reference(x[i], y[i]);
    ASSERT_LE(UlpError(result[i], exact), bound)
        << name << "(" << x[i] << ", " << y[i] << ") = " << result[i] << ", not " << exact;
  }
}

TYPED_TEST(MathExact, FunctionsOfTwoArgumentsStayWithinBounds) {
  using T = TypeParam;
  CheckBinary<T>("pow", 0.6, [](long double a, long double b) { return std::pow(a, b); });
  CheckBinary<T>("atan2", 0.8, [](long double a, long double b) { return std::atan2(a, b); });
  CheckBinary<T>("hypot", 0.501, [](long double a, long double b) { return std::hypot(a, b); });
  CheckBinary<T>("rhypot", 0.8, [](long double a, long double b) { return 1 / std::hypot(a, b); });
  CheckBinary<T>("fdim", 0.5, [](long double a, long double b) {
    return static_cast<long double>(std::fdim(static_cast<T>(a), static_cast<T>(b)));
  });
}

TYPED_TEST(MathExact, NormsOfManyComponents) {
  using T = TypeParam;
  const T big = std::numeric_limits<T>::max() / 4;
  std::vector<T> x = {1, 3, big, 0, std::numeric_limits<T>::denorm_min()};
  std::vector<T> y = {2, 4, big, 0, 0};
  std::vector<T> z = {2, 12, 0, 0, 0};
  std::vector<T> w = {0, 84, 0, 0, 0};
  std::vector<T> result(x.size());
  MathKernel(Symbol<T>("norm4d"), SignatureOf<T>("ttttt")).Run(result, x, y, z, w);
  EXPECT_EQ(result[0], 3);
  EXPECT_EQ(result[1], 85);
  EXPECT_LE(UlpError(result[2], big * std::sqrt(2.0L)), 1);
  EXPECT_EQ(result[3], 0);
  EXPECT_EQ(result[4], x[4]);
  MathKernel(Symbol<T>("rnorm3d"), SignatureOf<T>("tttt")).Run(result, x, y, z);
  EXPECT_LE(UlpError(result[0], 1 / 3.0L), 1);
  EXPECT_TRUE(std::isinf(result[3]));
}

TYPED_TEST(MathExact, SineAndCosineTogetherEqualThemselvesAlone) {
  using T = TypeParam;
  std::vector<T> x = Samples<T>(-1e4L, 1e4L);
  std::vector<T> sine(x.size());
  std::vector<T> cosine(x.size());
  for (const std::string suffix : {"", "pi"}) {
    MathKernel(Symbol<T>("sincos" + suffix), SignatureOf<T>("vtpp")).Run(x, sine, cosine);
    EXPECT_EQ(sine, Unary<T>("sin" + suffix, x));
    EXPECT_EQ(cosine, Unary<T>("cos" + suffix, x));
  }
}

/// Bessel functions oscillate, so their bound is absolute, in units of T's epsilon.
template <typename T>
void CheckAbsolute(const std::string& name, const std::vector<T>& x, const std::vector<T>& result,
                   double bound, const Reference& reference) {
  for (size_t i = 0; i < x.size(); ++i) {
    const long double exact = reference(x[i]);
    // Overflow; both must be infinite.
    if (result[i] == static_cast<T>(exact)) continue;
    const long double unit = std::numeric_limits<T>::epsilon() * std::max(1.0L, std::abs(exact));
    ASSERT_LE(std::abs(static_cast<long double>(result[i]) - exact) / unit, bound)
        << name << "(" << x[i] << ") = " << result[i] << ", not " << exact;
  }
}

TYPED_TEST(MathExact, BesselFunctionsStayWithinAbsoluteBounds) {
  using T = TypeParam;
  const std::vector<T> positive = Samples<T>(1e-3L, 1e4L);
  const std::vector<T> both = Samples<T>(-1e4L, 1e4L);
  const auto check = [](const char* name, const std::vector<T>& x, Reference reference) {
    CheckAbsolute<T>(name, x, Unary<T>(name, x), 8, reference);
  };
  check("j0", both, [](long double x) { return j0l(x); });
  check("j1", both, [](long double x) { return j1l(x); });
  check("y0", positive, [](long double x) { return y0l(x); });
  check("y1", positive, [](long double x) { return y1l(x); });
}

TYPED_TEST(MathExact, BesselFunctionsOfAnyOrder) {
  using T = TypeParam;
  const std::vector<T> magnitudes = Samples<T>(1e-2L, 200);
  for (int order : {-3, 0, 1, 2, 7, 40}) {
    std::vector<T> x = magnitudes;
    std::vector<int> n(x.size(), order);
    std::vector<T> result(x.size());
    MathKernel(Symbol<T>("jn"), SignatureOf<T>("tit")).Run(result, n, x);
    CheckAbsolute<T>("jn", x, result, 30, [=](long double v) { return jnl(order, v); });
    MathKernel(Symbol<T>("yn"), SignatureOf<T>("tit")).Run(result, n, x);
    CheckAbsolute<T>("yn", x, result, 300, [=](long double v) { return ynl(order, v); });
  }
}

TYPED_TEST(MathExact, ModifiedBesselFunctions) {
  using T = TypeParam;
  const std::vector<T> x = Samples<T>(0, sizeof(T) == 4 ? 85 : 690);
  const std::vector<T> zero = Unary<T>("cyl_bessel_i0", x);
  const std::vector<T> one = Unary<T>("cyl_bessel_i1", x);
  for (size_t i = 0; i < x.size(); ++i) {
    const long double value = x[i];
    ASSERT_LE(UlpError(zero[i], std::cyl_bessel_i(0.0L, value)), 4) << x[i];
    ASSERT_LE(UlpError(one[i], std::cyl_bessel_i(1.0L, value)), 4) << x[i];
  }
}

}  // namespace
}  // namespace opensupa::cc::testing
