/* Helpers that LLVM's x86-64 code generator calls by name where an operation has no instruction:
 * memory blocks, 128-bit arithmetic, half and bfloat conversions, fused multiply-add on CPUs
 * without it. Compiled to one object, which is linked into a device image only if it is needed.
 * Freestanding: nothing here may call anything outside this file. */

#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 u128;
typedef __int128 i128;
typedef struct __attribute__((packed, may_alias)) {
  uint64_t words[2];
} Chunk;

/* ---- memory blocks ---- */

void* memcpy(void* restrict to, const void* restrict from, size_t size_bytes) {
  char* out = to;
  const char* in = from;
  for (; size_bytes >= sizeof(Chunk); size_bytes -= sizeof(Chunk)) {
    *(Chunk*)out = *(const Chunk*)in;
    out += sizeof(Chunk);
    in += sizeof(Chunk);
  }
  for (; size_bytes > 0; --size_bytes) *out++ = *in++;
  return to;
}

void* memmove(void* to, const void* from, size_t size_bytes) {
  char* out = to;
  const char* in = from;
  if ((uintptr_t)out - (uintptr_t)in >= size_bytes) {
    /* The target begins before the source or behind its end: ascending order is safe, chunk by
     * chunk since each is read whole before it is written. */
    for (; size_bytes >= sizeof(Chunk); size_bytes -= sizeof(Chunk)) {
      const Chunk chunk = *(const Chunk*)in;
      *(Chunk*)out = chunk;
      out += sizeof(Chunk);
      in += sizeof(Chunk);
    }
    for (; size_bytes > 0; --size_bytes) *out++ = *in++;
    return to;
  }
  for (; size_bytes >= sizeof(Chunk); size_bytes -= sizeof(Chunk)) {
    const Chunk chunk = *(const Chunk*)(in + size_bytes - sizeof(Chunk));
    *(Chunk*)(out + size_bytes - sizeof(Chunk)) = chunk;
  }
  while (size_bytes > 0) {
    --size_bytes;
    out[size_bytes] = in[size_bytes];
  }
  return to;
}

void* memset(void* to, int value, size_t size_bytes) {
  char* out = to;
  const uint64_t word = 0x0101010101010101u * (uint8_t)value;
  const Chunk chunk = {{word, word}};
  for (; size_bytes >= sizeof(Chunk); size_bytes -= sizeof(Chunk)) {
    *(Chunk*)out = chunk;
    out += sizeof(Chunk);
  }
  for (; size_bytes > 0; --size_bytes) *out++ = (char)value;
  return to;
}

int memcmp(const void* a, const void* b, size_t size_bytes) {
  const unsigned char* left = a;
  const unsigned char* right = b;
  for (size_t i = 0; i < size_bytes; ++i) {
    if (left[i] != right[i]) return left[i] - right[i];
  }
  return 0;
}

int bcmp(const void* a, const void* b, size_t size_bytes) { return memcmp(a, b, size_bytes); }

/* ---- 128-bit integers; division by zero gives all ones and the dividend, as on the card ---- */

static u128 DivideU128(u128 dividend, u128 divisor, u128* remainder) {
  if (divisor == 0) {
    *remainder = dividend;
    return ~(u128)0;
  }
  u128 quotient = 0;
  u128 rest = 0;
  for (int bit = 127; bit >= 0; --bit) {
    const int carry = (int)(rest >> 127);
    rest = (rest << 1) | ((dividend >> bit) & 1);
    if (carry || rest >= divisor) {
      rest -= divisor;
      quotient |= (u128)1 << bit;
    }
  }
  *remainder = rest;
  return quotient;
}

static u128 Magnitude(i128 value) { return value < 0 ? -(u128)value : (u128)value; }

u128 __udivti3(u128 a, u128 b) {
  u128 remainder;
  return DivideU128(a, b, &remainder);
}

