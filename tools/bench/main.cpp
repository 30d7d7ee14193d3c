// supa-bench: measures the kernels of the suite on the device beside native code and OpenCL. Exit
// code: 0 every result was right, 1 a side gave a wrong result, 2 the tool itself could not run.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "harness.h"
#include "machine.h"
#include "native/library_gemm.h"
#include "overheads.h"
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
  std::string markdown_path;
  bool no_opencl = false;
  bool list = false;
  std::string first_use;
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
  app.add_option("--markdown", options.markdown_path, "Write the table as Markdown to this file");
  app.add_option("--svg", options.svg_path, "Write a bar chart to this file");
  app.add_flag("--no-opencl", options.no_opencl, "Leave the OpenCL device out");
  app.add_flag("--best", options.harness.best,
               "Take the fastest run instead of the median, on a machine that others use, too");
  app.add_flag("!--no-device", options.harness.device, "Leave the device out");
  app.add_flag("!--no-native", options.harness.native, "Leave the native code out");
  app.add_flag("--list", options.list, "List the names");
  // For the children of the measurement of first uses; "" keeps it out of the help.
  app.add_option("--first-use", options.first_use, "")->group("");
}

/// What was asked for, in the order of the table.
struct Selection {
  std::vector<Entry> suite;
  std::vector<Entry> products;
  std::vector<Overhead> overheads;
};

/// Names may also be those of the groups: suite, products, overheads. Throws for a name that does
/// not exist.
Selection Select(const std::vector<std::string>& names) {
  Selection selection;
  std::vector<std::string> unknown = names;
  const auto pick = [&](const char* group, const auto& from, auto& to) {
    for (const auto& item : from) {
      const bool wanted = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return name == item.name || name == group;
      });
      if (wanted || names.empty()) to.push_back(item);
      std::erase(unknown, item.name);
    }
    std::erase(unknown, group);
  };
  pick("suite", Suite(), selection.suite);
  pick("products", MatrixProducts(), selection.products);
  pick("overheads", Overheads(), selection.overheads);
  if (!unknown.empty()) {
    throw std::runtime_error("There is no kernel '" + unknown[0] + "'; --list shows the names.");
  }
  return selection;
}

void PrintNames() {
  const auto print = [](const char* group, const auto& items) {
    std::printf("%s:", group);
    for (const auto& item : items) std::printf(" %s", item.name);
    std::printf("\n");
  };
  print("suite", Suite());
  print("products", MatrixProducts());
  print("overheads", Overheads());
}

/// Measures everything that was selected and prints each line as soon as it is known.
std::vector<Result> MeasureAll(const Selection& selection, const Options& options, int worker_count,
                               OpenCl* opencl) {
  std::vector<Result> results;
  Workers workers(worker_count);
  const auto measure = [&](const Entry& entry) {
    results.push_back(Measure(entry, options.harness, BestTwins(), workers, opencl));
    PrintLine(results.back());
  };
  PrintHeader();
  for (const Entry& entry : selection.suite) measure(entry);
  PrintMeans(results);
  for (const Entry& entry : selection.products) measure(entry);
  if (!options.harness.device) return results;
  for (const Overhead& overhead : selection.overheads) {
    std::vector<Result> lines;
    try {
      lines = overhead.measure(options.harness.quick);
    } catch (const std::exception& error) {
      lines.emplace_back();
      lines.back().kernel = overhead.name;
      lines.back().problem = error.what();
    }
    for (Result& line : lines) {
      PrintLine(line);
      results.push_back(std::move(line));
    }
  }
  return results;
}

int Run(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures kernels on the device beside native code and OpenCL."};
  Declare(app, options);
  CLI11_PARSE(app, argc, argv);
  if (options.list) {
    PrintNames();
    return 0;
  }
  if (!options.first_use.empty()) return RunFirstUse(options.first_use);
  if (options.harness.quick) {
    options.harness.rounds = 1;
    options.harness.slice_ms = 0;
  }
  const Selection selection = Select(options.kernels);
  ApplyEnvironment(options.workers, options.engine);

  std::string why_no_opencl = "It was left out by --no-opencl.";
  const std::unique_ptr<OpenCl> opencl = options.no_opencl ? nullptr : OpenCl::Open(why_no_opencl);
  SetOpenCl(opencl.get());
  Machine machine = DescribeMachine(options.workers);
  machine.opencl = opencl ? opencl->device_name() : why_no_opencl;
  SetLibraryThreads(machine.workers);
  PrintMachine(machine);

  const std::vector<Result> results = MeasureAll(selection, options, machine.workers, opencl.get());
  if (!options.compare_path.empty()) PrintComparison(ReadJson(options.compare_path), results);
  if (!options.json_path.empty()) WriteJson(options.json_path, machine, results);
  if (!options.markdown_path.empty()) WriteMarkdown(options.markdown_path, machine, results);
  if (!options.svg_path.empty()) WriteSvg(options.svg_path, machine, results);
  return std::all_of(results.begin(), results.end(),
                     [](const Result& result) { return result.problem.empty(); })
             ? 0
             : 1;
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
