// Costs that only a process of its own shows: first use of kernels, start of a trivial program, and
// the gain from a second worker.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "overheads.h"
#include "problem.h"
#include "process.h"
#include "report.h"

namespace bench {
namespace {

std::string Self() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

/// Milliseconds that the first run of a kernel takes over the second.
double FirstOverSecondMs(const std::string& kernel, const Environment& environment) {
  const ProcessCost cost = RunProcess({Self(), "--first-use", kernel}, environment);
  double first = 0, second = 0;
  if (std::sscanf(cost.output.c_str(), "%lf %lf", &first, &second) != 2) {
    throw std::runtime_error("The first use of '" + kernel + "' printed '" + cost.output + "'.");
  }
  return std::max(first - second, 0.0);
}

Result Line(const std::string& name, double ms, const char* unit, double metric) {
  Result result;
  result.kernel = name;
  result.ms = ms;
  result.metric = metric;
  result.unit = unit;
  return result;
}

/// Wall time and peak memory of a program.
struct Start {
  double wall_ms;
  double peak_mib;
};

Start MedianStart(int runs, const std::string& program,
                  const std::function<Environment()>& environment) {
  std::vector<double> wall_ms, peak_mib;
  for (int i = 0; i < runs; ++i) {
    const ProcessCost cost = RunProcess({program}, environment());
    wall_ms.push_back(cost.wall_ms);
    peak_mib.push_back(std::atof(cost.output.c_str()) / 1024);
  }
  return {Median(wall_ms), Median(peak_mib)};
}

}  // namespace

std::vector<Result> MeasureFirstUse(bool quick) {
  std::vector<double> as_built_ms, compiled_ms, cached_ms;
  for (const Entry& entry : Suite()) {
    if (quick && std::string(entry.name) != "saxpy" && std::string(entry.name) != "scan") continue;
    TemporaryFolder as_built, empty;
    // No fat binary has code for the lowest level, so it has to be compiled.
    const Environment other_cpu = {{"OPENSUPA_CACHE_DIR", empty.path()},
                                   {"OPENSUPA_HOST_LEVEL", "x86-64-v2"}};
    as_built_ms.push_back(FirstOverSecondMs(entry.name, {{"OPENSUPA_CACHE_DIR", as_built.path()}}));
    compiled_ms.push_back(FirstOverSecondMs(entry.name, other_cpu));
    cached_ms.push_back(FirstOverSecondMs(entry.name, other_cpu));
  }
  const auto line = [](const char* name, const std::vector<double>& ms, const char* note) {
    Result result = Line(name, Median(ms), "ms", Median(ms));
    char text[128];
    std::snprintf(text, sizeof(text), "%s; most %.3g ms", note,
                  *std::max_element(ms.begin(), ms.end()));
    result.note = text;
    return result;
  };
  return {line("first_use", as_built_ms, "as built, empty cache"),
          line("first_use_compiled", compiled_ms, "a CPU that the binary has no code for"),
          line("first_use_cached", cached_ms, "the same from the cache")};
}

std::vector<Result> MeasureStart(bool quick) {
  const int runs = quick ? 1 : 21;
  const std::string folder = ProgramFolder() + "/../lib/opensupa/bench/";
  TemporaryFolder empty, warm;
  const Start plain = MedianStart(runs, folder + "plain", [] { return Environment{}; });
  const Start cold = MedianStart(runs, folder + "trivial", [&] {
    const std::filesystem::path cache = empty.path() + "/cache";
    std::filesystem::remove_all(cache);
    return Environment{{"OPENSUPA_CACHE_DIR", cache.string()}};
  });
  const auto with_cache = [&] { return Environment{{"OPENSUPA_CACHE_DIR", warm.path()}}; };
  MedianStart(1, folder + "trivial", with_cache);
  const Start started = MedianStart(runs, folder + "trivial", with_cache);

  std::vector<Result> results;
  const auto add = [&](const char* name, const Start& start) {
    Result result = Line(name, start.wall_ms, "MiB", start.peak_mib);
    result.native_ms = plain.wall_ms;
    result.ratio = plain.wall_ms / start.wall_ms;
    result.native_kind = "a C++ program";
    results.push_back(result);
  };
  add("start_cold", cold);
  add("start_warm", started);
  return results;
}

std::vector<Result> MeasureScaling(bool quick) {
  std::vector<Result> results;
  TemporaryFolder folder;
  // A thread that waits helps the workers, so one worker is measured on one core.
  const auto measure = [&](const char* workers, bool one_core) {
    const std::string file = folder.path() + "/" + workers + ".json";
    std::vector<std::string> command = {Self(),        "--kernels",   "nbody,mandelbrot,sgemm_reg",
                                        "--no-native", "--no-opencl", "--workers",
                                        workers,       "--json",      file};
    if (quick) command.push_back("--quick");
    RunProcess(command, {}, one_core);
    return ReadJson(file);
  };
  const std::vector<Result> one = measure("1", true), two = measure("2", false);
  for (size_t i = 0; i < one.size() && i < two.size(); ++i) {
    Result result = Line("scaling_" + one[i].kernel, two[i].ms, "x", one[i].ms / two[i].ms);
    result.note = "two workers beside one on one core";
    results.push_back(result);
  }
  return results;
}

}  // namespace bench
