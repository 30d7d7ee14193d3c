#pragma once

#include <cstdint>

/// What the first argument of the device IR's `__su_mma` says, see docs/device-ir.md.
namespace opensupa::binary::abi {

/// Elements of the factors, and how they are combined; bits 0 to 7 of a descriptor.
enum class MatrixKind : uint32_t {
  kF16 = 0,
  kBf16 = 1,
  kTf32 = 2,
  kF64 = 3,
  kS8 = 4,
  kU8 = 5,
  kS4 = 6,
  kU4 = 7,
  kB1Xor = 8,  // number of bits that differ
  kB1And = 9,  // number of bits that both have
};

/// D (m x n) = A (m x k) * B (k x n) + C (m x n).
struct MatrixShape {
  uint32_t m, n, k;
};

/// Bits 8 to 15 of a descriptor are an index into this.
inline constexpr MatrixShape kMatrixShapes[] = {{16, 16, 16}, {32, 8, 16}, {8, 32, 16}, {16, 16, 8},
                                                {8, 8, 4},    {8, 8, 32},  {8, 8, 128}};
inline constexpr uint32_t kMatrixHalfC = 1u << 16;     // C has elements of 16 bits; kF16 only
inline constexpr uint32_t kMatrixHalfD = 1u << 17;     // D has elements of 16 bits; kF16 only
inline constexpr uint32_t kMatrixSaturate = 1u << 18;  // results are limited to finite values

constexpr MatrixKind MatrixKindOf(uint32_t descriptor) {
  return static_cast<MatrixKind>(descriptor & 0xff);
}
constexpr uint32_t MatrixShapeIndexOf(uint32_t descriptor) { return (descriptor >> 8) & 0xff; }

/// Whether `descriptor` names a multiplication that exists.
constexpr bool IsMatrixDescriptor(uint32_t descriptor) {
  const MatrixKind kind = MatrixKindOf(descriptor);
  const uint32_t shape = MatrixShapeIndexOf(descriptor);
  const uint32_t flags = descriptor & 0xffff0000;
  const uint32_t known =
      kind == MatrixKind::kF16 ? kMatrixHalfC | kMatrixHalfD | kMatrixSaturate : kMatrixSaturate;
  if ((flags & ~known) != 0) return false;
  switch (kind) {
    case MatrixKind::kF16:
    case MatrixKind::kBf16:
    case MatrixKind::kS8:
    case MatrixKind::kU8:
      return shape <= 2;
    case MatrixKind::kTf32:
      return shape == 3;
    case MatrixKind::kF64:
      return shape == 4 && flags == 0;
    case MatrixKind::kS4:
    case MatrixKind::kU4:
      return shape == 5;
    case MatrixKind::kB1Xor:
    case MatrixKind::kB1And:
      return shape == 6 && flags == 0;
  }
  return false;
}

}  // namespace opensupa::binary::abi
