#include "printer.h"

namespace opensupa::fuzz {
namespace {

constexpr char kCommon[] = R"(
#define FZ static __device__ __forceinline__

typedef signed char i8;
typedef unsigned char u8;
typedef unsigned short u16;
typedef long long i64;
typedef unsigned long long u64;

template <class T> struct fz_unsigned { typedef T type; };
template <> struct fz_unsigned<signed char> { typedef unsigned type; };
template <> struct fz_unsigned<short> { typedef unsigned type; };
template <> struct fz_unsigned<int> { typedef unsigned type; };
template <> struct fz_unsigned<long long> { typedef unsigned long long type; };

template <class T> FZ T fz_div(T a, T b) {
  if (b == 0) return a;
  if ((T)-1 < (T)0 && b == (T)-1) return (T)(0 - (typename fz_unsigned<T>::type)a);
  return (T)(a / b);
}
template <class T> FZ T fz_rem(T a, T b) {
  if (b == 0) return a;
  if ((T)-1 < (T)0 && b == (T)-1) return 0;
  return (T)(a % b);
}

// Conversions of floats; what does not fit gives 0.
template <class T, class F> FZ T fz_to(F x, double low, double high) {
  double d = (double)x;
  return d > low && d < high ? (T)x : (T)0;
}
template <class F> FZ i8 fz_to_i8(F x) { return fz_to<i8>(x, -129.0, 128.0); }
template <class F> FZ u8 fz_to_u8(F x) { return fz_to<u8>(x, -1.0, 256.0); }
template <class F> FZ short fz_to_i16(F x) { return fz_to<short>(x, -32769.0, 32768.0); }
template <class F> FZ u16 fz_to_u16(F x) { return fz_to<u16>(x, -1.0, 65536.0); }
template <class F> FZ int fz_to_i32(F x) { return fz_to<int>(x, -2147483649.0, 2147483648.0); }
template <class F> FZ unsigned fz_to_u32(F x) { return fz_to<unsigned>(x, -1.0, 4294967296.0); }
template <class F> FZ i64 fz_to_i64(F x) {
  return fz_to<i64>(x, -9223372036854775808.0, 9223372036854775808.0);
}
template <class F> FZ u64 fz_to_u64(F x) { return fz_to<u64>(x, -1.0, 18446744073709551616.0); }

// Bits of a number and back; what is no number is 0.
FZ unsigned fz_bits(float x) { return x == x ? __float_as_uint(x) : 0u; }
FZ u64 fz_bits(double x) { return x == x ? (u64)__double_as_longlong(x) : 0ull; }
FZ u16 fz_bits(__half x) { return __half2float(x) == __half2float(x) ? __half_as_ushort(x) : (u16)0; }
FZ float fz_float(unsigned x) {
  return (x & 0x7fffffffu) > 0x7f800000u ? 0.0f : __uint_as_float(x);
}
FZ double fz_double(u64 x) {
  return (x & 0x7fffffffffffffffull) > 0x7ff0000000000000ull ? 0.0 : __longlong_as_double((i64)x);
}
FZ __half fz_half(u16 x) { return __ushort_as_half((x & 0x7fffu) > 0x7c00u ? (u16)0 : x); }

FZ unsigned fz_thread() {
  return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
}
FZ unsigned fz_threads() { return blockDim.x * blockDim.y * blockDim.z; }
FZ unsigned fz_block() { return blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z); }
FZ unsigned fz_lane() { return fz_thread() % 32u; }
FZ unsigned fz_warp() { return fz_thread() / 32u; }
FZ unsigned fz_warp_lanes() {
  unsigned rest = fz_threads() - fz_warp() * 32u;
  return rest >= 32u ? 0xffffffffu : (1u << rest) - 1u;
}
FZ unsigned fz_grid_thread() { return fz_block() * fz_threads() + fz_thread(); }

// Shuffles; the own value where the source lane does not take part.
template <class T> FZ T fz_shfl(unsigned mask, T value, unsigned lane, unsigned width) {
  T other = __shfl_sync(mask, value, (int)lane, (int)width);
  unsigned source = (fz_lane() & ~(width - 1u)) | (lane & (width - 1u));
  return (mask >> source) & 1u ? other : value;
}
template <class T> FZ T fz_shfl_up(unsigned mask, T value, unsigned delta, unsigned width) {
  T other = __shfl_up_sync(mask, value, delta, (int)width);
  unsigned source = (fz_lane() & (width - 1u)) < delta ? fz_lane() : fz_lane() - delta;
  return (mask >> source) & 1u ? other : value;
}
template <class T> FZ T fz_shfl_down(unsigned mask, T value, unsigned delta, unsigned width) {
  T other = __shfl_down_sync(mask, value, delta, (int)width);
  unsigned source = (fz_lane() & (width - 1u)) + delta >= width ? fz_lane() : fz_lane() + delta;
  return (mask >> source) & 1u ? other : value;
}
template <class T> FZ T fz_shfl_xor(unsigned mask, T value, unsigned lanes, unsigned width) {
  T other = __shfl_xor_sync(mask, value, (int)lanes, (int)width);
  unsigned source = fz_lane() ^ lanes;
  return (mask >> (source & 31u)) & 1u ? other : value;
}
template <class T> FZ unsigned fz_match_all(unsigned mask, T value) {
  int all;
  unsigned lanes = __match_all_sync(mask, value, &all);
  return all ? lanes : 0u;
}
)";

}  // namespace

std::string Preamble(bool cuda) {
  std::string text = cuda ? "#include <cuda_runtime.h>\n#include <cuda_fp16.h>\n"
                          : "#include <supa_runtime.h>\n#include <device/supa_fp16.h>\n";
  return text + kCommon;
}

}  // namespace opensupa::fuzz
