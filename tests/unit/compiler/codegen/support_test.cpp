// The support object: what x86-64-v2, which lacks instructions for them, calls for fused
// multiply-add, half precision and 128-bit arithmetic.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "image_runner.h"
#include "opensupa/compiler/supacc.h"

namespace opensupa::cc::testing {
namespace {

constexpr char kOldest[] = "x86-64-v2/reference";
constexpr int kSamples = 20000;

/// Compiles a kernel body for the oldest level; %x is the thread's index.
std::vector<std::byte> CompileBody(const std::string& parameters, const std::string& body,
                                   const std::string& declarations = "",
                                   const std::string& target = kOldest) {
  const auto bitcode =
      Assemble(DeviceHeader() + "declare i32 @__su_tid_x()\n" + declarations + "define void @k(" +
               parameters + ") {\n  %x = call i32 @__su_tid_x()\n" + body + "  ret void\n}\n" +
               KernelAnnotations({"k"}));
  CompileResult result = CompileBitcode(bitcode, target);
  EXPECT_EQ(result.status, SUPACC_OK) << result.log;
  return std::move(result.bytes);
}

/// Numbers of every magnitude, many of them close to a power of two or denormal.
template <typename T, typename Word>
std::vector<T> RandomNumbers(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> numbers;
  while (numbers.size() < kSamples) {
    Word bits = static_cast<Word>(random());
    if (random() % 4 == 0) bits &= ~((Word{1} << (std::numeric_limits<T>::digits - 2)) - 1);
    T number;
    std::memcpy(&number, &bits, sizeof(number));
    // A quarter close to one, so that sums cancel.
    if (random() % 4 == 0 && std::isfinite(number)) {
      int exponent = 0;
      number = std::frexp(number, &exponent);
    }
    numbers.push_back(number);
  }
  return numbers;
}

template <typename T>
void CheckFma(const std::vector<T>& x, const std::vector<T>& y, const std::vector<T>& z,
              const std::string& type, const std::string& suffix) {
  std::string body;
  for (const char* name : {"a", "b", "c"}) {
    body += "  %p" + std::string(name) + " = getelementptr " + type + ", ptr %" + name +
            ", i32 %x\n  %v" + name + " = load " + type + ", ptr %p" + name + "\n";
  }
  body += "  %r = call " + type + " @llvm.fma." + suffix + "(" + type + " %va, " + type + " %vb, " +
          type + " %vc)\n  %po = getelementptr " + type + ", ptr %o, i32 %x\n  store " + type +
          " %r, ptr %po\n";
  ImageRunner runner(CompileBody(
      "ptr %a, ptr %b, ptr %c, ptr %o", body,
      "declare " + type + " @llvm.fma." + suffix + "(" + type + ", " + type + ", " + type + ")\n"));
  std::vector<T> result(x.size());
  runner.Run("k", static_cast<uint32_t>(x.size()), x.data(), y.data(), z.data(), result.data());
  for (size_t i = 0; i < x.size(); ++i) {
    const T expected = std::fma(x[i], y[i], z[i]);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(result[i])) << i;
      continue;
    }
    ASSERT_EQ(result[i], expected) << x[i] << " * " << y[i] << " + " << z[i];
    ASSERT_EQ(std::signbit(result[i]), std::signbit(expected)) << i;
  }
}

/// Addends that cancel most of the product, or lie half a unit beside it.
template <typename T>
void Cancel(const std::vector<T>& x, const std::vector<T>& y, std::vector<T>& z) {
  for (size_t i = 0; i < x.size(); i += 2) {
    const T product = x[i] * y[i];
    z[i] = i % 4 == 0 ? -product : std::nextafter(-product, T(i % 8 == 2 ? 1e30 : -1e30));
    if (i % 6 == 0) z[i] = std::ldexp(product, static_cast<int>(i % 120));
  }
}

TEST(Support, FloatFmaRoundsOnce) {
  const auto x = RandomNumbers<float, uint32_t>(1);
  const auto y = RandomNumbers<float, uint32_t>(2);
  auto z = RandomNumbers<float, uint32_t>(3);
  CheckFma(x, y, z, "float", "f32");
  Cancel(x, y, z);
  CheckFma(x, y, z, "float", "f32");
}

TEST(Support, DoubleFmaRoundsOnce) {
  const auto x = RandomNumbers<double, uint64_t>(1);
  const auto y = RandomNumbers<double, uint64_t>(2);
  auto z = RandomNumbers<double, uint64_t>(3);
  CheckFma(x, y, z, "double", "f64");
  Cancel(x, y, z);
  CheckFma(x, y, z, "double", "f64");
}

constexpr char kHalfBody[] = R"(
  %pf = getelementptr float, ptr %f, i32 %x
  %vf = load float, ptr %pf
  %h = fptrunc float %vf to half
  %ph = getelementptr half, ptr %h16, i32 %x
  store half %h, ptr %ph
  %back = fpext half %h to float
  %pb = getelementptr float, ptr %b, i32 %x
  store float %back, ptr %pb
)";

