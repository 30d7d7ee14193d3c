#pragma once

#include <cstdint>
#include <functional>

#include "opensupa/base/status.h"

namespace opensupa::fault {

/// One place where a call to the outside (port, OS, allocator, compiler) can be made to fail.
///
/// `Check` is on every such path. It costs one relaxed load unless a plan is armed. When the n-th
/// check since Arm is reached it returns the armed error, whose message names `point`.
Status Check(const char* point);

/// Makes the `n`-th following check (1-based, counted over all threads) fail with `code`; only that
/// one fails.
void Arm(uint64_t n, absl::StatusCode code = absl::StatusCode::kResourceExhausted);

/// Stops injecting. Returns the number of checks passed since Arm, so that a test knows when n is
/// past the last one.
uint64_t Disarm();

/// True when the armed failure has been delivered since Arm.
bool Fired();

}  // namespace opensupa::fault

/// Returns the injected error from the calling function (which returns Status or StatusOr).
#define OPENSUPA_FAULT_POINT(name) SUPA_RETURN_IF_ERROR(::opensupa::fault::Check(name))
