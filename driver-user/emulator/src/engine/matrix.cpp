#include "engine/matrix.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace opensupa::emu {
namespace {

using binary::abi::kMatrixHalfC;
using binary::abi::kMatrixHalfD;
using binary::abi::kMatrixNativeBf16;
using binary::abi::kMatrixSaturate;
using binary::abi::kMatrixShapes;
using binary::abi::kWarpSize;
using binary::abi::MatrixKind;
using binary::abi::MatrixOrderOf;
using binary::abi::MatrixUse;
using Lanes = std::array<MatrixFragments, kWarpSize>;

template <typename T>
T Read(const void* elements, uint32_t i) {
  T value;
  std::memcpy(&value, static_cast<const std::byte*>(elements) + i * sizeof(T), sizeof(T));
  return value;
}
template <typename T>
void Write(void* elements, uint32_t i, T value) {
  std::memcpy(static_cast<std::byte*>(elements) + i * sizeof(T), &value, sizeof(T));
}

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t magnitude = half & 0x7fff;
  uint32_t bits = (magnitude << 13) + ((127u - 15u) << 23);
  if (magnitude >= 0x7c00) bits += (128u - 16u) << 23;
  if (magnitude < 0x400) bits = std::bit_cast<uint32_t>(static_cast<float>(magnitude) * 0x1p-24f);
  return std::bit_cast<float>(bits | sign);
}

/// To the nearest half, ties to even. Not for NaN.
uint16_t FloatToHalf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000;
  const uint32_t magnitude = bits & 0x7fffffff;
  uint32_t half = 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: adding 2^23 of the smallest steps lets the addition round.
    const float rounded = std::bit_cast<float>(magnitude) + 0.5f;
    half = std::bit_cast<uint32_t>(rounded) - std::bit_cast<uint32_t>(0.5f);
  } else if (magnitude < 0x477ff000) {
    half = ((magnitude + 0xfff + ((magnitude >> 13) & 1)) >> 13) - ((127 - 15) << 10);
  }
  return static_cast<uint16_t>(sign | half);
}

// Elements of the factors. Get reads element `i` of a fragment; Start makes the sum of C, and Step
// gives sum + x * y rounded once. kSwap is 1 where the second of two products comes first.

template <uint32_t StorageBytes, uint32_t Packed = 1, uint32_t Swap = 0>
struct InStorage {
  static constexpr uint32_t kStorageBytes = StorageBytes;
  static constexpr uint32_t kPacked = Packed;  // elements in one of these
  static constexpr uint32_t kSwap = Swap;
  template <typename Sum>
  static Sum Start(Sum c) {
    return c;
  }
};

struct F16 : InStorage<2> {
  using Value = float;
  using Sum = float;
  static Value Get(const void* x, uint32_t i) { return HalfToFloat(Read<uint16_t>(x, i)); }
  /// The product is exact.
  static Sum Step(Sum sum, Value x, Value y) { return sum + x * y; }
};

/// sum + x * y before it is rounded to float, where the product has at most 22 significant bits:
/// the double sum holds whatever the rounding to float depends on.
double SumInDouble(float sum, float x, float y) {
  return static_cast<double>(sum) + static_cast<double>(x) * static_cast<double>(y);
}

struct Bf16 : InStorage<2, 1, 1> {
  using Value = float;
  using Sum = float;
  static Value Get(const void* x, uint32_t i) {
    return std::bit_cast<float>(static_cast<uint32_t>(Read<uint16_t>(x, i)) << 16);
  }
  static Sum Step(Sum sum, Value x, Value y) { return static_cast<float>(SumInDouble(sum, x, y)); }
};

/// As VDPBF16PS computes: subnormal factors and sums count as zero.
struct NativeBf16 : InStorage<2, 1, 1> {
  using Value = float;
  using Sum = float;
  static float Flush(float x) {
    return std::fabs(x) < std::numeric_limits<float>::min() ? std::copysign(0.0f, x) : x;
  }
  static Value Get(const void* x, uint32_t i) { return Flush(Bf16::Get(x, i)); }
  static Sum Start(Sum c) { return Flush(c); }
  static Sum Step(Sum sum, Value x, Value y) {
    const double exact = SumInDouble(sum, x, y);
    // What would be rounded up to the smallest normal number if exponents had no end is not tiny.
    constexpr double kTiny = 0x1p-126 - 0x1p-151;
    if (std::fabs(exact) < kTiny) return std::copysign(0.0f, static_cast<float>(exact));
    return static_cast<float>(exact);
  }
};