TEST(Support, HalfConversionsEqualTheHardwares) {
  if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "This host has no half instructions.";
  std::vector<float> numbers = RandomNumbers<float, uint32_t>(7);
  for (size_t i = 0; i < numbers.size(); i += 2) {
    // Into and around the range of half.
    numbers[i] = std::ldexp(1 + static_cast<float>(i) / kSamples, static_cast<int>(i % 48) - 30);
  }
  const uint32_t count = static_cast<uint32_t>(numbers.size());
  std::vector<uint16_t> half[2] = {std::vector<uint16_t>(count), std::vector<uint16_t>(count)};
  std::vector<float> back[2] = {std::vector<float>(count), std::vector<float>(count)};
  const char* targets[2] = {kOldest, "x86-64-v3/reference"};
  for (int i = 0; i < 2; ++i) {
    ImageRunner runner(CompileBody("ptr %f, ptr %h16, ptr %b", kHalfBody, "", targets[i]));
    runner.Run("k", count, numbers.data(), half[i].data(), back[i].data());
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (std::isnan(numbers[i])) {
      ASSERT_TRUE(std::isnan(back[0][i]));
      continue;
    }
    ASSERT_EQ(half[0][i], half[1][i]) << numbers[i];
    ASSERT_EQ(back[0][i], back[1][i]) << numbers[i];
  }
}

TEST(Support, DoubleToHalfAndBfloatRoundOnce) {
  ImageRunner runner(CompileBody("ptr %d, ptr %h16, ptr %b16", R"(
  %pd = getelementptr double, ptr %d, i32 %x
  %vd = load double, ptr %pd
  %h = fptrunc double %vd to half
  %ph = getelementptr half, ptr %h16, i32 %x
  store half %h, ptr %ph
  %b = fptrunc double %vd to bfloat
  %pb = getelementptr bfloat, ptr %b16, i32 %x
  store bfloat %b, ptr %pb
)"));
  // The second number lies just above the middle between two halves, and on it as a float.
  const std::vector<double> numbers = {
      1.0,     1 + 0x1p-11 + 0x1p-40, 1 + 0x1p-11,          65504, 65520, 0x1p-24,
      0x1p-25, -0x1p-25 - 0x1p-60,    1 + 0x1p-8 + 0x1p-40, -1.0};
  std::vector<uint16_t> half(numbers.size());
  std::vector<uint16_t> bfloat(numbers.size());
  runner.Run("k", static_cast<uint32_t>(numbers.size()), numbers.data(), half.data(),
             bfloat.data());
  EXPECT_EQ(half, (std::vector<uint16_t>{0x3c00, 0x3c01, 0x3c00, 0x7bff, 0x7c00, 1, 0, 0x8001,
                                         0x3c04, 0xbc00}));
  EXPECT_EQ(bfloat[0], 0x3f80);
  EXPECT_EQ(bfloat[1], 0x3f80);
  EXPECT_EQ(bfloat[8], 0x3f81);
  EXPECT_EQ(bfloat[9], 0xbf80);
}

TEST(Support, WideIntegersConvertAndDivideAsOnTheHost) {
  ImageRunner runner(CompileBody("ptr %a, ptr %b, ptr %q, ptr %d, ptr %f, ptr %i", R"(
  %pa = getelementptr i128, ptr %a, i32 %x
  %pb = getelementptr i128, ptr %b, i32 %x
  %va = load i128, ptr %pa
  %vb = load i128, ptr %pb
  %q1 = udiv i128 %va, %vb
  %q2 = urem i128 %va, %vb
  %q3 = sdiv i128 %va, %vb
  %q12 = xor i128 %q1, %q2
  %q123 = xor i128 %q12, %q3
  %pq = getelementptr i128, ptr %q, i32 %x
  store i128 %q123, ptr %pq
  %vd = sitofp i128 %va to double
  %pd = getelementptr double, ptr %d, i32 %x
  store double %vd, ptr %pd
  %vf = uitofp i128 %va to float
  %pf = getelementptr float, ptr %f, i32 %x
  store float %vf, ptr %pf
  %vi = fptosi double %vd to i128
  %pi = getelementptr i128, ptr %i, i32 %x
  store i128 %vi, ptr %pi
)"));
  using Unsigned = unsigned __int128;
  using Signed = __int128;
  std::mt19937_64 random(5);
  std::vector<Unsigned> a(2000);
  std::vector<Unsigned> b(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = ((Unsigned{random()} << 64) | random()) >> (random() % 128);
    b[i] = (((Unsigned{random()} << 64) | random()) >> (random() % 128)) | 1;
    if (i % 3 == 0) a[i] = -a[i];
  }
  std::vector<Unsigned> q(a.size());
  std::vector<Signed> integers(a.size());
  std::vector<double> doubles(a.size());
  std::vector<float> floats(a.size());
  runner.Run("k", static_cast<uint32_t>(a.size()), a.data(), b.data(), q.data(), doubles.data(),
             floats.data(), integers.data());
  for (size_t i = 0; i < a.size(); ++i) {
    const auto signed_a = static_cast<Signed>(a[i]);
    const auto signed_b = static_cast<Signed>(b[i]);
    const Unsigned expected =
        (a[i] / b[i]) ^ (a[i] % b[i]) ^ static_cast<Unsigned>(signed_a / signed_b);
    ASSERT_TRUE(q[i] == expected) << i;
    ASSERT_EQ(doubles[i], static_cast<double>(signed_a)) << i;
    ASSERT_EQ(floats[i], static_cast<float>(a[i])) << i;
    if (std::abs(doubles[i]) < 0x1p126) {
      ASSERT_TRUE(integers[i] == static_cast<Signed>(doubles[i])) << i;
    }
  }
}

}  // namespace
}  // namespace opensupa::cc::testing
