// The table on the terminal, the JSON file, and the comparison with an older one.

#ifndef SUPA_BENCH_REPORT_H_
#define SUPA_BENCH_REPORT_H_

#include <string>
#include <vector>

#include "result.h"

namespace bench {

void PrintMachine(const Machine& machine);
void PrintHeader();
void PrintLine(const Result& result);
/// The geometric means of the suite's kernels.
void PrintMeans(const std::vector<Result>& suite);

/// {"machine": {...}, "results": [{kernel, ms, native_ms, ratio, metric, unit, ...}]}. These throw
/// std::runtime_error with a full sentence when the file cannot be written or read.
void WriteJson(const std::string& path, const Machine& machine, const std::vector<Result>& results);
std::vector<Result> ReadJson(const std::string& path);

/// Prints old and new times of every kernel in both lists.
void PrintComparison(const std::vector<Result>& before, const std::vector<Result>& now);

/// The table for a page of the documentation, with the machine above it.
void WriteMarkdown(const std::string& path, const Machine& machine,
                   const std::vector<Result>& results);

/// A bar chart of the ratios to native (and to OpenCL where known).
void WriteSvg(const std::string& path, const Machine& machine, const std::vector<Result>& results);

}  // namespace bench

#endif  // SUPA_BENCH_REPORT_H_
