#pragma once

#include <atomic>

#include "opensupa/hal/hal.h"

namespace opensupa::null {

/// Carries out a checked command on the calling thread. A wait for a value ends early when `stop`
/// becomes true.
void RunCommand(const hal::Command& command, const std::atomic<bool>& stop);

}  // namespace opensupa::null
