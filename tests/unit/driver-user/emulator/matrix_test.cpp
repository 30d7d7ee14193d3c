// Products of matrices in fragments, by the table of docs/device-ir.md.

#include "engine/matrix.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace opensupa::emu {
namespace {

using binary::abi::IsMatrixDescriptor;
using binary::abi::kMatrixHalfC;
using binary::abi::kMatrixHalfD;
using binary::abi::kMatrixSaturate;
using binary::abi::kMatrixShapes;
using binary::abi::MatrixKind;

/// The matrices of one warp. T is the type of an element of A and B in a fragment; a 4-byte element
/// stands for `packed` places.
template <typename T, typename C, typename D = C>
class Product {
 public:
  Product(MatrixKind kind, uint32_t shape, uint32_t flags = 0, uint32_t packed = 1)
      : descriptor_(static_cast<uint32_t>(kind) | shape << 8 | flags),
        m_(kMatrixShapes[shape].m),
        n_(kMatrixShapes[shape].n),
        k_(kMatrixShapes[shape].k / packed),
        per_register_(sizeof(T) < 4 ? 4 / sizeof(T) : 1),
        a_(m_ * k_),
        b_(k_ * n_),
        c_(m_ * n_),
        d_(m_ * n_) {
    EXPECT_TRUE(IsMatrixDescriptor(descriptor_ & ~binary::abi::kMatrixNativeBf16));
  }

  // A lane's fragment holds every 32nd element.
  T& A(uint32_t row, uint32_t k) {
    if (m_ <= n_) return Element(a_, row * k_ + k);
    return Element(a_, (k / per_register_ * m_ + row) * per_register_ + k % per_register_);
  }
  T& B(uint32_t k, uint32_t column) {
    if (m_ > n_) return Element(b_, column * k_ + k);
    return Element(b_, (k / per_register_ * n_ + column) * per_register_ + k % per_register_);
  }
  uint32_t NumberInC(uint32_t row, uint32_t column) const {
    return m_ <= n_ ? row * n_ + column : column * m_ + row;
  }
  C& Before(uint32_t row, uint32_t column) { return Element(c_, NumberInC(row, column)); }
  D After(uint32_t row, uint32_t column) { return Element(d_, NumberInC(row, column)); }

  void Run() {
    std::array<MatrixFragments, 32> lanes;
    for (uint32_t i = 0; i < 32; ++i) {
      lanes[i] = {&d_[i * d_.size() / 32], &a_[i * a_.size() / 32], &b_[i * b_.size() / 32],
                  &c_[i * c_.size() / 32]};
    }
    MultiplyMatrices(descriptor_, lanes);
  }

  uint32_t m() const { return m_; }
  uint32_t n() const { return n_; }
  uint32_t k() const { return k_; }

 private:
  template <typename Number>
  static Number& Element(std::vector<Number>& fragments, uint32_t number) {
    return fragments[number % 32 * (fragments.size() / 32) + number / 32];
  }

