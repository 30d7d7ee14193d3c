#pragma once

#include <string>

#include "program.h"

namespace opensupa::fuzz {

/// Pieces of kernel source, for the printer.
std::string TypeName(const Type& type);
std::string LiteralText(Scalar scalar, uint64_t value);
const char* OperatorText(Op op);
/// `a op b` in `scalar`, free of undefined behaviour.
std::string BinaryText(Op op, Scalar scalar, const std::string& a, const std::string& b);
std::string WarpText(const Stmt& stmt, const Program& program);

}  // namespace opensupa::fuzz
