#include "intrinsics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

using enum Scalar;
using Args = const uint64_t*;

int64_t S(uint64_t value) { return static_cast<int64_t>(value); }
uint64_t U(int64_t value) { return static_cast<uint64_t>(value); }
uint64_t I32(uint64_t value) { return Normalize(kI32, value); }
uint64_t U32(uint64_t value) { return static_cast<uint32_t>(value); }

uint64_t ReverseBits(uint64_t value, int width) {
  uint64_t result = 0;
  for (int i = 0; i < width; ++i) result |= (value >> i & 1) << (width - 1 - i);
  return result;
}

uint64_t BytePerm(Args a) {
  uint64_t result = 0;
  for (int i = 0; i < 4; ++i) {
    const uint64_t control = a[2] >> (4 * i) & 15;
    const uint64_t word = (control & 4) != 0 ? a[1] : a[0];
    uint64_t byte = word >> (8 * (control & 3)) & 255;
    if ((control & 8) != 0) byte = (byte & 128) != 0 ? 255 : 0;
    result |= byte << (8 * i);
  }
  return result;
}

uint64_t FunnelLeft(uint64_t low, uint64_t high, uint64_t shift) {
  return shift == 0 ? high : U32(high << shift | low >> (32 - shift));
}
uint64_t FunnelRight(uint64_t low, uint64_t high, uint64_t shift) {
  return shift == 0 ? low : U32(low >> shift | high << (32 - shift));
}

/// Combines the lanes of two words, read as signed or unsigned numbers.
template <int kWidth, bool kSigned, typename Combine>
uint64_t Lanes(Args a, Combine combine) {
  uint64_t result = 0;
  for (int shift = 0; shift < 32; shift += kWidth) {
    const auto lane = [&](uint64_t word) {
      const uint64_t bits = word >> shift & ((1 << kWidth) - 1);
      if (!kSigned) return S(bits);
      return S(bits) - ((bits >> (kWidth - 1)) != 0 ? int64_t{1} << kWidth : 0);
    };
    result |= (U(combine(lane(a[0]), lane(a[1]))) & ((1 << kWidth) - 1)) << shift;
  }
  return result;
}

template <typename T>
uint64_t Dot4(Args a) {
  int64_t sum = S(a[2]);
  for (int shift = 0; shift < 32; shift += 8) {
    sum += int64_t{static_cast<T>(a[0] >> shift)} * static_cast<T>(a[1] >> shift);
  }
  return U(sum);
}

uint64_t High128(unsigned __int128 product) { return static_cast<uint64_t>(product >> 64); }

