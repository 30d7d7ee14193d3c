/// Integer intrinsics.
#ifndef OPENSUPA_DEVICE_INTEGER_H_
#define OPENSUPA_DEVICE_INTEGER_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"
#include "supa_vector_types.h"

__SUPA_DEVICE_FN__ int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned int)x); }
__SUPA_DEVICE_FN__ int __clzll(long long x) {
  return x == 0 ? 64 : __builtin_clzll((unsigned long long)x);
}
__SUPA_DEVICE_FN__ int __popc(unsigned int x) { return __builtin_popcount(x); }
__SUPA_DEVICE_FN__ int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
__SUPA_DEVICE_FN__ int __ffs(int x) { return x == 0 ? 0 : __builtin_ctz((unsigned int)x) + 1; }
__SUPA_DEVICE_FN__ int __ffsll(long long x) {
  return x == 0 ? 0 : __builtin_ctzll((unsigned long long)x) + 1;
}
__SUPA_DEVICE_FN__ unsigned int __brev(unsigned int x) { return __builtin_bitreverse32(x); }
__SUPA_DEVICE_FN__ unsigned long long __brevll(unsigned long long x) {
  return __builtin_bitreverse64(x);
}
/// Position of the n-th set bit of `mask`, counted from `base` (upwards for positive `offset`,
/// downwards for negative); -1 when there is none.
__SUPA_DEVICE_FN__ unsigned int __fns(unsigned int mask, unsigned int base, int offset) {
  int step = offset < 0 ? -1 : 1;
  int wanted = offset < 0 ? -offset : offset;
  if (wanted == 0) return base < 32 && ((mask >> base) & 1u) ? base : 0xffffffffu;
  for (int bit = (int)base; bit >= 0 && bit < 32; bit += step) {
    if (((mask >> bit) & 1u) && --wanted == 0) return (unsigned int)bit;
  }
  return 0xffffffffu;
}

__SUPA_DEVICE_FN__ unsigned int __byte_perm(unsigned int x, unsigned int y, unsigned int selector) {
  unsigned long long bytes = ((unsigned long long)y << 32) | x;
  unsigned int result = 0;
  for (int i = 0; i < 4; ++i) {
    unsigned int control = (selector >> (4 * i)) & 0xfu;
    unsigned int byte = (unsigned int)(bytes >> (8 * (control & 7u))) & 0xffu;
    if (control & 8u) byte = byte & 0x80u ? 0xffu : 0u;
    result |= byte << (8 * i);
  }
  return result;
}

/// Shift of the 64-bit value high:low; _l gives the upper word of a left shift, _r the lower word
/// of a right shift. Plain forms take the shift modulo 32, _lc and _rc limit it to 32.
__SUPA_DEVICE_FN__ unsigned int __funnelshift_l(unsigned int low, unsigned int high,
                                                unsigned int shift) {
  unsigned long long value = ((unsigned long long)high << 32) | low;
  return (unsigned int)((value << (shift & 31u)) >> 32);
}
__SUPA_DEVICE_FN__ unsigned int __funnelshift_lc(unsigned int low, unsigned int high,
                                                 unsigned int shift) {
  return shift >= 32u ? low : __funnelshift_l(low, high, shift);
}
__SUPA_DEVICE_FN__ unsigned int __funnelshift_r(unsigned int low, unsigned int high,
                                                unsigned int shift) {
  unsigned long long value = ((unsigned long long)high << 32) | low;
  return (unsigned int)(value >> (shift & 31u));
}
__SUPA_DEVICE_FN__ unsigned int __funnelshift_rc(unsigned int low, unsigned int high,
                                                 unsigned int shift) {
  return shift >= 32u ? high : __funnelshift_r(low, high, shift);
}

