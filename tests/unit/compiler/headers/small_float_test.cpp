// The types of 16 and 8 bits in host code, built by a compiler that knows no kernel language,
// against a model that shares no code with them.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "cuda_bf16.h"
#include "cuda_fp16.h"
#include "cuda_fp8.h"
#include "device/supa_bf16.h"
#include "device/supa_fp16.h"
#include "device/supa_fp8.h"
#include "gtest/gtest.h"
#include "math_constants.h"
#include "small_float_model.h"

namespace opensupa::testing {
namespace {

const SmallFloatModel kHalf(5, 10, 0x7c00);
const SmallFloatModel kBfloat16(8, 7, 0x7f80);
const SmallFloatModel kE4m3(4, 3, 0x7f);
const SmallFloatModel kE5m2(5, 2, 0x7c);
constexpr Rounding kRoundings[] = {Rounding::kNearestEven, Rounding::kTowardZero, Rounding::kDown,
                                   Rounding::kUp};

/// Names of one 16-bit type, so that one test can be written for both.
struct HalfNames {
  using Type = __half;
  using Pair = __half2;
  static const SmallFloatModel& Model() { return kHalf; }
  static unsigned Bits(Type value) { return __half_as_ushort(value); }
  static Type Of(unsigned bits) { return __ushort_as_half(static_cast<unsigned short>(bits)); }
  static float Float(Type value) { return __half2float(value); }
  static Type FromDouble(double value) { return __double2half(value); }
  static Type FromFloat(float value, Rounding rounding) {
    switch (rounding) {
      case Rounding::kTowardZero:
        return __float2half_rz(value);
      case Rounding::kDown:
        return __float2half_rd(value);
      case Rounding::kUp:
        return __float2half_ru(value);
      default:
        return __float2half_rn(value);
    }
  }
  static Type FromInteger(long long value, Rounding rounding) {
    switch (rounding) {
      case Rounding::kTowardZero:
        return __ll2half_rz(value);
      case Rounding::kDown:
        return __ll2half_rd(value);
      case Rounding::kUp:
        return __ll2half_ru(value);
      default:
        return __ll2half_rn(value);
    }
  }
  static Type FromUnsigned(unsigned long long value) { return __ull2half_rn(value); }
  static Type FromInt(int value) { return __int2half_rn(value); }
};

struct Bfloat16Names {
  using Type = __nv_bfloat16;
  using Pair = __nv_bfloat162;
  static const SmallFloatModel& Model() { return kBfloat16; }
  static unsigned Bits(Type value) { return __bfloat16_as_ushort(value); }
  static Type Of(unsigned bits) { return __ushort_as_bfloat16(static_cast<unsigned short>(bits)); }
  static float Float(Type value) { return __bfloat162float(value); }
  static Type FromDouble(double value) { return __double2bfloat16(value); }
  static Type FromFloat(float value, Rounding rounding) {
    switch (rounding) {
      case Rounding::kTowardZero:
        return __float2bfloat16_rz(value);
      case Rounding::kDown:
        return __float2bfloat16_rd(value);
      case Rounding::kUp:
        return __float2bfloat16_ru(value);
      default:
        return __float2bfloat16_rn(value);
    }
  }
  static Type FromInteger(long long value, Rounding rounding) {
    switch (rounding) {
      case Rounding::kTowardZero:
        return __ll2bfloat16_rz(value);
      case Rounding::kDown:
        return __ll2bfloat16_rd(value);
      case Rounding::kUp:
        return __ll2bfloat16_ru(value);
      default:
        return __ll2bfloat16_rn(value);
    }
  }
  static Type FromUnsigned(unsigned long long value) { return __ull2bfloat16_rn(value); }
  static Type FromInt(int value) { return __int2bfloat16_rn(value); }
};

template <class Names>
class Float16 : public ::testing::Test {
 protected:
  /// Numbers of the type at which operations are tried: all kinds, and many at random.
  std::vector<typename Names::Type> Samples(size_t count) {
    const unsigned special = Names::Model().first_special();
    std::vector<typename Names::Type> result;
    for (unsigned bits : {0u, 1u, 2u, special - 1, special, special + 1, special / 2, 0x7fffu}) {
      result.push_back(Names::Of(bits));
      result.push_back(Names::Of(bits | 0x8000u));
    }
    std::mt19937 random(7);
    while (result.size() < count) result.push_back(Names::Of(random() & 0xffffu));
    return result;
  }
};
using Types = ::testing::Types<HalfNames, Bfloat16Names>;
TYPED_TEST_SUITE(Float16, Types);

TYPED_TEST(Float16, EveryPatternHasItsValueAndComesBack) {
  const SmallFloatModel& model = TypeParam::Model();
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const float value = TypeParam::Float(TypeParam::Of(bits));
    const unsigned magnitude = bits & 0x7fffu;
    if (magnitude > model.first_special()) {
      ASSERT_TRUE(std::isnan(value)) << std::hex << bits;
      ASSERT_EQ(TypeParam::Bits(TypeParam::FromFloat(value, Rounding::kNearestEven)), 0x7fffu);
      continue;
    }
    ASSERT_EQ(std::signbit(value), (bits & 0x8000u) != 0);
    if (magnitude == model.first_special()) {
      ASSERT_TRUE(std::isinf(value)) << std::hex << bits;
    } else {
      ASSERT_EQ(std::fabs(value), model.Magnitude(magnitude)) << std::hex << bits;
    }
    for (Rounding rounding : kRoundings) {
      ASSERT_EQ(TypeParam::Bits(TypeParam::FromFloat(value, rounding)), bits) << std::hex << bits;
    }
    ASSERT_EQ(TypeParam::Bits(TypeParam::FromDouble(value)), bits) << std::hex << bits;
  }
}

TYPED_TEST(Float16, RoundsBoundariesInEveryDirection) {
  const SmallFloatModel& model = TypeParam::Model();
  for (double value : model.Boundaries()) {
    ASSERT_EQ(TypeParam::Bits(TypeParam::FromDouble(value)),
              model.Round(value, Rounding::kNearestEven))
        << std::hexfloat << value;
    const auto narrow = static_cast<float>(value);
    for (Rounding rounding : kRoundings) {
      ASSERT_EQ(TypeParam::Bits(TypeParam::FromFloat(narrow, rounding)),
                model.Round(narrow, rounding))
          << std::hexfloat << narrow << " in direction " << static_cast<int>(rounding);
    }
  }
}

TYPED_TEST(Float16, RoundsFloatsOfEveryExponent) {
  const SmallFloatModel& model = TypeParam::Model();
  // An odd step visits every exponent and all low bits.
  for (uint64_t step = 0; step < (uint64_t{1} << 32); step += 4093) {
    const auto bits = static_cast<uint32_t>(step);
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    if (std::isnan(value)) {
      ASSERT_EQ(TypeParam::Bits(TypeParam::FromFloat(value, Rounding::kUp)), 0x7fffu);
      continue;
    }
    const Rounding rounding = kRoundings[step % 4];
    ASSERT_EQ(TypeParam::Bits(TypeParam::FromFloat(value, rounding)), model.Round(value, rounding))
        << std::hexfloat << value;
    ASSERT_EQ(TypeParam::Bits(TypeParam::FromFloat(value, Rounding::kNearestEven)),
              model.Round(value, Rounding::kNearestEven))
        << std::hexfloat << value;
  }
}

TYPED_TEST(Float16, RoundsIntegersOnce) {
  const SmallFloatModel& model = TypeParam::Model();
  std::mt19937_64 random(3);
  for (int i = 0; i < 200000; ++i) {
    const auto value = static_cast<long long>(random() >> (i % 64)) * (i % 2 == 0 ? 1 : -1);
    // 64 bits fit in a long double.
    const auto exact = static_cast<long double>(value);
    for (Rounding rounding : kRoundings) {
      ASSERT_EQ(TypeParam::Bits(TypeParam::FromInteger(value, rounding)),
                model.Round(exact, rounding))
          << value;
    }
    const auto whole = static_cast<unsigned long long>(value);
    ASSERT_EQ(TypeParam::Bits(TypeParam::FromUnsigned(whole)),
              model.Round(static_cast<long double>(whole), Rounding::kNearestEven));
    const auto narrow = static_cast<int>(value);
    ASSERT_EQ(TypeParam::Bits(TypeParam::FromInt(narrow)),
              model.Round(narrow, Rounding::kNearestEven));
    ASSERT_EQ(TypeParam::Bits(typename TypeParam::Type(value)),
              model.Round(exact, Rounding::kNearestEven));
  }
}

TYPED_TEST(Float16, ArithmeticRoundsTheExactResultOnce) {
  using Type = typename TypeParam::Type;
  const SmallFloatModel& model = TypeParam::Model();
  const auto samples = this->Samples(700);
  const auto expect = [&](Type seen, double exact, Type a, Type b, const char* what) {
    const unsigned bits = TypeParam::Bits(seen);
    const unsigned wanted =
        std::isnan(exact) ? 0x7fffu : model.Round(exact, Rounding::kNearestEven);
    ASSERT_EQ(bits, wanted) << what << " of " << TypeParam::Float(a) << " and "
                            << TypeParam::Float(b);
  };
  for (Type a : samples) {
    for (Type b : samples) {
      const double x = TypeParam::Float(a), y = TypeParam::Float(b);
      expect(a * b, x * y, a, b, "product");  // exact in double
      // The sum and the quotient are rounded to double, far finer than twice the type's digits.
      expect(a + b, x + y, a, b, "sum");
      expect(a - b, x - y, a, b, "difference");
      expect(a / b, x / y, a, b, "quotient");
    }
  }
}

TYPED_TEST(Float16, FmaRoundsTheExactResultOnce) {
  using Type = typename TypeParam::Type;
  const SmallFloatModel& model = TypeParam::Model();
  const auto samples = this->Samples(150);
  for (Type a : samples) {
    for (Type b : samples) {
      for (Type c : samples) {
        const double product = static_cast<double>(TypeParam::Float(a)) * TypeParam::Float(b);
        const double z = TypeParam::Float(c);
        const unsigned bits = TypeParam::Bits(__hfma(a, b, c));
        // The exact sum may need more digits than long double has; `lost` is the rest of it.
        const long double sum = static_cast<long double>(product) + z;
        const long double lost = std::fabs(product) > std::fabs(z)
                                     ? z - (sum - static_cast<long double>(product))
                                     : product - (sum - static_cast<long double>(z));
        const unsigned wanted = std::isnan(sum) ? 0x7fffu : model.RoundSum(sum, lost);
        ASSERT_EQ(bits, wanted) << TypeParam::Float(a) << " * " << TypeParam::Float(b) << " + "
                                << TypeParam::Float(c);
      }
    }
  }
}

TYPED_TEST(Float16, ComparesLikeFloatAndTellsUnorderedOperands) {
  using Type = typename TypeParam::Type;
  for (Type a : this->Samples(150)) {
    for (Type b : this->Samples(150)) {
      const float x = TypeParam::Float(a), y = TypeParam::Float(b);
      const bool unordered = std::isnan(x) || std::isnan(y);
      ASSERT_EQ(__heq(a, b), x == y);
      ASSERT_EQ(__hne(a, b), !unordered && x != y);
      ASSERT_EQ(__hlt(a, b), x < y);
      ASSERT_EQ(__hle(a, b), x <= y);
      ASSERT_EQ(__hgt(a, b), x > y);
      ASSERT_EQ(__hge(a, b), x >= y);
      ASSERT_EQ(__hequ(a, b), unordered || x == y);
      ASSERT_EQ(__hneu(a, b), unordered || x != y);
      ASSERT_EQ(__hltu(a, b), unordered || x < y);
      ASSERT_EQ(__hgeu(a, b), unordered || x >= y);
      ASSERT_EQ(a == b, x == y);
      ASSERT_EQ(a != b, x != y);
      ASSERT_EQ(a < b, x < y);
      const typename TypeParam::Pair p(a, b), q(b, a);
      ASSERT_EQ(__hbeq2(p, q), x == y);
      ASSERT_EQ(__hbltu2(p, q), unordered);
      ASSERT_EQ(__heq2_mask(p, q), x == y ? 0xffffffffu : 0u);
      ASSERT_EQ(TypeParam::Float(__hgt2(p, q).x), x > y ? 1.0f : 0.0f);
      ASSERT_EQ(TypeParam::Float(__hgt2(p, q).y), y > x ? 1.0f : 0.0f);
    }
  }
}

TYPED_TEST(Float16, MaximumAndMinimumKnowNanAndSignedZeros) {
  const auto bits = [](auto value) { return TypeParam::Bits(value); };
  const auto zero = TypeParam::Of(0), minus_zero = TypeParam::Of(0x8000u);
  const auto nan = TypeParam::Of(0xffffu), one = TypeParam::FromInt(1);
  EXPECT_EQ(bits(__hmax(minus_zero, zero)), 0u);
  EXPECT_EQ(bits(__hmax(zero, minus_zero)), 0u);
  EXPECT_EQ(bits(__hmin(minus_zero, zero)), 0x8000u);
  EXPECT_EQ(bits(__hmin(zero, minus_zero)), 0x8000u);
  EXPECT_EQ(bits(__hmax(nan, one)), bits(one));
  EXPECT_EQ(bits(__hmin(one, nan)), bits(one));
  EXPECT_EQ(bits(__hmax(nan, nan)), 0x7fffu);
  EXPECT_EQ(bits(__hmax_nan(nan, one)), 0x7fffu);
  EXPECT_EQ(bits(__hmin_nan(one, nan)), 0x7fffu);
  EXPECT_EQ(bits(__hmax_nan(zero, one)), bits(one));
  EXPECT_EQ(bits(__hmin(zero, one)), 0u);
}

TYPED_TEST(Float16, SaturatesAndClampsToPositive) {
  const auto of = [](float value) { return TypeParam::FromFloat(value, Rounding::kNearestEven); };
  const auto value = [](auto x) { return TypeParam::Float(x); };
  const auto nan = TypeParam::Of(0x7fffu);
  EXPECT_EQ(value(__hadd_sat(of(0.75f), of(0.5f))), 1.0f);
  EXPECT_EQ(value(__hadd_sat(of(0.25f), of(0.5f))), 0.75f);
  EXPECT_EQ(TypeParam::Bits(__hsub_sat(of(0.25f), of(0.5f))), 0u);
  EXPECT_EQ(TypeParam::Bits(__hmul_sat(nan, of(0.5f))), 0u);
  EXPECT_EQ(value(__hfma_sat(of(2), of(0.25f), of(0.25f))), 0.75f);
  EXPECT_EQ(TypeParam::Bits(__hfma_relu(of(2), of(-3), of(1))), 0u);
  EXPECT_TRUE(std::isnan(value(__hfma_relu(nan, of(-3), of(1)))));
  EXPECT_EQ(value(__hfma_relu(of(2), of(3), of(1))), 7.0f);
}

TYPED_TEST(Float16, PairsWorkByComponent) {
  using Pair = typename TypeParam::Pair;
  const Pair p(TypeParam::FromInt(2), TypeParam::FromInt(-3)),
      q(TypeParam::FromInt(5), TypeParam::FromInt(7));
  const auto expect = [](Pair seen, float x, float y) {
    EXPECT_EQ(__low2float(seen), x);
    EXPECT_EQ(__high2float(seen), y);
  };
  expect(p + q, 7, 4);
  expect(p - q, -3, -10);
  expect(p * q, 10, -21);
  expect(q / p, 2.5f, TypeParam::Float(TypeParam::FromDouble(7.0 / -3.0)));
  expect(-p, -2, 3);
  expect(__habs2(p), 2, 3);
  expect(__hfma2(p, q, p), 12, -24);
  expect(__hmax2(p, q), 5, 7);
  expect(__lowhigh2highlow(p), -3, 2);
  // (2 - 3i)(5 + 7i) + (2 - 3i)
  expect(__hcmadd(p, q, p), 2 * 5 + 3 * 7 + 2, 2 * 7 - 3 * 5 - 3);
  expect(h2trunc(q / p), 2, -2);
  Pair r = p;
  r += q;
  expect(r++, 7, 4);
  expect(--r, 7, 4);
  EXPECT_TRUE(p == p);
  EXPECT_FALSE(p == Pair(p.x, q.y));
}

TYPED_TEST(Float16, FunctionsAreWithinOneStepOfTheExactValue) {
  using Type = typename TypeParam::Type;
  const SmallFloatModel& model = TypeParam::Model();
  struct Function {
    const char* name;
    Type (*seen)(Type);
    double (*exact)(double);
  };
  const Function functions[] = {
      {"sqrt", [](Type x) { return hsqrt(x); }, [](double x) { return std::sqrt(x); }},
      {"rsqrt", [](Type x) { return hrsqrt(x); }, [](double x) { return 1 / std::sqrt(x); }},
      {"rcp", [](Type x) { return hrcp(x); }, [](double x) { return 1 / x; }},
      {"exp", [](Type x) { return hexp(x); }, [](double x) { return std::exp(x); }},
      {"exp2", [](Type x) { return hexp2(x); }, [](double x) { return std::exp2(x); }},
      {"exp10", [](Type x) { return hexp10(x); }, [](double x) { return std::pow(10, x); }},
      {"log", [](Type x) { return hlog(x); }, [](double x) { return std::log(x); }},
      {"log2", [](Type x) { return hlog2(x); }, [](double x) { return std::log2(x); }},
      {"log10", [](Type x) { return hlog10(x); }, [](double x) { return std::log10(x); }},
      {"sin", [](Type x) { return hsin(x); }, [](double x) { return std::sin(x); }},
      {"cos", [](Type x) { return hcos(x); }, [](double x) { return std::cos(x); }},
      {"tanh", [](Type x) { return htanh(x); }, [](double x) { return std::tanh(x); }},
      {"rint", [](Type x) { return hrint(x); }, [](double x) { return std::nearbyint(x); }},
      {"ceil", [](Type x) { return hceil(x); }, [](double x) { return std::ceil(x); }},
      {"floor", [](Type x) { return hfloor(x); }, [](double x) { return std::floor(x); }},
  };
  for (const Function& function : functions) {
    for (Type x : this->Samples(3000)) {
      const double exact = function.exact(TypeParam::Float(x));
      const auto seen = static_cast<int>(TypeParam::Bits(function.seen(x)));
      if (std::isnan(exact)) {
        ASSERT_EQ(seen, 0x7fff) << function.name << " of " << TypeParam::Float(x);
      } else {
        ASSERT_NEAR(seen, static_cast<int>(model.Round(exact, Rounding::kNearestEven)), 1)
            << function.name << " of " << TypeParam::Float(x);
      }
    }
  }
}

TEST(Half, BecomesAnIntegerInTheGivenDirection) {
  EXPECT_EQ(__half2int_rn(__half(2.5f)), 2);
  EXPECT_EQ(__half2int_rn(__half(3.5f)), 4);
  EXPECT_EQ(__half2int_rz(__half(-2.5f)), -2);
  EXPECT_EQ(__half2int_rd(__half(-2.5f)), -3);
  EXPECT_EQ(__half2int_ru(__half(-2.5f)), -2);
  EXPECT_EQ(__half2uint_ru(__half(2.25f)), 3u);
  EXPECT_EQ(__half2uint_rn(__half(-2.0f)), 0u);
  EXPECT_EQ(__half2short_rn(__half(40000.0f)), 32767);
  EXPECT_EQ(__half2short_rn(__half(-40000.0f)), -32768);
  EXPECT_EQ(__half2ushort_rn(CUDART_INF_FP16), 65535);
  EXPECT_EQ(__half2char_rz(__half(-129.0f)), -128);
  EXPECT_EQ(__half2uchar_rz(__half(300.0f)), 255);
  EXPECT_EQ(__half2int_rn(CUDART_NAN_FP16), 0);
  EXPECT_EQ(__half2int_rn(CUDART_INF_FP16), std::numeric_limits<int>::max());
  EXPECT_EQ(__half2ll_rz(CUDART_NAN_FP16), std::numeric_limits<long long>::min());
  EXPECT_EQ(__half2ull_rz(CUDART_INF_FP16), std::numeric_limits<unsigned long long>::max());
  EXPECT_EQ(__bfloat162ll_rz(__nv_bfloat16(0x1p62f)), 1ll << 62);
  EXPECT_EQ(static_cast<int>(__half(-2.75f)), -2);
  EXPECT_EQ(static_cast<unsigned char>(__half(7.0f)), 7);
  EXPECT_TRUE(static_cast<bool>(CUDART_NAN_FP16));
  EXPECT_FALSE(static_cast<bool>(CUDART_NEG_ZERO_FP16));
}

TEST(Half, HasTheNamesOfBothWorlds) {
  static_assert(std::is_same_v<half, __half> && std::is_same_v<br_half, __half> &&
                std::is_same_v<float16, __half> && std::is_same_v<half2, __half2>);
  static_assert(
      std::is_same_v<nv_bfloat16, __nv_bfloat16> && std::is_same_v<__br_bfloat16, __nv_bfloat16> &&
      std::is_same_v<bfloat16, __nv_bfloat16> && std::is_same_v<br_bfloat162, __nv_bfloat162>);
  static_assert(std::is_same_v<__br_fp8_e4m3, __nv_fp8_e4m3>);
  static_assert(sizeof(__half) == 2 && sizeof(__half2) == 4 && alignof(__half2) == 4 &&
                sizeof(__nv_fp8x4_e4m3) == 4 && sizeof(__nv_fp8_e5m2) == 1);
  static_assert(std::is_trivially_copyable_v<__half2> &&
                std::is_trivially_default_constructible_v<__nv_bfloat162>);
  EXPECT_EQ(static_cast<float>(static_cast<__half>(__nv_bfloat16(3.0f))), 3.0f);
  EXPECT_EQ(static_cast<float>(static_cast<__nv_bfloat16>(__half(1.00390625f))), 1.0f);
  const float2 pair = __half22float2(__floats2half2_rn(1.0f, 2.0f));
  EXPECT_EQ(pair.x + 10 * pair.y, 21.0f);
  EXPECT_EQ(__hisinf(CUDART_INF_FP16), 1);
  EXPECT_EQ(__hisinf(__hneg(CUDART_INF_BF16)), -1);
  EXPECT_EQ(__hisinf(CUDART_MAX_NORMAL_BF16), 0);
}

class Fp8 : public ::testing::TestWithParam<__nv_fp8_interpretation_t> {
 protected:
  const SmallFloatModel& Model() const { return GetParam() == __NV_E4M3 ? kE4m3 : kE5m2; }
  unsigned Saturated(unsigned bits) const {
    return (bits & 0x7fu) == Model().first_special() ? bits - 1 : bits;
  }
};
INSTANTIATE_TEST_SUITE_P(Formats, Fp8, ::testing::Values(__NV_E4M3, __NV_E5M2));

TEST_P(Fp8, EveryPatternHasItsValueAndComesBack) {
  for (unsigned bits = 0; bits < 0x100; ++bits) {
    const auto storage = static_cast<__nv_fp8_storage_t>(bits);
    const float value = __half(__nv_cvt_fp8_to_halfraw(storage, GetParam()));
    const unsigned magnitude = bits & 0x7fu;
    const bool infinite = GetParam() == __NV_E5M2 && magnitude == 0x7cu;
    if (magnitude >= Model().first_special() && !infinite) {
      EXPECT_TRUE(std::isnan(value)) << bits;
      EXPECT_EQ(__nv_cvt_float_to_fp8(value, __NV_SATFINITE, GetParam()), 0x7f);
      continue;
    }
    EXPECT_EQ(std::signbit(value), (bits & 0x80u) != 0);
    if (infinite) {
      EXPECT_TRUE(std::isinf(value));
    } else {
      EXPECT_EQ(std::fabs(value), Model().Magnitude(magnitude)) << bits;
    }
    EXPECT_EQ(__nv_cvt_float_to_fp8(value, __NV_NOSAT, GetParam()), bits);
  }
}

TEST_P(Fp8, RoundsBoundariesAndFloatsOfEveryExponent) {
  std::vector<double> values = Model().Boundaries();
  for (uint64_t step = 0; step < (uint64_t{1} << 32); step += 40961) {
    const auto bits = static_cast<uint32_t>(step);
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isnan(value)) values.push_back(value);
  }
  for (double value : values) {
    const unsigned exact = Model().Round(value, Rounding::kNearestEven);
    ASSERT_EQ(__nv_cvt_double_to_fp8(value, __NV_NOSAT, GetParam()), exact)
        << std::hexfloat << value;
    ASSERT_EQ(__nv_cvt_double_to_fp8(value, __NV_SATFINITE, GetParam()), Saturated(exact));
    const auto narrow = static_cast<float>(value);
    ASSERT_EQ(__nv_cvt_float_to_fp8(narrow, __NV_NOSAT, GetParam()),
              Model().Round(narrow, Rounding::kNearestEven))
        << std::hexfloat << narrow;
  }
}

