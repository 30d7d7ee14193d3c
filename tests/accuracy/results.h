#pragma once

#include <string>
#include <vector>

namespace opensupa::accuracy {

/// One measured function, as a line of a results file holds it.
struct Result {
  std::string name;
  std::string type;  // "float" or "double"
  std::string inputs;
  double max_ulp = 0;
  double max_rounded_ulp = 0;
  std::string worst;
  double max_absolute = 0;  // outside the range of the bound in ulp; 0 if there is none
  std::string worst_absolute;
  double cuda_ulp = -1;
  unsigned long long wrong_specials = 0;
  std::string wrong;
  double device_ns = 0;

  bool MeetsCuda() const {
    return wrong_specials == 0 && (cuda_ulp < 0 || max_rounded_ulp <= cuda_ulp);
  }
};

/// Lines of a results file; a later line for the same function and type replaces an earlier one.
/// An empty list if the file does not exist.
std::vector<Result> ReadResults(const std::string& path);

/// Adds one line. False if the file cannot be written.
bool AppendResult(const std::string& path, const Result& result);

/// The Markdown tables of docs/math-accuracy.md.
std::string MarkdownTables(const std::vector<Result>& results);

}  // namespace opensupa::accuracy