__SUPA_DEVICE_FN__ int __mul24(int x, int y) {
  return (int)((unsigned int)((int)((unsigned int)x << 8) >> 8) *
               (unsigned int)((int)((unsigned int)y << 8) >> 8));
}
__SUPA_DEVICE_FN__ unsigned int __umul24(unsigned int x, unsigned int y) {
  return (x & 0xffffffu) * (y & 0xffffffu);
}
__SUPA_DEVICE_FN__ int __mulhi(int x, int y) { return (int)(((long long)x * y) >> 32); }
__SUPA_DEVICE_FN__ unsigned int __umulhi(unsigned int x, unsigned int y) {
  return (unsigned int)(((unsigned long long)x * y) >> 32);
}
__SUPA_DEVICE_FN__ unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  return (unsigned long long)(((unsigned __int128)x * y) >> 64);
}
__SUPA_DEVICE_FN__ long long __mul64hi(long long x, long long y) {
  return (long long)(((__int128)x * y) >> 64);
}
__SUPA_DEVICE_FN__ int mul24(int x, int y) { return __mul24(x, y); }
__SUPA_DEVICE_FN__ unsigned int umul24(unsigned int x, unsigned int y) { return __umul24(x, y); }
__SUPA_DEVICE_FN__ int mulhi(int x, int y) { return __mulhi(x, y); }
__SUPA_DEVICE_FN__ unsigned int umulhi(unsigned int x, unsigned int y) { return __umulhi(x, y); }

/// |x - y| + z.
__SUPA_DEVICE_FN__ unsigned int __sad(int x, int y, unsigned int z) {
  return (x > y ? (unsigned int)x - (unsigned int)y : (unsigned int)y - (unsigned int)x) + z;
}
__SUPA_DEVICE_FN__ unsigned int __usad(unsigned int x, unsigned int y, unsigned int z) {
  return (x > y ? x - y : y - x) + z;
}
/// Averages without overflow: __hadd and __uhadd round down, __rhadd and __urhadd round up.
__SUPA_DEVICE_FN__ int __hadd(int x, int y) { return (int)(((long long)x + y) >> 1); }
__SUPA_DEVICE_FN__ int __rhadd(int x, int y) { return (int)(((long long)x + y + 1) >> 1); }
__SUPA_DEVICE_FN__ unsigned int __uhadd(unsigned int x, unsigned int y) {
  return (unsigned int)(((unsigned long long)x + y) >> 1);
}
__SUPA_DEVICE_FN__ unsigned int __urhadd(unsigned int x, unsigned int y) {
  return (unsigned int)(((unsigned long long)x + y + 1) >> 1);
}

/// Dot product of four bytes, added to c.
__SUPA_DEVICE_FN__ int __dp4a(int a, int b, int c) {
  unsigned int sum = (unsigned int)c;
  for (int i = 0; i < 32; i += 8) {
    sum += (unsigned int)((int)(signed char)(a >> i) * (int)(signed char)(b >> i));
  }
  return (int)sum;
}
__SUPA_DEVICE_FN__ unsigned int __dp4a(unsigned int a, unsigned int b, unsigned int c) {
  for (int i = 0; i < 32; i += 8) c += ((a >> i) & 0xffu) * ((b >> i) & 0xffu);
  return c;
}
__SUPA_DEVICE_FN__ int __dp4a(char4 a, char4 b, int c) {
  return __dp4a(__builtin_bit_cast(int, a), __builtin_bit_cast(int, b), c);
}
__SUPA_DEVICE_FN__ unsigned int __dp4a(uchar4 a, uchar4 b, unsigned int c) {
  return __dp4a(__builtin_bit_cast(unsigned int, a), __builtin_bit_cast(unsigned int, b), c);
}
/// Dot product of two 16-bit values of a with the low (_lo) or high (_hi) two bytes of b.
__SUPA_DEVICE_FN__ int __dp2a_lo(int a, int b, int c) {
  unsigned int sum = (unsigned int)c + (unsigned int)((int)(short)a * (int)(signed char)b);
  return (int)(sum + (unsigned int)((a >> 16) * (int)(signed char)(b >> 8)));
}
__SUPA_DEVICE_FN__ int __dp2a_hi(int a, int b, int c) { return __dp2a_lo(a, b >> 16, c); }
__SUPA_DEVICE_FN__ unsigned int __dp2a_lo(unsigned int a, unsigned int b, unsigned int c) {
  return c + (a & 0xffffu) * (b & 0xffu) + (a >> 16) * ((b >> 8) & 0xffu);
}
__SUPA_DEVICE_FN__ unsigned int __dp2a_hi(unsigned int a, unsigned int b, unsigned int c) {
  return __dp2a_lo(a, b >> 16, c);
}