TEST_P(Fp8, RoundsEvery16BitNumber) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const auto pattern = static_cast<unsigned short>(bits);
    const double half = __half2float(__ushort_as_half(pattern));
    if (!std::isnan(half)) {
      ASSERT_EQ(__nv_cvt_halfraw_to_fp8(__half_raw{pattern}, __NV_SATFINITE, GetParam()),
                Saturated(Model().Round(half, Rounding::kNearestEven)));
    }
    const double brain = __bfloat162float(__ushort_as_bfloat16(pattern));
    if (!std::isnan(brain)) {
      ASSERT_EQ(__nv_cvt_bfloat16raw_to_fp8(__nv_bfloat16_raw{pattern}, __NV_SATFINITE, GetParam()),
                Saturated(Model().Round(brain, Rounding::kNearestEven)));
    }
  }
}

TEST(Fp8Classes, ConvertAndKeepTheOrderOfComponents) {
  EXPECT_EQ(static_cast<float>(__nv_fp8_e4m3(1000.0f)), 448.0f);
  EXPECT_EQ(static_cast<float>(__nv_fp8_e5m2(-1e9)), -57344.0f);
  EXPECT_EQ(static_cast<int>(__nv_fp8_e4m3(-5)), -5);
  EXPECT_EQ(static_cast<unsigned char>(__nv_fp8_e4m3(300.0f)), 255);
  EXPECT_EQ(static_cast<float>(static_cast<__half>(__nv_fp8_e4m3(__half(0.5f)))), 0.5f);
  EXPECT_EQ(static_cast<double>(__nv_fp8_e5m2(__nv_bfloat16(3.0f))), 3.0);
  const __nv_fp8x2_e4m3 pair(float2{1.0f, 2.0f});
  EXPECT_EQ(pair.__x, 0x4038);
  EXPECT_EQ(static_cast<float2>(pair).y, 2.0f);
  const __nv_fp8x4_e5m2 quad(__floats2half2_rn(1, 2), __floats2half2_rn(3, 4));
  const auto values = static_cast<float4>(quad);
  EXPECT_EQ(values.x + 10 * values.y + 100 * values.z + 1000 * values.w, 4321.0f);
  EXPECT_EQ(__nv_fp8x4_e5m2(double4{1, 2, 3, 4}).__x, quad.__x);
}

TEST(MathConstants, AreTheNearestNumbers) {
  const long double pi = 3.14159265358979323846264338327950288L;
  EXPECT_EQ(CUDART_PI, static_cast<double>(pi));
  EXPECT_EQ(CUDART_PI_F, static_cast<float>(pi));
  EXPECT_EQ(static_cast<long double>(CUDART_PI_HI) + CUDART_PI_LO, pi);
  EXPECT_EQ(CUDART_L2E, static_cast<double>(1 / std::log(2.0L)));
  EXPECT_EQ(CUDART_LNT_F, static_cast<float>(std::log(10.0L)));
  EXPECT_EQ(CUDART_SQRT_HALF_F, static_cast<float>(std::sqrt(0.5L)));
  EXPECT_EQ(CUDART_3PIO4, static_cast<double>(pi * 0.75L));
  EXPECT_TRUE(std::isinf(CUDART_INF_F) && std::isnan(CUDART_NAN));
}

}  // namespace
}  // namespace opensupa::testing
