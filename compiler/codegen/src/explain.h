#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "vector/lane_facts.h"

namespace opensupa::cc {

/// What became of kernels, as JSON: {"target", "kernels": [{"kernel", "symbol", "file", "line",
/// "vectorized", "threads", "rows", "reason", "reason_line", "facts": [{"file", "line", "column",
/// "what", "how", "why", "slow", "masked", "loop_depth", "cycles"}], "lines": [{"file", "line",
/// "loop_depth", "cycles"}]}]}. "threads" are those of a vector, of which "rows" are apart in y;
/// "cycles" are expected for all threads of a vector, for one run of the line.
std::string ExplainAsJson(const std::string& target, const std::vector<KernelFacts>& kernels);

/// Which remarks to give, as the options -Rpass, -Rpass-missed and -Rpass-analysis ask.
struct RemarkKinds {
  bool passed = false;
  bool missed = false;
  bool analysis = false;
  bool any() const { return passed || missed || analysis; }
};

/// What became of kernels, as lines of diagnostics: "FILE:LINE:COLUMN: remark: ...".
std::string ExplainAsRemarks(const RemarkKinds& kinds, const std::vector<KernelFacts>& kernels);

}  // namespace opensupa::cc