__SUPA_DEVICE_FN__ int __dp2a_lo(short2 a, char4 b, int c) {
  return __dp2a_lo(__builtin_bit_cast(int, a), __builtin_bit_cast(int, b), c);
}
__SUPA_DEVICE_FN__ int __dp2a_hi(short2 a, char4 b, int c) {
  return __dp2a_hi(__builtin_bit_cast(int, a), __builtin_bit_cast(int, b), c);
}
__SUPA_DEVICE_FN__ unsigned int __dp2a_lo(ushort2 a, uchar4 b, unsigned int c) {
  return __dp2a_lo(__builtin_bit_cast(unsigned int, a), __builtin_bit_cast(unsigned int, b), c);
}
__SUPA_DEVICE_FN__ unsigned int __dp2a_hi(ushort2 a, uchar4 b, unsigned int c) {
  return __dp2a_hi(__builtin_bit_cast(unsigned int, a), __builtin_bit_cast(unsigned int, b), c);
}

/// SIMD within a word: the operation of every 8-bit (…4) or 16-bit (…2) lane. `Lane` is the type in
/// which a lane is read.
#define __SUPA_LANES__(name, Lane, bits, expression)                         \
  __SUPA_DEVICE_FN__ unsigned int name(unsigned int a, unsigned int b) {     \
    unsigned int result = 0;                                                 \
    for (int shift = 0; shift < 32; shift += bits) {                         \
      int x = (Lane)(a >> shift);                                            \
      int y = (Lane)(b >> shift);                                            \
      result |= ((unsigned int)(expression) & ((1u << bits) - 1u)) << shift; \
    }                                                                        \
    return result;                                                           \
  }
#define __SUPA_CLAMP__(value, low, high) \
  ((value) < (low) ? (low) : (value) > (high) ? (high) : (value))