u128 __umodti3(u128 a, u128 b) {
  u128 remainder;
  DivideU128(a, b, &remainder);
  return remainder;
}

i128 __divti3(i128 a, i128 b) {
  u128 remainder;
  if (b == 0) return -1;
  const u128 quotient = DivideU128(Magnitude(a), Magnitude(b), &remainder);
  return (i128)((a < 0) != (b < 0) ? -quotient : quotient);
}

i128 __modti3(i128 a, i128 b) {
  u128 remainder;
  if (b == 0) return a;
  DivideU128(Magnitude(a), Magnitude(b), &remainder);
  return (i128)(a < 0 ? -remainder : remainder);
}

/* ---- 128-bit integers and floating point ---- */

static double BitsToDouble(uint64_t bits) {
  double value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

static uint64_t DoubleToBits(double value) {
  uint64_t bits;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static float BitsToFloat(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

static uint32_t FloatToBits(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static int TopBit(u128 value) {
  const uint64_t high = (uint64_t)(value >> 64);
  return high != 0 ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((uint64_t)value);
}

/* Rounds a positive integer to nearest even with `precision` significant bits; the result keeps its
 * scale. */
static u128 RoundToBits(u128 value, int precision) {
  const int drop = TopBit(value) + 1 - precision;
  if (drop <= 0) return value;
  const u128 half = (u128)1 << (drop - 1);
  const u128 rest = value & ((half << 1) - 1);
  u128 kept = value >> drop;
  if (rest > half || (rest == half && (kept & 1))) ++kept;
  return drop >= 128 ? 0 : kept << drop;
}

static double ScaledHigh(u128 value) {
  return (double)(uint64_t)(value >> 64) * 0x1p64 + (double)(uint64_t)value;
}

double __floatuntidf(u128 value) {
  if (value == 0) return 0.0;
  if (TopBit(value) == 127 && RoundToBits(value, 53) == 0) return 0x1p128;
  return ScaledHigh(RoundToBits(value, 53));
}

float __floatuntisf(u128 value) {
  if (value == 0) return 0.0f;
  const u128 rounded = RoundToBits(value, 24);
  if (rounded == 0) return BitsToFloat(0x7f800000u);
  return (float)ScaledHigh(rounded);
}

double __floattidf(i128 value) {
  const double magnitude = __floatuntidf(Magnitude(value));
  return value < 0 ? -magnitude : magnitude;
}

float __floattisf(i128 value) {
  const float magnitude = __floatuntisf(Magnitude(value));
  return value < 0 ? -magnitude : magnitude;
}

u128 __fixunsdfti(double value) {
  if (!(value >= 1.0)) return 0;
  if (value >= 0x1p128) return ~(u128)0;
  const uint64_t bits = DoubleToBits(value);
  const int exponent = (int)(bits >> 52) - 1023;
  const u128 mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | (UINT64_C(1) << 52);
  return exponent >= 52 ? mantissa << (exponent - 52) : mantissa >> (52 - exponent);
}

i128 __fixdfti(double value) {
  const i128 highest = (i128)(~(u128)0 >> 1);
  if (value >= 0x1p127) return highest;
  if (value <= -0x1p127) return -highest - 1;
  return value < 0 ? -(i128)__fixunsdfti(-value) : (i128)__fixunsdfti(value);
}

u128 __fixunssfti(float value) { return __fixunsdfti(value); }
i128 __fixsfti(float value) { return __fixdfti(value); }

/* ---- half and bfloat, passed in vector registers as _Float16 and __bf16 ---- */

static _Float16 BitsToHalf(uint16_t bits) {
  _Float16 value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

static uint16_t HalfToBits(_Float16 value) {
  uint16_t bits;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
}

float __extendhfsf2(_Float16 value) {
  const uint16_t bits = HalfToBits(value);
  const uint32_t sign = (uint32_t)(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1fu;
  const uint32_t mantissa = bits & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = (float)mantissa * 0x1p-24f;
    return BitsToFloat(FloatToBits(magnitude) | sign);
  }
  if (exponent == 0x1f) {
    const uint32_t quiet = mantissa != 0 ? 0x400000u : 0;
    return BitsToFloat(sign | 0x7f800000u | quiet | (mantissa << 13));
  }
  return BitsToFloat(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

/* Rounds to nearest even in one step; doubles hold every float exactly. */
static uint16_t NarrowToHalf(double value) {
  const uint64_t bits = DoubleToBits(value);
  const uint16_t sign = (uint16_t)((bits >> 48) & 0x8000u);
  const uint64_t magnitude = bits & ~(UINT64_C(1) << 63);
  if (magnitude > UINT64_C(0x7ff0000000000000)) return sign | 0x7e00u;
  const int exponent = (int)(magnitude >> 52) - 1023;
  if (exponent > 15) return sign | 0x7c00u;
  if (exponent < -25) return sign;
  const uint64_t mantissa = (magnitude & ((UINT64_C(1) << 52) - 1)) | (UINT64_C(1) << 52);
  const int drop = exponent < -14 ? 42 + (-14 - exponent) : 42;
  const uint64_t half = UINT64_C(1) << (drop - 1);
  const uint64_t rest = mantissa & ((half << 1) - 1);
  uint64_t kept = mantissa >> drop;
  if (rest > half || (rest == half && (kept & 1))) ++kept;
  /* A carry out of the mantissa moves into the exponent, as it should. */
  const uint64_t base = exponent < -14 ? 0 : (uint64_t)(exponent + 14) << 10;
  return sign | (uint16_t)(base + kept);
}

_Float16 __truncdfhf2(double value) { return BitsToHalf(NarrowToHalf(value)); }
_Float16 __truncsfhf2(float value) { return BitsToHalf(NarrowToHalf((double)value)); }

static uint16_t NarrowToBfloat(float value) {
  uint32_t bits = FloatToBits(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)((bits >> 16) | 0x40u);
  bits += 0x7fffu + ((bits >> 16) & 1u);
  return (uint16_t)(bits >> 16);
}

static __bf16 BitsToBfloat(uint16_t bits) {
  __bf16 value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

__bf16 __truncsfbf2(float value) { return BitsToBfloat(NarrowToBfloat(value)); }

__bf16 __truncdfbf2(double value) {
  /* Rounding to odd first makes the second rounding exact. */
  float narrow = (float)value;
  if ((double)narrow != value && value == value) {
    uint32_t bits = FloatToBits(narrow);
    const double magnitude = value < 0 ? -value : value;
    const double narrow_magnitude = narrow < 0 ? -(double)narrow : (double)narrow;
    if (narrow_magnitude > magnitude) --bits;
    bits |= 1u;
    narrow = BitsToFloat(bits);
  }
  return BitsToBfloat(NarrowToBfloat(narrow));
}

/* ---- fused multiply-add for CPUs without it ---- */

typedef struct {
  int negative;
  int exponent; /* value = mantissa * 2^exponent */
  u128 mantissa;
} Wide;

static Wide Unpack(double value) {
  const uint64_t bits = DoubleToBits(value);
  const int exponent = (int)((bits >> 52) & 0x7ff);
  const uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
  Wide wide;
  wide.negative = (int)(bits >> 63);
  wide.exponent = (exponent == 0 ? 1 : exponent) - 1075;
  wide.mantissa = exponent == 0 ? fraction : fraction | (UINT64_C(1) << 52);
  return wide;
}

/* Shifts right and keeps a sticky lowest bit. */
static u128 ShiftSticky(u128 value, int by) {
  if (by <= 0) return value;
  if (by >= 128) return value != 0;
  return (value >> by) | ((value & (((u128)1 << by) - 1)) != 0);
}

static double Pack(int negative, u128 mantissa, int exponent) {
  const uint64_t sign = (uint64_t)negative << 63;
  if (mantissa == 0) return BitsToDouble(sign);
  const int top = TopBit(mantissa);
  int drop = top - 52;
  if (exponent + drop < -1074) drop = -1074 - exponent;
  if (drop > 0) {
    const u128 low = drop >= 128 ? mantissa : mantissa & (((u128)1 << drop) - 1);
    const u128 half = drop > 128 ? 0 : (u128)1 << (drop - 1);
    u128 kept = drop >= 128 ? 0 : mantissa >> drop;
    if (drop <= 128 && (low > half || (low == half && (kept & 1)))) ++kept;
    mantissa = kept;
    exponent += drop;
  } else {
    const int room = exponent + 1074 < -drop ? exponent + 1074 : -drop;
    mantissa <<= room;
    exponent -= room;
  }
  if (mantissa >> 53) {
    mantissa >>= 1;
    ++exponent;
  }
  if (exponent > 971) return BitsToDouble(sign | UINT64_C(0x7ff0000000000000));
  const uint64_t fraction = (uint64_t)mantissa;
  if ((fraction >> 52) == 0) return BitsToDouble(sign | fraction);
  const uint64_t biased = (uint64_t)(exponent + 1075) << 52;
  return BitsToDouble(sign | biased | (fraction & ((UINT64_C(1) << 52) - 1)));
}

static int IsFinite(double value) {
  return (DoubleToBits(value) & UINT64_C(0x7ff0000000000000)) != UINT64_C(0x7ff0000000000000);
}

double fma(double x, double y, double z) {
  if (!IsFinite(x) || !IsFinite(y)) return x * y + z;
  if (!IsFinite(z)) return z;
  if (x == 0.0 || y == 0.0) return x * y + z;
  const Wide a = Unpack(x);
  const Wide b = Unpack(y);
  Wide product = {a.negative ^ b.negative, a.exponent + b.exponent, a.mantissa * b.mantissa};
  if (z == 0.0) return Pack(product.negative, product.mantissa, product.exponent);
  Wide sum = Unpack(z);
  /* Room for a carry and, on the finer side, for guard bits: 106 bits of product, 2 above, the rest
   * below. Both are brought to 126 bits, then the smaller one is shifted to the larger's scale. */
  const int up_product = 125 - TopBit(product.mantissa);
  const int up_sum = 125 - TopBit(sum.mantissa);
  product.mantissa <<= up_product;
  product.exponent -= up_product;
  sum.mantissa <<= up_sum;
  sum.exponent -= up_sum;
  Wide* large = product.exponent >= sum.exponent ? &product : &sum;
  Wide* small = large == &product ? &sum : &product;
  small->mantissa = ShiftSticky(small->mantissa, large->exponent - small->exponent);
  if (large->negative == small->negative) {
    return Pack(large->negative, large->mantissa + small->mantissa, large->exponent);
  }
  if (large->mantissa == small->mantissa) return 0.0;
  if (large->mantissa > small->mantissa) {
    return Pack(large->negative, large->mantissa - small->mantissa, large->exponent);
  }
  return Pack(small->negative, small->mantissa - large->mantissa, large->exponent);
}

float fmaf(float x, float y, float z) {
  /* The product of two floats is exact in double. The sum is rounded to odd, so that rounding it to
   * float is the only rounding that counts. */
  const double product = (double)x * (double)y;
  const double sum = product + (double)z;
  if (!IsFinite(sum)) return (float)sum;
  const double back = sum - product;
  const double error = (product - (sum - back)) + ((double)z - back);
  if (error == 0.0) return (float)sum;
  uint64_t bits = DoubleToBits(sum);
  if ((bits & 1) == 0) {
    const int away = (error > 0.0) == (sum > 0.0);
    bits += away ? 1 : UINT64_MAX;
  }
  return (float)BitsToDouble(bits);
}