struct Tf32 : InStorage<4> {
  using Value = float;
  using Sum = float;
  static Value Get(const void* x, uint32_t i) {
    const uint32_t bits = Read<uint32_t>(x, i);
    const bool nan = (bits & 0x7fffffff) > 0x7f800000;
    return std::bit_cast<float>(nan ? bits : bits & ~0x1fffu);
  }
  static Sum Step(Sum sum, Value x, Value y) { return static_cast<float>(SumInDouble(sum, x, y)); }
};

struct F64 : InStorage<8> {
  using Value = double;
  using Sum = double;
  static Value Get(const void* x, uint32_t i) { return Read<double>(x, i); }
  static Sum Step(Sum sum, Value x, Value y) { return std::fma(x, y, sum); }
};

template <typename Stored>
struct Byte : InStorage<1> {
  using Value = int32_t;
  using Sum = int64_t;
  static Value Get(const void* x, uint32_t i) { return Read<Stored>(x, i); }
  static Sum Step(Sum sum, Value x, Value y) { return sum + x * y; }
};

template <bool Signed>
struct Nibble : InStorage<4, 8> {
  using Value = int32_t;
  using Sum = int64_t;
  static Value Get(const void* x, uint32_t i) {
    const auto value = static_cast<Value>((Read<uint32_t>(x, i / 8) >> (i % 8 * 4)) & 15);
    return Signed && value >= 8 ? value - 16 : value;
  }
  static Sum Step(Sum sum, Value x, Value y) { return sum + x * y; }
};

/// 32 elements at once.
template <bool And>
struct Bits : InStorage<4> {
  using Value = uint32_t;
  using Sum = int64_t;
  static Value Get(const void* x, uint32_t i) { return Read<uint32_t>(x, i); }
  static Sum Step(Sum sum, Value x, Value y) { return sum + std::popcount(And ? x & y : x ^ y); }
};

/// Indices into a matrix stored by rows, in the order of the elements' numbers.
template <MatrixUse Use, uint32_t ShapeIndex, uint32_t Bytes>
constexpr auto Places() {
  constexpr binary::abi::MatrixOrder kOrder = MatrixOrderOf(Use, ShapeIndex, Bytes);
  std::array<uint16_t, kOrder.count()> places{};
  for (uint32_t number = 0; number < kOrder.count(); ++number) {
    const auto place = kOrder.At(number);
    places[number] = static_cast<uint16_t>(place.row * kOrder.columns + place.column);
  }
  return places;
}

/// Calls `element(lane, i, place)` for every element of the fragments of one matrix.
template <size_t Elements, typename Fn>
void ForEachElement(const std::array<uint16_t, Elements>& places, Fn element) {
  for (uint32_t number = 0; number < Elements; ++number) {
    element(number % kWarpSize, number / kWarpSize, places[number]);
  }
}

float Limit(float sum, float highest) {
  return std::isnan(sum) ? 0.0f : std::clamp(sum, -highest, highest);
}

template <typename Sum>
Sum ReadC(uint32_t descriptor, const void* c, uint32_t i) {
  if constexpr (std::is_same_v<Sum, float>) {
    if ((descriptor & kMatrixHalfC) != 0) return HalfToFloat(Read<uint16_t>(c, i));
    return Read<float>(c, i);
  } else if constexpr (std::is_same_v<Sum, double>) {
    return Read<double>(c, i);
  } else {
    return Read<int32_t>(c, i);
  }
}

void WriteD(uint32_t descriptor, void* d, uint32_t i, float sum) {
  const bool half = (descriptor & kMatrixHalfD) != 0;
  if ((descriptor & kMatrixSaturate) != 0) {
    sum = Limit(sum, half ? 65504.0f : std::numeric_limits<float>::max());
  }
  if (half) {
    Write<uint16_t>(d, i, std::isnan(sum) ? uint16_t{0x7fff} : FloatToHalf(sum));
  } else {
    Write(d, i, std::isnan(sum) ? 0x7fffffffu : std::bit_cast<uint32_t>(sum));
  }
}
void WriteD(uint32_t, void* d, uint32_t i, double sum) { Write(d, i, sum); }
void WriteD(uint32_t descriptor, void* d, uint32_t i, int64_t sum) {
  if ((descriptor & kMatrixSaturate) != 0) {
    sum = std::clamp<int64_t>(sum, std::numeric_limits<int32_t>::min(),
                              std::numeric_limits<int32_t>::max());
  }
  Write(d, i, static_cast<uint32_t>(sum));
}

