#include "job.h"

#include "absl/strings/str_cat.h"

namespace opensupa::cc {

std::string FormatJob(const Job& job) {
  std::string line;
  for (const std::string& word : job.words) {
    line += " \"";
    for (char c : word) {
      if (c == '"' || c == '\\' || c == '$' || c == '`') line += '\\';
      line += c;
    }
    line += '"';
  }
  return line;
}

}  // namespace opensupa::cc
