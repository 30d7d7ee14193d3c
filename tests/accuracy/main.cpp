// Measures the errors of the device math library. See docs/math-accuracy.md.

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "results.h"
#include "sweep.h"

namespace opensupa::accuracy {
namespace {

struct Options {
  std::vector<std::string> functions;
  std::string type = "both";
  std::string results;
  std::string markdown;
  SweepOptions sweep;
};

template <typename T>
std::string Arguments(const Function& function, const T* x) {
  std::string text;
  for (int i = 0; i < function.arguments; ++i) {
    text += absl::StrFormat("%s%a", i == 0 ? "" : ", ", x[i]);
  }
  return text;
}

/// 2^n for powers of two, else the number.
std::string Count(uint64_t inputs) {
  if ((inputs & (inputs - 1)) != 0) return absl::StrFormat("%d", inputs);
  return absl::StrFormat("2^%d", __builtin_ctzll(inputs));
}

template <typename T>
bool MeasureOne(const Function& function, const Options& options) {
  const Measurement<T> found = Measure<T>(function, options.sweep);
  Result result;
  result.name = function.name;
  result.type = sizeof(T) == 4 ? "float" : "double";
  result.inputs = Count(found.inputs);
  result.max_ulp = found.max_ulp;
  result.max_rounded_ulp = found.max_rounded_ulp;
  result.worst = Arguments(function, found.worst);
  result.max_absolute = found.max_absolute;
  result.worst_absolute = Arguments(function, found.worst_absolute);
  result.cuda_ulp = sizeof(T) == 4 ? function.cuda_float_ulp : function.cuda_double_ulp;
  result.wrong_specials = found.wrong_specials;
  result.wrong = found.wrong_specials == 0 ? "-" : Arguments(function, found.wrong);
  result.device_ns = found.device_ns;
  std::printf("%-14s %-6s %10s inputs  %9.4f ulp, %.0f from rounded (CUDA %g) at %s",
              result.name.c_str(), result.type.c_str(), result.inputs.c_str(), result.max_ulp,
              result.max_rounded_ulp, result.cuda_ulp, result.worst.c_str());
  if (result.max_absolute > 0) {
    std::printf("; absolute %.3g at %s", result.max_absolute, result.worst_absolute.c_str());
  }
  if (result.wrong_specials > 0) {
    std::printf("; %llu WRONG SPECIALS, first at %s", result.wrong_specials, result.wrong.c_str());
  }
  std::printf("; %.2f ns%s\n", result.device_ns, result.MeetsCuda() ? "" : "  <-- EXCEEDS");
  std::fflush(stdout);
  if (!options.results.empty() && !AppendResult(options.results, result)) {
    std::fprintf(stderr, "The results file %s cannot be written.\n", options.results.c_str());
    return false;
  }
  return result.MeetsCuda();
}

bool IsWanted(const Options& options, const std::string& name) {
  if (options.functions.empty()) return true;
  for (const std::string& wanted : options.functions) {
    if (wanted == name) return true;
  }
  return false;
}

bool MeasureAll(const Options& options) {
  bool good = true;
  for (const Function& function : AllFunctions()) {
    if (!IsWanted(options, function.name)) continue;
    if (options.type != "double") good &= MeasureOne<float>(function, options);
    if (options.type != "float") good &= MeasureOne<double>(function, options);
  }
  return good;
}

}  // namespace
}  // namespace opensupa::accuracy

int main(int argc, char** argv) {
  using namespace opensupa::accuracy;
  Options options;
  CLI::App app(
      "Measures the device math library against correctly rounded references. Exits with 1 if a "
      "function exceeds CUDA's documented bound or gives a wrong special value.");
  app.add_option("functions", options.functions,
                 "Functions by name, for instance sin pow; all if none");
  app.add_option("--type", options.type, "Type to measure")
      ->check(CLI::IsMember({"float", "double", "both"}));
  app.add_option("--stride", options.sweep.stride,
                 "Functions of one float: every so many bit patterns")
      ->check(CLI::PositiveNumber);
  app.add_option("--first", options.sweep.first_bits, "Functions of one float: first bit pattern");
  app.add_option("--last", options.sweep.last_bits, "Functions of one float: last bit pattern");
  app.add_option("--samples", options.sweep.samples, "All others: number of random inputs");
  app.add_option("--seed", options.sweep.seed, "Seed of the random inputs");
  app.add_option("--threads", options.sweep.threads, "Threads")->check(CLI::Range(1, 256));
  app.add_option("--results", options.results, "File to which a line per function is added");
  app.add_option("--markdown", options.markdown,
                 "Write the tables of the results file to this file and measure nothing");
  CLI11_PARSE(app, argc, argv);
  if (!options.markdown.empty()) {
    std::ofstream out(options.markdown);
    out << MarkdownTables(ReadResults(options.results));
    return out.good() ? 0 : 1;
  }
  return MeasureAll(options) ? 0 : 1;
}
