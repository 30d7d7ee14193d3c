#pragma once

#include <memory>

#include "program.h"

namespace opensupa::fuzz {

/// The program of a seed: the same on every host. It is laid out, ends, and its result does not
/// depend on the order of threads.
std::unique_ptr<Program> Generate(uint64_t seed);

}  // namespace opensupa::fuzz
