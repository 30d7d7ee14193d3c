#pragma once

#include <cstdint>
#include <optional>

#include "program.h"

namespace opensupa::fuzz {

/// Values of the model are 64 bits. The canonical form of an integer is its sign or zero extension,
/// of bool 0 or 1, of a float its bits, zero-extended.
uint64_t Normalize(Scalar scalar, uint64_t value);

template <typename T>
T BitsTo(uint64_t bits);
uint64_t FromFloat(float value);
uint64_t FromDouble(double value);
float ToFloat(uint64_t bits);
double ToDouble(uint64_t bits);

/// Half precision: exact to float, and rounded to nearest even from double.
double HalfToDouble(uint64_t bits);
uint64_t DoubleToHalf(double value);

/// A number as a double; exact for integers up to 53 bits.
bool IsTrue(Scalar scalar, uint64_t value);

uint64_t EvalUnary(Op op, Scalar scalar, uint64_t value);
/// Arithmetic and comparisons of two numbers of one type. Integers wrap; division by zero gives the
/// dividend, and of the least number by -1 the wrapped result.
uint64_t EvalBinary(Op op, Scalar scalar, uint64_t a, uint64_t b);
/// Nothing when the exact result is outside the type.
bool Overflows(Op op, Scalar scalar, uint64_t a, uint64_t b);
/// Conversion as in C++. A float outside the range of an integer type, or no number, gives 0.
uint64_t EvalCast(Scalar from, Scalar to, uint64_t value);
/// The bits of a number as another type of the same size. Bits that are no number come out as 0, in
/// both directions.
uint64_t EvalBits(Scalar from, Scalar to, uint64_t value);

}  // namespace opensupa::fuzz
