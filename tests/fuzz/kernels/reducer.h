#pragma once

#include <functional>

#include "program.h"

namespace opensupa::fuzz {

/// Makes `program` smaller in place while `still_fails` holds: deletes statements, replaces
/// branches and loops by their bodies and expressions by their operands or 0. `still_fails` decides
/// whether a candidate is valid, too. Stops after `max_attempts` calls of it.
void Reduce(Program& program, const std::function<bool(Program&)>& still_fails,
            uint32_t max_attempts);

}  // namespace opensupa::fuzz
