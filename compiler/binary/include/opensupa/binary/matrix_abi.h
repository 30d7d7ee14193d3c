#pragma once

#include <cstdint>

/// What the first arguments of the device IR's `__su_mma` and `__su_matrix_move` say, see
/// docs/device-ir.md.
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
/// Not part of the device IR: set in what the hook gets by code for a host level whose CPUs may
/// have an instruction that takes the subnormals of bfloat16 products as zero. On those that have
/// it, the hook does so, too.
inline constexpr uint32_t kMatrixNativeBf16 = 1u << 19;

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

/// Bytes of what holds one element of A and B in memory and in fragments; several elements where
/// they are smaller than a byte.
constexpr uint32_t MatrixStorageBytes(MatrixKind kind) {
  switch (kind) {
    case MatrixKind::kF16:
    case MatrixKind::kBf16:
      return 2;
    case MatrixKind::kF64:
      return 8;
    case MatrixKind::kS8:
    case MatrixKind::kU8:
      return 1;
    default:
      return 4;
  }
}
/// Elements of A or B in one of these.
constexpr uint32_t MatrixPacked(uint32_t shape) { return shape == 5 ? 8 : shape == 6 ? 32 : 1; }

/// Which matrix a fragment belongs to.
enum class MatrixUse : uint32_t { kA = 0, kB = 1, kC = 2 };

// A descriptor of `__su_matrix_move`: bits 0 to 7 are the bytes of an element in memory (of what
// holds several where they are smaller), bits 8 to 15 the shape, bits 16 and 17 a MatrixUse.
inline constexpr uint32_t kMatrixByColumns = 1u << 18;  // neighbours in memory share a column
inline constexpr uint32_t kMatrixStore = 1u << 19;      // from the fragment to memory; kC only

constexpr uint32_t MatrixMoveBytes(uint32_t descriptor) { return descriptor & 0xff; }
constexpr MatrixUse MatrixUseOf(uint32_t descriptor) {
  return static_cast<MatrixUse>((descriptor >> 16) & 3);
}

/// Whether `descriptor` names a fragment that exists.
constexpr bool IsMatrixMove(uint32_t descriptor) {
  const uint32_t shape = MatrixShapeIndexOf(descriptor);
  const uint32_t bytes = MatrixMoveBytes(descriptor);
  const MatrixUse use = MatrixUseOf(descriptor);
  if (descriptor >> 20 != 0 || shape > 6) return false;
  if (use == MatrixUse::kC) {
    return shape <= 2 ? bytes == 2 || bytes == 4 : bytes == (shape == 4 ? 8u : 4u);
  }
  if (use > MatrixUse::kC || (descriptor & kMatrixStore) != 0) return false;
  return shape <= 2 ? bytes == 1 || bytes == 2 : bytes == (shape == 4 ? 8u : 4u);
}

/// How the elements of a matrix are numbered; number 32 * i + lane is element i of a lane.
struct MatrixOrder {
  uint32_t rows, columns;  // of the matrix, in elements of storage
  bool by_columns;         // neighbours share a column, else a row
  uint32_t group;          // rows (or columns) that are numbered together, element by element

  constexpr uint32_t count() const { return rows * columns; }
  struct Place {
    uint32_t row, column;
  };
  /// The place of element `number`.
  constexpr Place At(uint32_t number) const {
    const uint32_t length = by_columns ? rows : columns;  // of a line
    const uint32_t in_lines = number / group % length;
    const uint32_t line = number / group / length * group + number % group;
    return by_columns ? Place{in_lines, line} : Place{line, in_lines};
  }
};

/// The long side of D is that of vectors. The factor that has this side, too, has as many elements
/// along k together as make 32 bits; of the other one these are neighbours anyway.
constexpr MatrixOrder MatrixOrderOf(MatrixUse use, uint32_t shape, uint32_t bytes) {
  const MatrixShape& size = kMatrixShapes[shape];
  const uint32_t k = size.k / MatrixPacked(shape);
  const uint32_t group = bytes >= 4 ? 1 : 4 / bytes;
  const bool turned = size.n < size.m;  // columns of D are its long lines
  switch (use) {
    case MatrixUse::kA:
      return {size.m, k, turned, turned ? group : 1};
    case MatrixUse::kB:
      return {k, size.n, turned, turned ? 1 : group};
    default:
      return {size.m, size.n, turned, 1};
  }
}

}  // namespace opensupa::binary::abi
