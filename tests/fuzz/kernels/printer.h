#pragma once

#include <string>

#include "program.h"

namespace opensupa::fuzz {

/// What kernel sources have in common: includes, guarded arithmetic, shuffles that ask whether the
/// source lane takes part. `cuda` picks the names of CUDA's headers.
std::string Preamble(bool cuda);

/// The kernel source of one program, in a namespace of its own; the kernel's name is Program::name.
std::string Print(const Program& program);

std::string Print(const Expr& expr, const Program& program);

}  // namespace opensupa::fuzz