  const uint32_t descriptor_, m_, n_, k_, per_register_;
  std::vector<T> a_, b_;
  std::vector<C> c_;
  std::vector<D> d_;
};

/// A is small numbers, B too; every element of D is compared with a plain sum.
template <typename T, typename C>
void ExpectPlainSums(MatrixKind kind, uint32_t shape, T (*make)(int)) {
  Product<T, C> product(kind, shape);
  const auto a = [](uint32_t m, uint32_t k) { return static_cast<int>((m * 7 + k * 3) % 8); };
  const auto b = [](uint32_t k, uint32_t n) { return static_cast<int>((k * 5 + n * 11) % 8); };
  for (uint32_t k = 0; k < product.k(); ++k) {
    for (uint32_t m = 0; m < product.m(); ++m) product.A(m, k) = make(a(m, k));
    for (uint32_t n = 0; n < product.n(); ++n) product.B(k, n) = make(b(k, n));
  }
  for (uint32_t m = 0; m < product.m(); ++m) {
    for (uint32_t n = 0; n < product.n(); ++n) product.Before(m, n) = static_cast<C>(m * 100 + n);
  }
  product.Run();
  for (uint32_t m = 0; m < product.m(); ++m) {
    for (uint32_t n = 0; n < product.n(); ++n) {
      int sum = static_cast<int>(m * 100 + n);
      for (uint32_t k = 0; k < product.k(); ++k) sum += a(m, k) * b(k, n);
      ASSERT_EQ(product.After(m, n), static_cast<C>(sum)) << shape << ": " << m << ", " << n;
    }
  }
}

uint16_t SmallHalf(int i) {
  constexpr uint16_t kHalves[] = {0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700};
  return kHalves[i];
}
uint16_t SmallBfloat16(int i) {
  const auto value = static_cast<float>(i);
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return static_cast<uint16_t>(bits >> 16);
}

TEST(Matrix, GivenSmallNumbersThenEveryShapeGivesPlainSums) {
  for (uint32_t shape = 0; shape < 3; ++shape) {
    ExpectPlainSums<uint16_t, float>(MatrixKind::kF16, shape, SmallHalf);
    ExpectPlainSums<uint16_t, float>(MatrixKind::kBf16, shape, SmallBfloat16);
    ExpectPlainSums<int8_t, int32_t>(MatrixKind::kS8, shape,
                                     [](int i) { return static_cast<int8_t>(i); });
    ExpectPlainSums<uint8_t, int32_t>(MatrixKind::kU8, shape,
                                      [](int i) { return static_cast<uint8_t>(i); });
  }
  ExpectPlainSums<float, float>(MatrixKind::kTf32, 3, [](int i) { return static_cast<float>(i); });
  ExpectPlainSums<double, double>(MatrixKind::kF64, 4,
                                  [](int i) { return static_cast<double>(i); });
}

TEST(Matrix, GivenProductsOfDifferentSizeThenTheyAreAddedInOrderOfK) {
  Product<uint16_t, float> product(MatrixKind::kF16, 0);
  // 2^-24 * 2^-1 is half a step at 1: lost when added to 1 one by one, but not when added first.
  for (uint32_t k = 0; k < 16; ++k) {
    product.A(0, k) = 1;
    product.B(k, 0) = 0x3800;
    product.B(k, 1) = 0x3800;
  }
  product.Before(0, 0) = 1.0f;
  product.A(0, 15) = 0x3c00;  // 1
  product.B(15, 1) = 0x3c00;
  product.B(15, 0) = 0;
  product.Run();
  EXPECT_EQ(product.After(0, 0), 1.0f);
  EXPECT_EQ(product.After(0, 1), 1.0f + 15 * 0x1p-25f);
  EXPECT_NE(product.After(0, 1), 1.0f);
}

TEST(Matrix, GivenBfloat16ThenTheSecondOfTwoProductsComesFirst) {
  Product<uint16_t, float> product(MatrixKind::kBf16, 0);
  product.A(0, 2) = product.B(2, 0) = 0x4b80;  // 2^24, squared
  product.A(0, 3) = product.B(3, 0) = 0x3f80;  // 1
  product.Before(0, 0) = -0x1p48f;
  product.Run();
  EXPECT_EQ(product.After(0, 0), 0.0f);  // -2^48 + 1 is -2^48 again
}

TEST(Matrix, GivenNativeBfloat16ThenSubnormalsAreZeroWhereTheCpuTakesThemSo) {
  Product<uint16_t, float> product(MatrixKind::kBf16, 0, binary::abi::kMatrixNativeBf16);
  product.Before(1, 0) = 0x1p-130f;
  product.A(2, 0) = 0x0080;  // 2^-126
  product.B(0, 0) = 0x3f00;  // 0.5
  product.Run();
  const bool kept = !HasDotProducts();
  EXPECT_EQ(product.After(1, 0), kept ? 0x1p-130f : 0.0f);
  EXPECT_EQ(product.After(2, 0), kept ? 0x1p-127f : 0.0f);
}

TEST(Matrix, EveryElementHasOneNumber) {
  using binary::abi::MatrixUse;
  for (const MatrixUse use : {MatrixUse::kA, MatrixUse::kB, MatrixUse::kC}) {
    for (uint32_t shape = 0; shape < std::size(kMatrixShapes); ++shape) {
      for (const uint32_t bytes : {1u, 2u, 4u, 8u}) {
        if (!binary::abi::IsMatrixMove(bytes | shape << 8 | static_cast<uint32_t>(use) << 16)) {
          continue;
        }
        const auto order = MatrixOrderOf(use, shape, bytes);
        std::vector<int> seen(order.count());
        for (uint32_t number = 0; number < order.count(); ++number) {
          const auto place = order.At(number);
          ASSERT_LT(place.row, order.rows);
          ASSERT_LT(place.column, order.columns);
          ++seen[place.row * order.columns + place.column];
        }
        EXPECT_EQ(seen, std::vector<int>(order.count(), 1)) << shape << " " << bytes;
      }
    }
  }
}

TEST(Matrix, GivenHalfAccumulatorsThenOnlyTheEndIsRounded) {
  Product<uint16_t, uint16_t> product(MatrixKind::kF16, 0, kMatrixHalfC | kMatrixHalfD);
  product.Before(0, 0) = 0x6800;  // 2048, whose neighbours are 2 apart
  for (uint32_t k = 0; k < 16; ++k) {
    product.A(0, k) = 0x3c00;
    product.B(k, 0) = k < 3 ? 0x3c00 : 0;                     // three times 1
    product.B(k, 1) = k < 2 ? 0x7bff : 0;                     // twice the largest half
    product.B(k, 2) = k == 0 ? 0x7c00 : k == 1 ? 0xfc00 : 0;  // infinity minus infinity
  }
  product.Run();
  EXPECT_EQ(product.After(0, 0), 0x6802);
  EXPECT_EQ(product.After(0, 1), 0x7c00);
  EXPECT_EQ(product.After(0, 2), 0x7fff);
}

TEST(Matrix, GivenSaturationThenResultsAreFinite) {
  Product<uint16_t, uint16_t> half(MatrixKind::kF16, 0,
                                   kMatrixHalfC | kMatrixHalfD | kMatrixSaturate);
  half.Before(0, 0) = 0x7c00;
  half.Before(0, 1) = 0xfc00;
  half.Before(0, 2) = 0x7e00;
  half.Run();
  EXPECT_EQ(half.After(0, 0), 0x7bff);
  EXPECT_EQ(half.After(0, 1), 0xfbff);
  EXPECT_EQ(half.After(0, 2), 0);
  for (const bool saturate : {false, true}) {
    Product<uint8_t, int32_t> bytes(MatrixKind::kU8, 0, saturate ? kMatrixSaturate : 0);
    bytes.Before(3, 4) = std::numeric_limits<int32_t>::max();
    bytes.A(3, 0) = bytes.B(0, 4) = 1;
    bytes.Run();
    EXPECT_EQ(bytes.After(3, 4),
              saturate ? std::numeric_limits<int32_t>::max() : std::numeric_limits<int32_t>::min());
  }
}

TEST(Matrix, GivenTf32ThenTheLowBitsOfTheFactorsDoNotCount) {
  Product<float, float> product(MatrixKind::kTf32, 3);
  product.A(9, 5) = 1.0f + 0x1p-11f;
  product.B(5, 12) = 3.0f;
  product.A(0, 0) = 0x1p-126f;
  product.B(0, 0) = 0x1p-22f;  // an exact subnormal product
  product.Run();
  EXPECT_EQ(product.After(9, 12), 3.0f);
  EXPECT_EQ(product.After(0, 0), 0x1p-148f);
}

TEST(Matrix, GivenNibblesAndBitsThenEachWordHoldsSeveral) {
  Product<uint32_t, int32_t> nibbles(MatrixKind::kS4, 5, 0, 8);
  nibbles.A(2, 1) = 0x8000000f;  // -8 and -1
  nibbles.B(1, 3) = 0x70000002;  // 7 and 2
  nibbles.Run();
  EXPECT_EQ(nibbles.After(2, 3), -8 * 7 - 1 * 2);
  for (const auto& [kind, bits] : {std::pair{MatrixKind::kB1Xor, 4}, {MatrixKind::kB1And, 2}}) {
    Product<uint32_t, int32_t> product(kind, 6, 0, 32);
    product.A(7, 3) = 0b11101;
    product.B(3, 0) = 0b110001100;
    product.Before(7, 0) = 100;
    product.Run();
    EXPECT_EQ(product.After(7, 0), 100 + bits);
  }
}

TEST(Matrix, OnlyWhatTheTableNamesExists) {
  int count = 0;
  for (uint32_t descriptor = 0; descriptor < 1u << 20; ++descriptor) {
    count += IsMatrixDescriptor(descriptor) ? 1 : 0;
  }
  // Three shapes with and without saturation, half with four pairs of accumulators; tf32, two kinds
  // of nibbles, double and two kinds of bits.
  EXPECT_EQ(count, 3 * 8 + 3 * 3 * 2 + 2 + 2 * 2 + 1 + 2);
}

}  // namespace
}  // namespace opensupa::emu
