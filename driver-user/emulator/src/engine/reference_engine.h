#pragma once

#include <memory>

#include "engine/engine.h"

namespace opensupa::emu {

/// The exact engine: each device thread is scalar code on a stack of its own. `stack_bytes` of each
/// thread; `seed` of the order in which threads run, 0 = ascending.
std::unique_ptr<Engine> MakeReferenceEngine(size_t stack_bytes, uint64_t seed);

}  // namespace opensupa::emu
