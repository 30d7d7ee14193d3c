#pragma once

#include <cstdint>
#include <string>

#include "judge.h"
#include "references.h"

namespace opensupa::accuracy {

/// Which arguments are measured.
struct SweepOptions {
  /// Functions of one float: every `stride`-th bit pattern from `first_bits` to `last_bits`.
  uint64_t stride = 1;
  uint64_t first_bits = 0;
  uint64_t last_bits = 0xffffffffu;
  /// All others: this many random arguments.
  uint64_t samples = uint64_t{1} << 26;
  uint64_t seed = 1;
  int threads = 1;
};

/// What was found. The worst arguments are kept for the report.
template <typename T>
struct Measurement {
  uint64_t inputs = 0;
  double max_ulp = 0;          // from the exact value, where the bound is in ulp
  double max_rounded_ulp = 0;  // from the correctly rounded value, there
  T worst[kMaxArguments] = {};
  double max_absolute = 0;  // where the bound is absolute
  T worst_absolute[kMaxArguments] = {};
  uint64_t wrong_specials = 0;
  T wrong[kMaxArguments] = {};  // the first of them
  double device_ns = 0;         // time of the device code for one call
};

template <typename T>
Measurement<T> Measure(const Function& function, const SweepOptions& options);

}  // namespace opensupa::accuracy