template <typename Element, uint32_t ShapeIndex>
void Multiply(uint32_t descriptor, const Lanes& lanes) {
  constexpr uint32_t kBytes = Element::kStorageBytes;
  constexpr uint32_t M = kMatrixShapes[ShapeIndex].m;
  constexpr uint32_t N = kMatrixShapes[ShapeIndex].n;
  static constexpr auto kPlacesInA = Places<MatrixUse::kA, ShapeIndex, kBytes>();
  static constexpr auto kPlacesInB = Places<MatrixUse::kB, ShapeIndex, kBytes>();
  static constexpr auto kPlacesInC = Places<MatrixUse::kC, ShapeIndex, kBytes>();
  constexpr uint32_t kWords = kPlacesInA.size() / M;  // along k, of what holds elements
  constexpr uint32_t K = kWords * Element::kPacked;
  using Value = typename Element::Value;
  using Sum = typename Element::Sum;
  std::array<Value, M * K> a;
  std::array<Value, K * N> b;
  std::array<Sum, M * N> sum;
  ForEachElement(kPlacesInA, [&](uint32_t lane, uint32_t i, uint32_t place) {
    for (uint32_t p = 0; p < Element::kPacked; ++p) {
      a[place * Element::kPacked + p] = Element::Get(lanes[lane].a, i * Element::kPacked + p);
    }
  });
  ForEachElement(kPlacesInB, [&](uint32_t lane, uint32_t i, uint32_t place) {
    for (uint32_t p = 0; p < Element::kPacked; ++p) {
      b[(place / N * Element::kPacked + p) * N + place % N] =
          Element::Get(lanes[lane].b, i * Element::kPacked + p);
    }
  });
  ForEachElement(kPlacesInC, [&](uint32_t lane, uint32_t i, uint32_t place) {
    sum[place] = Element::Start(ReadC<Sum>(descriptor, lanes[lane].c, i));
  });
  for (uint32_t m = 0; m < M; ++m) {
    Sum* const row = &sum[m * N];
    for (uint32_t step = 0; step < K; ++step) {
      const uint32_t k = step ^ Element::kSwap;
      const Value x = a[m * K + k];
      for (uint32_t n = 0; n < N; ++n) row[n] = Element::Step(row[n], x, b[k * N + n]);
    }
  }
  ForEachElement(kPlacesInC, [&](uint32_t lane, uint32_t i, uint32_t place) {
    WriteD(descriptor, lanes[lane].d, i, sum[place]);
  });
}

/// The three shapes of the 8 and 16-bit types.
template <typename Element>
void MultiplyNarrow(uint32_t descriptor, const Lanes& lanes) {
  switch (binary::abi::MatrixShapeIndexOf(descriptor)) {
    case 0:
      return Multiply<Element, 0>(descriptor, lanes);
    case 1:
      return Multiply<Element, 1>(descriptor, lanes);
    default:
      return Multiply<Element, 2>(descriptor, lanes);
  }
}

}  // namespace

bool HasDotProducts() {
#if defined(__x86_64__)
  __builtin_cpu_init();  // may be asked before main
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

void MultiplyMatrices(uint32_t descriptor, const Lanes& lanes) {
  switch (binary::abi::MatrixKindOf(descriptor)) {
    case MatrixKind::kF16:
      return MultiplyNarrow<F16>(descriptor, lanes);
    case MatrixKind::kBf16:
      if ((descriptor & kMatrixNativeBf16) != 0 && HasDotProducts()) {
        return MultiplyNarrow<NativeBf16>(descriptor, lanes);
      }
      return MultiplyNarrow<Bf16>(descriptor, lanes);
    case MatrixKind::kTf32:
      return Multiply<Tf32, 3>(descriptor, lanes);
    case MatrixKind::kF64:
      return Multiply<F64, 4>(descriptor, lanes);
    case MatrixKind::kS8:
      return MultiplyNarrow<Byte<int8_t>>(descriptor, lanes);
    case MatrixKind::kU8:
      return MultiplyNarrow<Byte<uint8_t>>(descriptor, lanes);
    case MatrixKind::kS4:
      return Multiply<Nibble<true>, 5>(descriptor, lanes);
    case MatrixKind::kU4:
      return Multiply<Nibble<false>, 5>(descriptor, lanes);
    case MatrixKind::kB1Xor:
      return Multiply<Bits<false>, 6>(descriptor, lanes);
    case MatrixKind::kB1And:
      return Multiply<Bits<true>, 6>(descriptor, lanes);
  }
}

}  // namespace opensupa::emu