const Intrinsic kIntegers[] = {
    {"__popc", kI32, {kU32}, [](Args a) -> uint64_t { return std::popcount(a[0]); }},
    {"__popcll", kI32, {kU64}, [](Args a) -> uint64_t { return std::popcount(a[0]); }},
    {"__clz", kI32, {kI32}, [](Args a) -> uint64_t { return std::countl_zero(uint32_t(a[0])); }},
    {"__clzll", kI32, {kI64}, [](Args a) -> uint64_t { return std::countl_zero(a[0]); }},
    {"__ffs",
     kI32,
     {kI32},
     [](Args a) -> uint64_t { return a[0] == 0 ? 0 : std::countr_zero(a[0]) + 1; }},
    {"__ffsll",
     kI32,
     {kI64},
     [](Args a) -> uint64_t { return a[0] == 0 ? 0 : std::countr_zero(a[0]) + 1; }},
    {"__brev", kU32, {kU32}, [](Args a) { return ReverseBits(a[0], 32); }},
    {"__brevll", kU64, {kU64}, [](Args a) { return ReverseBits(a[0], 64); }},
    {"__byte_perm", kU32, {kU32, kU32, kU32}, BytePerm},
    {"__funnelshift_l",
     kU32,
     {kU32, kU32, kU32},
     [](Args a) { return FunnelLeft(a[0], a[1], a[2] % 32); }},
    {"__funnelshift_r",
     kU32,
     {kU32, kU32, kU32},
     [](Args a) { return FunnelRight(a[0], a[1], a[2] % 32); }},
    {"__funnelshift_lc",
     kU32,
     {kU32, kU32, kU32},
     [](Args a) { return a[2] >= 32 ? a[0] : FunnelLeft(a[0], a[1], a[2]); }},
    {"__funnelshift_rc",
     kU32,
     {kU32, kU32, kU32},
     [](Args a) { return a[2] >= 32 ? a[1] : FunnelRight(a[0], a[1], a[2]); }},
    {"__dp4a", kI32, {kI32, kI32, kI32}, [](Args a) { return I32(Dot4<int8_t>(a)); }},
    {"__dp4a", kU32, {kU32, kU32, kU32}, [](Args a) { return U32(Dot4<uint8_t>(a)); }},
    {"__mul24",
     kI32,
     {kI32, kI32},
     [](Args a) { return I32(U((S(a[0] << 40) >> 40) * (S(a[1] << 40) >> 40))); }},
    {"__umul24",
     kU32,
     {kU32, kU32},
     [](Args a) { return U32((a[0] & 0xffffff) * (a[1] & 0xffffff)); }},
    {"__mulhi", kI32, {kI32, kI32}, [](Args a) { return U((S(a[0]) * S(a[1])) >> 32); }},
    {"__umulhi", kU32, {kU32, kU32}, [](Args a) { return (a[0] * a[1]) >> 32; }},
    {"__mul64hi",
     kI64,
     {kI64, kI64},
     [](Args a) {
       return High128(static_cast<unsigned __int128>(static_cast<__int128>(S(a[0])) * S(a[1])));
     }},
    {"__umul64hi",
     kU64,
     {kU64, kU64},
     [](Args a) { return High128(static_cast<unsigned __int128>(a[0]) * a[1]); }},
    {"__sad",
     kU32,
     {kI32, kI32, kU32},
     [](Args a) { return U32(U(std::abs(S(a[0]) - S(a[1]))) + a[2]); }},
    {"__usad",
     kU32,
     {kU32, kU32, kU32},
     [](Args a) { return U32(U(std::abs(S(a[0]) - S(a[1]))) + a[2]); }},
    {"__hadd", kI32, {kI32, kI32}, [](Args a) { return U((S(a[0]) + S(a[1])) >> 1); }},
    {"__rhadd", kI32, {kI32, kI32}, [](Args a) { return U((S(a[0]) + S(a[1]) + 1) >> 1); }},
    {"__uhadd", kU32, {kU32, kU32}, [](Args a) { return (a[0] + a[1]) >> 1; }},
    {"__urhadd", kU32, {kU32, kU32}, [](Args a) { return (a[0] + a[1] + 1) >> 1; }},
    {"min", kI32, {kI32, kI32}, [](Args a) { return U(std::min(S(a[0]), S(a[1]))); }},
    {"max", kI32, {kI32, kI32}, [](Args a) { return U(std::max(S(a[0]), S(a[1]))); }},
    {"min", kU32, {kU32, kU32}, [](Args a) { return std::min(a[0], a[1]); }},
    {"max", kU32, {kU32, kU32}, [](Args a) { return std::max(a[0], a[1]); }},
    {"min", kI64, {kI64, kI64}, [](Args a) { return U(std::min(S(a[0]), S(a[1]))); }},
    {"max", kU64, {kU64, kU64}, [](Args a) { return std::max(a[0], a[1]); }},
    {"__vadd4",
     kU32,
     {kU32, kU32},
     [](Args a) { return Lanes<8, false>(a, [](int64_t x, int64_t y) { return x + y; }); }},
    {"__vsub2",
     kU32,
     {kU32, kU32},
     [](Args a) { return Lanes<16, false>(a, [](int64_t x, int64_t y) { return x - y; }); }},
    {"__vmaxs4",
     kU32,
     {kU32, kU32},
     [](Args a) { return Lanes<8, true>(a, [](int64_t x, int64_t y) { return std::max(x, y); }); }},
    {"__vminu2",
     kU32,
     {kU32, kU32},
     [](Args a) {
       return Lanes<16, false>(a, [](int64_t x, int64_t y) { return std::min(x, y); });
     }},
    {"__vabsdiffu4",
     kU32,
     {kU32, kU32},
     [](Args a) {
       return Lanes<8, false>(a, [](int64_t x, int64_t y) { return std::abs(x - y); });
     }},
    {"__vcmpgts2",
     kU32,
     {kU32, kU32},
     [](Args a) {
       return Lanes<16, true>(a, [](int64_t x, int64_t y) { return x > y ? -1 : 0; });
     }},
    {"__vaddss4",
     kU32,
     {kU32, kU32},
     [](Args a) {
       return Lanes<8, true>(
           a, [](int64_t x, int64_t y) { return std::clamp<int64_t>(x + y, -128, 127); });
     }},
    {"__vsubus2",
     kU32,
     {kU32, kU32},
     [](Args a) {
       return Lanes<16, false>(a, [](int64_t x, int64_t y) { return std::max<int64_t>(x - y, 0); });
     }},
    {"__vavgu4",
     kU32,
     {kU32, kU32},
     [](Args a) {
       return Lanes<8, false>(a, [](int64_t x, int64_t y) { return (x + y + 1) >> 1; });
     }},
};

