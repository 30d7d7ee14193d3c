// What was measured, as the table, the JSON file and the chart show it.

#ifndef SUPA_BENCH_RESULT_H_
#define SUPA_BENCH_RESULT_H_

#include <optional>
#include <string>
#include <vector>

namespace bench {

/// One line of the table.
struct Result {
  std::string kernel;
  /// Median of a run on the device, and what it means in `unit`.
  double ms = 0;
  double metric = 0;
  std::string unit;
  /// Median of the best native twin, and how fast the device is beside it (native_ms / ms; more is
  /// better).
  std::optional<double> native_ms;
  std::optional<double> ratio;
  std::string native_kind;
  /// The same for the installed OpenCL device.
  std::optional<double> opencl_ms;
  std::optional<double> opencl_ratio;
  /// A side gave a wrong result or an error. Empty when all is well; several are joined by spaces.
  std::string problem;
  /// Said with the line, for example what was left out.
  std::string note;
};

/// The machine and the program, as they stand in the JSON file.
struct Machine {
  std::string cpu;
  std::string flags;  // those that matter for speed
  int cores = 0;
  int workers = 0;
  std::string device;
  std::string engine;
  std::string native_level;
  std::string opencl;
  std::string version;
};

/// Geometric mean of the given ratio over the results of the suite that have it, or nothing.
std::optional<double> GeometricMean(const std::vector<Result>& results,
                                    std::optional<double> Result::* ratio);

double Median(std::vector<double> values);

}  // namespace bench

#endif  // SUPA_BENCH_RESULT_H_
