#include "report.h"

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace bench {
namespace {

using nlohmann::json;

std::string Number(const std::optional<double>& value, const char* format) {
  if (!value) return "-";
  char text[32];
  std::snprintf(text, sizeof(text), format, *value);
  return text;
}

json OrNull(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

std::optional<double> Optional(const json& object, const char* key) {
  if (!object.contains(key) || object[key].is_null()) return std::nullopt;
  return object[key].get<double>();
}

}  // namespace

void PrintMachine(const Machine& machine) {
  std::printf("CPU      %s, %d cores (%s)\n", machine.cpu.c_str(), machine.cores,
              machine.flags.c_str());
  std::printf("Device   %s, engine %s, %d workers\n", machine.device.c_str(),
              machine.engine.c_str(), machine.workers);
  std::printf("Native   %s code, %d threads\n", machine.native_level.c_str(), machine.workers);
  std::printf("OpenCL   %s\n\n", machine.opencl.c_str());
}

void PrintHeader() {
  std::printf("%-22s %12s %12s %-10s %12s %8s %12s %8s\n", "kernel", "ms", "metric", "unit",
              "native ms", "ratio", "OpenCL ms", "ratio");
}

void PrintLine(const Result& result) {
  const auto own = [&](double value) {
    return Number(result.ms > 0 ? std::optional(value) : std::nullopt, "%.4g");
  };
  std::printf("%-22s %12s %12s %-10s %12s %8s %12s %8s", result.kernel.c_str(),
              own(result.ms).c_str(), own(result.metric).c_str(), result.unit.c_str(),
              Number(result.native_ms, "%.4g").c_str(), Number(result.ratio, "%.3f").c_str(),
              Number(result.opencl_ms, "%.4g").c_str(),
              Number(result.opencl_ratio, "%.2f").c_str());
  if (!result.native_kind.empty()) std::printf("  %s", result.native_kind.c_str());
  if (!result.note.empty()) std::printf("  %s", result.note.c_str());
  if (!result.problem.empty()) std::printf("  FAILED: %s", result.problem.c_str());
  std::printf("\n");
  std::fflush(stdout);
}

void PrintMeans(const std::vector<Result>& suite) {
  const auto native = GeometricMean(suite, &Result::ratio);
  const auto opencl = GeometricMean(suite, &Result::opencl_ratio);
  if (native)
    std::printf("geometric mean of %zu kernels beside native: %.3f\n", suite.size(), *native);
  if (opencl) std::printf("geometric mean beside OpenCL: %.2f\n", *opencl);
}

void WriteJson(const std::string& path, const Machine& machine,
               const std::vector<Result>& results) {
  json list = json::array();
  for (const Result& r : results) {
    json entry = {{"kernel", r.kernel},
                  {"ms", r.ms},
                  {"native_ms", OrNull(r.native_ms)},
                  {"ratio", OrNull(r.ratio)},
                  {"metric", r.metric},
                  {"unit", r.unit},
                  {"opencl_ms", OrNull(r.opencl_ms)},
                  {"opencl_ratio", OrNull(r.opencl_ratio)}};
    if (!r.native_kind.empty()) entry["native_kind"] = r.native_kind;
    if (!r.note.empty()) entry["note"] = r.note;
    if (!r.problem.empty()) entry["problem"] = r.problem;
    list.push_back(std::move(entry));
  }
  const json document = {{"machine",
                          {{"cpu", machine.cpu},
                           {"flags", machine.flags},
                           {"cores", machine.cores},
                           {"workers", machine.workers},
                           {"device", machine.device},
                           {"engine", machine.engine},
                           {"native_level", machine.native_level},
                           {"opencl", machine.opencl},
                           {"version", machine.version}}},
                         {"results", std::move(list)}};
  std::ofstream file(path);
  file << document.dump(2) << "\n";
  if (!file.flush()) throw std::runtime_error("The file '" + path + "' cannot be written.");
}

void WriteMarkdown(const std::string& path, const Machine& machine,
                   const std::vector<Result>& results) {
  std::ofstream file(path);
  file << machine.cpu << " (" << machine.flags << "), " << machine.workers << " workers, engine "
       << machine.engine << "; OpenCL: " << machine.opencl << ".\n\n"
       << "| kernel | ms | metric | native ms | ratio | OpenCL ms | ratio to OpenCL |\n"
       << "|---|---|---|---|---|---|---|\n";
  for (const Result& r : results) {
    if (r.ms <= 0) continue;
    file << "| " << r.kernel << " | " << Number(r.ms, "%.4g") << " | " << Number(r.metric, "%.4g")
         << " " << r.unit << " | " << Number(r.native_ms, "%.4g");
    if (!r.native_kind.empty()) file << " (" << r.native_kind << ")";
    file << " | " << Number(r.ratio, "%.2f") << " | " << Number(r.opencl_ms, "%.4g") << " | "
         << Number(r.opencl_ratio, "%.2f") << " |\n";
  }
  if (!file.flush()) throw std::runtime_error("The file '" + path + "' cannot be written.");
}

std::vector<Result> ReadJson(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("The file '" + path + "' cannot be read.");
  const json document = json::parse(file, nullptr, false);
  if (!document.is_object() || !document.contains("results")) {
    throw std::runtime_error("The file '" + path + "' is not a result of supa-bench.");
  }
  std::vector<Result> results;
  for (const json& entry : document["results"]) {
    Result r;
    r.kernel = entry.at("kernel").get<std::string>();
    r.ms = entry.at("ms").get<double>();
    r.metric = entry.at("metric").get<double>();
    r.unit = entry.at("unit").get<std::string>();
    r.native_ms = Optional(entry, "native_ms");
    r.ratio = Optional(entry, "ratio");
    r.opencl_ms = Optional(entry, "opencl_ms");
    r.opencl_ratio = Optional(entry, "opencl_ratio");
    results.push_back(std::move(r));
  }
  return results;
}

void PrintComparison(const std::vector<Result>& before, const std::vector<Result>& now) {
  std::printf("\n%-22s %12s %12s %10s %10s %10s\n", "kernel", "ms before", "ms now", "speed-up",
              "ratio was", "ratio is");
  std::vector<Result> both;
  for (const Result& result : now) {
    for (const Result& old : before) {
      if (old.kernel != result.kernel || old.ms <= 0 || result.ms <= 0) continue;
      Result change = result;
      change.ratio = old.ms / result.ms;
      both.push_back(change);
      std::printf("%-22s %12.4g %12.4g %9.2fx %10s %10s\n", result.kernel.c_str(), old.ms,
                  result.ms, *change.ratio, Number(old.ratio, "%.3f").c_str(),
                  Number(result.ratio, "%.3f").c_str());
    }
  }
  if (const auto mean = GeometricMean(both, &Result::ratio)) {
    std::printf("geometric mean of the speed-up: %.2fx\n", *mean);
  }
}

}  // namespace bench
