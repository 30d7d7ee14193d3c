#include "scalar_ops.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace opensupa::fuzz {
namespace {

uint64_t WrapShift(Op op, Scalar scalar, uint64_t a, uint64_t b) {
  const uint32_t count = b & (Bits(scalar) - 1);
  if (op == Op::kShiftLeft) return Normalize(scalar, a << count);
  if (IsSigned(scalar))
    return Normalize(scalar, static_cast<uint64_t>(static_cast<int64_t>(a) >> count));
  return Normalize(scalar, a >> count);
}

uint64_t Divide(Op op, Scalar scalar, uint64_t a, uint64_t b) {
  const bool quotient = op == Op::kDivide;
  if (b == 0) return a;
  if (!IsSigned(scalar)) return quotient ? a / b : a % b;
  const auto x = static_cast<int64_t>(a);
  const auto y = static_cast<int64_t>(b);
  if (y == -1) return quotient ? Normalize(scalar, 0 - a) : 0;
  return Normalize(scalar, static_cast<uint64_t>(quotient ? x / y : x % y));
}

template <typename T>
bool Compare(Op op, T a, T b) {
  switch (op) {
    case Op::kLess:
      return a < b;
    case Op::kLessEqual:
      return a <= b;
    case Op::kGreater:
      return a > b;
    case Op::kGreaterEqual:
      return a >= b;
    case Op::kEqual:
      return a == b;
    default:
      return a != b;
  }
}

template <typename T>
T FloatArithmetic(Op op, T a, T b) {
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSubtract:
      return a - b;
    case Op::kMultiply:
      return a * b;
    default:
      return a / b;
  }
}

bool IsComparison(Op op) { return op >= Op::kLess && op <= Op::kNotEqual; }

uint64_t IntegerBinary(Op op, Scalar scalar, uint64_t a, uint64_t b) {
  switch (op) {
    case Op::kAdd:
      return Normalize(scalar, a + b);
    case Op::kSubtract:
      return Normalize(scalar, a - b);
    case Op::kMultiply:
      return Normalize(scalar, a * b);
    case Op::kAnd:
      return a & b;
    case Op::kOr:
      return a | b;
    case Op::kXor:
      return Normalize(scalar, a ^ b);
    case Op::kShiftLeft:
    case Op::kShiftRight:
      return WrapShift(op, scalar, a, b);
    default:
      return Divide(op, scalar, a, b);
  }
}

double FloatValue(Scalar scalar, uint64_t bits) {
  if (scalar == Scalar::kF16) return HalfToDouble(bits);
  return scalar == Scalar::kF32 ? static_cast<double>(ToFloat(bits)) : ToDouble(bits);
}

uint64_t FloatToInteger(double value, Scalar to) {
  const uint32_t bits = Bits(to);
  const double high = std::ldexp(1.0, static_cast<int>(IsSigned(to) ? bits - 1 : bits));
  if (IsSigned(to)) {
    if (!(value > -high - (bits == 64 ? 0 : 1) && value < high)) return 0;
    return Normalize(to, static_cast<uint64_t>(static_cast<int64_t>(value)));
  }
  if (!(value > -1.0 && value < high)) return 0;
  return static_cast<uint64_t>(value);
}

bool IsNan(Scalar scalar, uint64_t bits) { return std::isnan(FloatValue(scalar, bits)); }

}  // namespace

uint64_t Normalize(Scalar scalar, uint64_t value) {
  switch (scalar) {
    case Scalar::kBool:
      return value & 1;
    case Scalar::kI8:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(value)));
    case Scalar::kU8:
      return static_cast<uint8_t>(value);
    case Scalar::kI16:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int16_t>(value)));
    case Scalar::kU16:
    case Scalar::kF16:
      return static_cast<uint16_t>(value);
    case Scalar::kI32:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
    case Scalar::kU32:
    case Scalar::kF32:
      return static_cast<uint32_t>(value);
    default:
      return value;
  }
}

uint64_t FromFloat(float value) { return std::bit_cast<uint32_t>(value); }
uint64_t FromDouble(double value) { return std::bit_cast<uint64_t>(value); }
float ToFloat(uint64_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits)); }
double ToDouble(uint64_t bits) { return std::bit_cast<double>(bits); }