#define __SUPA_LANES_BOTH__(count, bits, S, U, smin, smax, umax)              \
  __SUPA_LANES__(__vadd##count, U, bits, x + y)                               \
  __SUPA_LANES__(__vsub##count, U, bits, x - y)                               \
  __SUPA_LANES__(__vaddss##count, S, bits, __SUPA_CLAMP__(x + y, smin, smax)) \
  __SUPA_LANES__(__vaddus##count, U, bits, __SUPA_CLAMP__(x + y, 0, umax))    \
  __SUPA_LANES__(__vsubss##count, S, bits, __SUPA_CLAMP__(x - y, smin, smax)) \
  __SUPA_LANES__(__vsubus##count, U, bits, __SUPA_CLAMP__(x - y, 0, umax))    \
  __SUPA_LANES__(__vavgs##count, S, bits, (x + y + (x + y >= 0)) >> 1)        \
  __SUPA_LANES__(__vavgu##count, U, bits, (x + y + 1) >> 1)                   \
  __SUPA_LANES__(__vhaddu##count, U, bits, (x + y) >> 1)                      \
  __SUPA_LANES__(__vabsdiffu##count, U, bits, x > y ? x - y : y - x)          \
  __SUPA_LANES__(__vabsdiffs##count, S, bits, x > y ? x - y : y - x)          \
  __SUPA_LANES__(__vmaxs##count, S, bits, x > y ? x : y)                      \
  __SUPA_LANES__(__vmaxu##count, U, bits, x > y ? x : y)                      \
  __SUPA_LANES__(__vmins##count, S, bits, x < y ? x : y)                      \
  __SUPA_LANES__(__vminu##count, U, bits, x < y ? x : y)                      \
  __SUPA_LANES__(__vcmpeq##count, U, bits, x == y ? -1 : 0)                   \
  __SUPA_LANES__(__vcmpne##count, U, bits, x != y ? -1 : 0)                   \
  __SUPA_LANES__(__vcmpgts##count, S, bits, x > y ? -1 : 0)                   \
  __SUPA_LANES__(__vcmpgtu##count, U, bits, x > y ? -1 : 0)                   \
  __SUPA_LANES__(__vcmpges##count, S, bits, x >= y ? -1 : 0)                  \
  __SUPA_LANES__(__vcmpgeu##count, U, bits, x >= y ? -1 : 0)                  \
  __SUPA_LANES__(__vcmplts##count, S, bits, x < y ? -1 : 0)                   \
  __SUPA_LANES__(__vcmpltu##count, U, bits, x < y ? -1 : 0)                   \
  __SUPA_LANES__(__vcmples##count, S, bits, x <= y ? -1 : 0)                  \
  __SUPA_LANES__(__vcmpleu##count, U, bits, x <= y ? -1 : 0)                  \
  __SUPA_LANES__(__vseteq##count, U, bits, x == y)                            \
  __SUPA_LANES__(__vsetne##count, U, bits, x != y)                            \
  __SUPA_LANES__(__vsetgts##count, S, bits, x > y)                            \
  __SUPA_LANES__(__vsetgtu##count, U, bits, x > y)                            \
  __SUPA_LANES__(__vsetltu##count, U, bits, x < y)                            \
  __SUPA_LANES__(__vsetlts##count, S, bits, x < y)                            \
  __SUPA_LANES__(__vsetges##count, S, bits, x >= y)                           \
  __SUPA_LANES__(__vsetgeu##count, U, bits, x >= y)                           \
  __SUPA_LANES__(__vsetles##count, S, bits, x <= y)                           \
  __SUPA_LANES__(__vsetleu##count, U, bits, x <= y)
__SUPA_LANES_BOTH__(4, 8, signed char, unsigned char, -128, 127, 255)
__SUPA_LANES_BOTH__(2, 16, short, unsigned short, -32768, 32767, 65535)
#undef __SUPA_LANES_BOTH__
#undef __SUPA_CLAMP__
#undef __SUPA_LANES__

__SUPA_DEVICE_FN__ unsigned int __vneg4(unsigned int a) { return __vsub4(0, a); }
__SUPA_DEVICE_FN__ unsigned int __vneg2(unsigned int a) { return __vsub2(0, a); }
__SUPA_DEVICE_FN__ unsigned int __vabs4(unsigned int a) { return __vabsdiffs4(a, 0); }
__SUPA_DEVICE_FN__ unsigned int __vabs2(unsigned int a) { return __vabsdiffs2(a, 0); }
/// The same limited to the signed range: minus the lowest number is the highest.
__SUPA_DEVICE_FN__ unsigned int __vnegss4(unsigned int a) { return __vsubss4(0, a); }
__SUPA_DEVICE_FN__ unsigned int __vnegss2(unsigned int a) { return __vsubss2(0, a); }
__SUPA_DEVICE_FN__ unsigned int __vabsss4(unsigned int a) { return __vmaxs4(a, __vnegss4(a)); }
__SUPA_DEVICE_FN__ unsigned int __vabsss2(unsigned int a) { return __vmaxs2(a, __vnegss2(a)); }
/// Sums of the absolute differences of the lanes.
__SUPA_DEVICE_FN__ unsigned int __supa_lanes_sum4(unsigned int d) {
  return (d & 0xffu) + ((d >> 8) & 0xffu) + ((d >> 16) & 0xffu) + (d >> 24);
}
__SUPA_DEVICE_FN__ unsigned int __vsadu4(unsigned int a, unsigned int b) {
  return __supa_lanes_sum4(__vabsdiffu4(a, b));
}
__SUPA_DEVICE_FN__ unsigned int __vsads4(unsigned int a, unsigned int b) {
  return __supa_lanes_sum4(__vabsdiffs4(a, b));
}
__SUPA_DEVICE_FN__ unsigned int __vsadu2(unsigned int a, unsigned int b) {
  const unsigned int d = __vabsdiffu2(a, b);
  return (d & 0xffffu) + (d >> 16);
}
__SUPA_DEVICE_FN__ unsigned int __vsads2(unsigned int a, unsigned int b) {
  const unsigned int d = __vabsdiffs2(a, b);
  return (d & 0xffffu) + (d >> 16);
}

#include "opensupa/device/dynamic_programming.h"

#endif  // OPENSUPA_DEVICE_INTEGER_H_
