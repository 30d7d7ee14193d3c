// supa-bench: measures the kernels of the suite on the device beside native code and OpenCL. Exit
// code: 0 every result was right, 1 a side gave a wrong result, 2 the tool itself could not run.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "harness.h"
#include "machine.h"
#include "report.h"

namespace bench {
namespace {

struct Options {
  HarnessOptions harness;
  std::vector<std::string> kernels;
  int workers = 0;
  std::string engine;
  std::string json_path;
  std::string compare_path;
  std::string svg_path;
  bool no_opencl = false;
  bool list = false;
};

void Declare(CLI::App& app, Options& options) {
  app.add_option("--kernels", options.kernels,
                 "Names to measure, separated by commas (default: all)")
      ->delimiter(',');
  app.add_option("--rounds", options.harness.rounds, "Rounds over all sides")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--quick", options.harness.quick,
               "Small sizes and one round: checks the results, the times mean little");
  app.add_option("--workers", options.workers,
                 "Threads of the device, the native code and OpenCL (default: one for each core)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--engine", options.engine, "Engine of the emulated card: fast or reference");
  app.add_option("--json", options.json_path, "Write the results to this file");
  app.add_option("--compare", options.compare_path, "Compare with the results in this JSON file");
  app.add_option("--svg", options.svg_path, "Write a bar chart to this file");
  app.add_flag("--no-opencl", options.no_opencl, "Leave the OpenCL device out");
  app.add_flag("--best", options.harness.best,
               "Take the fastest run instead of the median, on a machine that others use, too");
  app.add_flag("!--no-device", options.harness.device, "Leave the device out");
  app.add_flag("!--no-native", options.harness.native, "Leave the native code out");
  app.add_flag("--list", options.list, "List the names");
}

/// Entries of the suite that were asked for. Throws for a name that does not exist.
std::vector<Entry> Select(const std::vector<std::string>& names) {
  if (names.empty()) return Suite();
  std::vector<Entry> selected;
  for (const std::string& name : names) {
    bool known = false;
    for (const Entry& entry : Suite()) {
      if (name != entry.name) continue;
      selected.push_back(entry);
      known = true;
    }
    if (!known) {
      throw std::runtime_error("There is no kernel '" + name + "'; --list shows the names.");
    }
  }
  return selected;
}

int Run(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures kernels on the device beside native code and OpenCL."};
  Declare(app, options);
  CLI11_PARSE(app, argc, argv);
  if (options.list) {
    for (const Entry& entry : Suite()) std::printf("%s\n", entry.name);
    return 0;
  }
  if (options.harness.quick) {
    options.harness.rounds = 1;
    options.harness.slice_ms = 0;
  }
  const std::vector<Entry> entries = Select(options.kernels);
  ApplyEnvironment(options.workers, options.engine);

  std::string why_no_opencl = "It was left out by --no-opencl.";
  const std::unique_ptr<OpenCl> opencl = options.no_opencl ? nullptr : OpenCl::Open(why_no_opencl);
  SetOpenCl(opencl.get());
  Machine machine = DescribeMachine(options.workers);
  machine.opencl = opencl ? opencl->device_name() : why_no_opencl;
  PrintMachine(machine);

  Workers workers(machine.workers);
  std::vector<Result> results;
  bool all_right = true;
  PrintHeader();
  for (const Entry& entry : entries) {
    results.push_back(Measure(entry, options.harness, BestTwins(), workers, opencl.get()));
    PrintLine(results.back());
    all_right = all_right && results.back().problem.empty();
  }
  PrintMeans(results);
  if (!options.compare_path.empty()) PrintComparison(ReadJson(options.compare_path), results);
  if (!options.json_path.empty()) WriteJson(options.json_path, machine, results);
  if (!options.svg_path.empty()) WriteSvg(options.svg_path, machine, results);
  return all_right ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "supa-bench: %s\n", error.what());
    return 2;
  }
}
