#include "results.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "references.h"

namespace opensupa::accuracy {
namespace {

constexpr size_t kFields = 12;

Result Parse(const std::vector<std::string>& fields) {
  Result result;
  result.name = fields[0];
  result.type = fields[1];
  result.inputs = fields[2];
  result.max_ulp = std::stod(fields[3]);
  result.max_rounded_ulp = std::stod(fields[4]);
  result.worst = fields[5];
  result.max_absolute = std::stod(fields[6]);
  result.worst_absolute = fields[7];
  result.cuda_ulp = std::stod(fields[8]);
  result.wrong_specials = std::stoull(fields[9]);
  result.wrong = fields[10];
  result.device_ns = std::stod(fields[11]);
  return result;
}

/// The results of one type, in the order of the function table.
std::vector<Result> Sorted(const std::vector<Result>& results, const std::string& type) {
  std::vector<Result> sorted;
  for (const Function& function : AllFunctions()) {
    for (const Result& result : results) {
      if (result.name == function.name && result.type == type) sorted.push_back(result);
    }
  }
  return sorted;
}

void AppendTable(std::string& text, const std::vector<Result>& all, const std::string& type) {
  const std::vector<Result> results = Sorted(all, type);
  text += "\n## " + type + "\n\n";
  text +=
      "| function | inputs | ulp from exact | ulp from rounded | CUDA | wrong specials | worst "
      "input "
      "|\n";
  text += "|---|---|---|---|---|---|---|\n";
  for (const Result& result : results) {
    text += absl::StrFormat("| %s | %s | %.4f | %.0f | %s | %d | `%s` |\n", result.name,
                            result.inputs, result.max_ulp, result.max_rounded_ulp,
                            result.cuda_ulp < 0 ? "-" : absl::StrFormat("%g", result.cuda_ulp),
                            result.wrong_specials, result.worst);
  }
  text += "\nOutside the range of the bound in ulp, the largest absolute error:\n\n";
  text += "| function | absolute error | worst input |\n|---|---|---|\n";
  for (const Result& result : results) {
    if (result.max_absolute == 0) continue;
    text += absl::StrFormat("| %s | %.2g | `%s` |\n", result.name, result.max_absolute,
                            result.worst_absolute);
  }
}

}  // namespace

std::vector<Result> ReadResults(const std::string& path) {
  std::vector<Result> results;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    if (fields.size() != kFields || line.starts_with('#')) continue;
    const Result result = Parse(fields);
    const auto same = std::find_if(results.begin(), results.end(), [&](const Result& other) {
      return other.name == result.name && other.type == result.type;
    });
    if (same == results.end()) {
      results.push_back(result);
    } else {
      *same = result;
    }
  }
  return results;
}

bool AppendResult(const std::string& path, const Result& r) {
  std::ofstream out(path, std::ios::app);
  out << absl::StrFormat("%s\t%s\t%s\t%.5f\t%.0f\t%s\t%.3g\t%s\t%g\t%d\t%s\t%.2f\n", r.name, r.type,
                         r.inputs, r.max_ulp, r.max_rounded_ulp, r.worst, r.max_absolute,
                         r.worst_absolute, r.cuda_ulp, r.wrong_specials, r.wrong, r.device_ns);
  return out.good();
}

std::string MarkdownTables(const std::vector<Result>& results) {
  std::string text;
  AppendTable(text, results, "float");
  AppendTable(text, results, "double");
  return text;
}

}  // namespace opensupa::accuracy