double HalfToDouble(uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto mantissa = static_cast<double>(bits & 1023);
  double magnitude;
  if (exponent == 31) {
    magnitude = mantissa != 0 ? std::nan("") : HUGE_VAL;
  } else if (exponent == 0) {
    magnitude = std::ldexp(mantissa, -24);
  } else {
    magnitude = std::ldexp(mantissa + 1024, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

uint64_t DoubleToHalf(double value) {
  const uint64_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return 0x7fff;
  const double magnitude = std::fabs(value);
  if (magnitude == 0) return sign;
  if (magnitude >= 65520.0) return sign | 0x7c00;
  int exponent;
  std::frexp(magnitude, &exponent);
  // The weight of the last bit that fits; nearbyint rounds to nearest even.
  const int unit = std::max(exponent - 11, -24);
  auto steps = static_cast<uint64_t>(std::nearbyint(std::ldexp(magnitude, -unit)));
  // A subnormal has exponent field 0 and unit -24; a carry out of the mantissa raises the exponent.
  if (unit == -24) return sign | steps;
  return sign | ((static_cast<uint64_t>(unit + 24) << 10) + steps);
}

bool IsTrue(Scalar scalar, uint64_t value) {
  return IsFloat(scalar) ? FloatValue(scalar, value) != 0 : value != 0;
}

uint64_t EvalUnary(Op op, Scalar scalar, uint64_t value) {
  if (op == Op::kNot) return value == 0;
  if (op == Op::kComplement) return Normalize(scalar, ~value);
  if (!IsFloat(scalar)) return Normalize(scalar, 0 - value);
  return value ^ (uint64_t{1} << (8 * SizeBytes(scalar) - 1));
}

uint64_t EvalBinary(Op op, Scalar scalar, uint64_t a, uint64_t b) {
  if (IsFloat(scalar)) {
    if (IsComparison(op)) return Compare(op, FloatValue(scalar, a), FloatValue(scalar, b));
    if (scalar == Scalar::kF32) return FromFloat(FloatArithmetic(op, ToFloat(a), ToFloat(b)));
    if (scalar == Scalar::kF64) return FromDouble(FloatArithmetic(op, ToDouble(a), ToDouble(b)));
    // Double has more than twice half's bits, so rounding twice is rounding once.
    return DoubleToHalf(FloatArithmetic(op, HalfToDouble(a), HalfToDouble(b)));
  }
  if (!IsComparison(op)) return IntegerBinary(op, scalar, a, b);
  if (IsSigned(scalar)) return Compare(op, static_cast<int64_t>(a), static_cast<int64_t>(b));
  return Compare(op, a, b);
}

bool Overflows(Op op, Scalar scalar, uint64_t a, uint64_t b) {
  if (!IsSigned(scalar) || IsComparison(op)) return false;
  const auto x = static_cast<int64_t>(a);
  const auto y = static_cast<int64_t>(b);
  int64_t result;
  bool wide = false;
  if (op == Op::kAdd) {
    wide = __builtin_add_overflow(x, y, &result);
  } else if (op == Op::kSubtract) {
    wide = __builtin_sub_overflow(x, y, &result);
  } else if (op == Op::kMultiply) {
    wide = __builtin_mul_overflow(x, y, &result);
  } else {
    return false;
  }
  return wide || Normalize(scalar, static_cast<uint64_t>(result)) != static_cast<uint64_t>(result);
}

uint64_t EvalCast(Scalar from, Scalar to, uint64_t value) {
  if (to == Scalar::kBool) return IsTrue(from, value);
  if (!IsFloat(from) && !IsFloat(to)) return Normalize(to, value);
  if (!IsFloat(to)) return FloatToInteger(FloatValue(from, value), to);
  if (!IsFloat(from)) {
    const bool negative = IsSigned(from);
    if (to == Scalar::kF64) {
      return FromDouble(negative ? static_cast<double>(static_cast<int64_t>(value))
                                 : static_cast<double>(value));
    }
    const float rounded =
        negative ? static_cast<float>(static_cast<int64_t>(value)) : static_cast<float>(value);
    return to == Scalar::kF32 ? FromFloat(rounded) : DoubleToHalf(rounded);
  }
  if (from == to) return value;
  const double exact = FloatValue(from, value);
  if (to == Scalar::kF64) return FromDouble(exact);
  // From double to half by way of float, as the kernel source spells it.
  return to == Scalar::kF32 ? FromFloat(static_cast<float>(exact))
                            : DoubleToHalf(static_cast<float>(exact));
}

uint64_t EvalBits(Scalar from, Scalar to, uint64_t value) {
  if (IsFloat(from) && IsNan(from, value)) value = 0;
  if (IsFloat(to) && IsNan(to, value)) value = 0;
  return Normalize(to, value);
}

}  // namespace opensupa::fuzz
