// The machine that measures, and what of it the run may use.

#ifndef SUPA_BENCH_MACHINE_H_
#define SUPA_BENCH_MACHINE_H_

#include <string>

#include "result.h"

namespace bench {

/// Passes the number of workers (0 leaves the default) and the engine (empty leaves it) on to the
/// emulated card and to OpenCL. Must come before the first call of either.
void ApplyEnvironment(int workers, const std::string& engine);

/// All but the OpenCL device.
Machine DescribeMachine(int workers);

}  // namespace bench

#endif  // SUPA_BENCH_MACHINE_H_
