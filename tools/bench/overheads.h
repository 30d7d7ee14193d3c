// What a launch, a wait, a copy, a first use and a start of a program cost.

#ifndef SUPA_BENCH_OVERHEADS_H_
#define SUPA_BENCH_OVERHEADS_H_

#include <string>
#include <vector>

#include "result.h"

namespace bench {

/// A measurement that is not a problem of the suite; it may give several lines.
struct Overhead {
  const char* name;
  std::vector<Result> (*measure)(bool quick);
};

const std::vector<Overhead>& Overheads();

std::vector<Result> MeasureLaunches(bool quick);
std::vector<Result> MeasureBlocks(bool quick);
std::vector<Result> MeasureSmallCopies(bool quick);
std::vector<Result> MeasureLargeCopies(bool quick);
std::vector<Result> MeasureFirstUse(bool quick);
std::vector<Result> MeasureStart(bool quick);
std::vector<Result> MeasureScaling(bool quick);

/// The child process of MeasureFirstUse: prints the milliseconds of the first and of the second run
/// of a problem of the suite. Returns the exit code.
int RunFirstUse(const std::string& kernel);

}  // namespace bench

#endif  // SUPA_BENCH_OVERHEADS_H_