const Intrinsic kFloats[] = {
    {"__fadd_rn",
     kF32,
     {kF32, kF32},
     [](Args a) { return FromFloat(ToFloat(a[0]) + ToFloat(a[1])); }},
    {"__fmul_rn",
     kF32,
     {kF32, kF32},
     [](Args a) { return FromFloat(ToFloat(a[0]) * ToFloat(a[1])); }},
    {"__fdiv_rn",
     kF32,
     {kF32, kF32},
     [](Args a) { return FromFloat(ToFloat(a[0]) / ToFloat(a[1])); }},
    {"__fsqrt_rn", kF32, {kF32}, [](Args a) { return FromFloat(std::sqrt(ToFloat(a[0]))); }},
    {"sqrtf", kF32, {kF32}, [](Args a) { return FromFloat(std::sqrt(ToFloat(a[0]))); }},
    {"sqrt", kF64, {kF64}, [](Args a) { return FromDouble(std::sqrt(ToDouble(a[0]))); }},
    {"fmaf",
     kF32,
     {kF32, kF32, kF32},
     [](Args a) { return FromFloat(std::fma(ToFloat(a[0]), ToFloat(a[1]), ToFloat(a[2]))); }},
    {"fma",
     kF64,
     {kF64, kF64, kF64},
     [](Args a) { return FromDouble(std::fma(ToDouble(a[0]), ToDouble(a[1]), ToDouble(a[2]))); }},
    {"__dadd_rn",
     kF64,
     {kF64, kF64},
     [](Args a) { return FromDouble(ToDouble(a[0]) + ToDouble(a[1])); }},
    {"__dmul_rn",
     kF64,
     {kF64, kF64},
     [](Args a) { return FromDouble(ToDouble(a[0]) * ToDouble(a[1])); }},
    {"floorf", kF32, {kF32}, [](Args a) { return FromFloat(std::floor(ToFloat(a[0]))); }},
    {"ceil", kF64, {kF64}, [](Args a) { return FromDouble(std::ceil(ToDouble(a[0]))); }},
    {"truncf", kF32, {kF32}, [](Args a) { return FromFloat(std::trunc(ToFloat(a[0]))); }},
    {"rintf", kF32, {kF32}, [](Args a) { return FromFloat(std::nearbyint(ToFloat(a[0]))); }},
    {"round", kF64, {kF64}, [](Args a) { return FromDouble(std::round(ToDouble(a[0]))); }},
    {"fabsf", kF32, {kF32}, [](Args a) { return a[0] & 0x7fffffff; }},
    {"fabs", kF64, {kF64}, [](Args a) { return a[0] & ~(uint64_t{1} << 63); }},
};

std::vector<Intrinsic> Join() {
  std::vector<Intrinsic> all(std::begin(kIntegers), std::end(kIntegers));
  all.insert(all.end(), std::begin(kFloats), std::end(kFloats));
  return all;
}

}  // namespace

std::span<const Intrinsic> AllIntrinsics() {
  static const std::vector<Intrinsic> all = Join();
  return all;
}

}  // namespace opensupa::fuzz
