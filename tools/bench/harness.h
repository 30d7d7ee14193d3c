// Measures problems: every side in turn, several rounds, medians, and every result checked.

#ifndef SUPA_BENCH_HARNESS_H_
#define SUPA_BENCH_HARNESS_H_

#include "problem.h"
#include "result.h"

namespace bench {

struct HarnessOptions {
  /// Rounds over all sides. In each, a side runs for at least slice_ms.
  int rounds = 7;
  double slice_ms = 60;
  /// A side that has taken this long in all is not run again.
  double side_limit_ms = 20000;
  bool quick = false;
  bool device = true;
  bool native = true;
  /// Times are the fastest run instead of the median, for machines that others use, too.
  bool best = false;
};

/// Checks and measures one problem on the device, its twins and, if there is one, OpenCL. A side
/// that fails is reported in the result and left out of the timing.
Result Measure(const Entry& entry, const HarnessOptions& options, const Twins& twins,
               Workers& workers, OpenCl* opencl);

}  // namespace bench

#endif  // SUPA_BENCH_HARNESS_H_
