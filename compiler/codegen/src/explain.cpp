#include "explain.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "llvm/Demangle/Demangle.h"
#include "nlohmann/json.hpp"

namespace opensupa::cc {
namespace {

using nlohmann::ordered_json;

ordered_json JsonOf(const LaneFact& fact) {
  return {{"file", fact.place.file}, {"line", fact.place.line}, {"column", fact.place.column},
          {"what", fact.what},       {"how", fact.how},         {"why", fact.why},
          {"slow", fact.slow},       {"masked", fact.masked},   {"loop_depth", fact.loop_depth},
          {"cycles", fact.cycles}};
}

ordered_json JsonOf(const KernelFacts& kernel) {
  ordered_json facts = ordered_json::array(), lines = ordered_json::array();
  for (const LaneFact& fact : kernel.facts) facts.push_back(JsonOf(fact));
  for (const auto& [place, line] : kernel.lines) {
    lines.push_back({{"file", place.first},
                     {"line", place.second},
                     {"loop_depth", line.loop_depth},
                     {"cycles", line.cycles}});
  }
  return {{"kernel", llvm::demangle(kernel.symbol)},
          {"symbol", kernel.symbol},
          {"file", kernel.place.file},
          {"line", kernel.place.line},
          {"vectorized", kernel.reason.empty()},
          {"threads", kernel.threads},
          {"rows", kernel.rows},
          {"reason", kernel.reason},
          {"reason_line", kernel.reason_place.line},
          {"facts", std::move(facts)},
          {"lines", std::move(lines)}};
}

class RemarkWriter {
 public:
  void Add(const SourcePlace& place, const std::string& text, const char* option) {
    if (place.line == 0) return;
    const std::string remark = absl::StrFormat("%s:%u:%u: remark: %s [%s=warp-vectorize]\n",
                                               place.file, place.line, place.column, text, option);
    // Copies that the optimizer made of a line are said once.
    if (remark == last_) return;
    absl::StrAppend(&text_, remark);
    last_ = remark;
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
  std::string last_;
};

std::string TextOf(const LaneFact& fact) {
  std::string text = absl::StrCat(fact.what, ": ", fact.how);
  if (fact.masked) absl::StrAppend(&text, ", for some threads only");
  if (!fact.why.empty()) absl::StrAppend(&text, ": ", fact.why);
  return text;
}

}  // namespace

std::string ExplainAsJson(const std::string& target, const std::vector<KernelFacts>& kernels) {
  ordered_json json = {{"target", target}, {"kernels", ordered_json::array()}};
  for (const KernelFacts& kernel : kernels) json["kernels"].push_back(JsonOf(kernel));
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string ExplainAsRemarks(const RemarkKinds& kinds, const std::vector<KernelFacts>& kernels) {
  RemarkWriter writer;
  for (const KernelFacts& kernel : kernels) {
    const std::string name = llvm::demangle(kernel.symbol);
    if (!kernel.reason.empty()) {
      const SourcePlace& place = kernel.reason_place.line == 0 ? kernel.place : kernel.reason_place;
      if (kinds.missed) {
        writer.Add(place, absl::StrCat("kernel ", name, " runs thread by thread: ", kernel.reason),
                   "-Rpass-missed");
      }
      continue;
    }
    if (kinds.passed) {
      const std::string rows =
          kernel.rows == 1 ? "" : absl::StrCat(", from ", kernel.rows, " rows of the block");
      writer.Add(
          kernel.place,
          absl::StrCat("kernel ", name, " runs ", kernel.threads, " threads as one vector", rows),
          "-Rpass");
    }
    for (const LaneFact& fact : kernel.facts) {
      const char* option = fact.slow ? "-Rpass-missed" : "-Rpass-analysis";
      if (fact.slow ? kinds.missed : kinds.analysis) writer.Add(fact.place, TextOf(fact), option);
    }
  }
  return std::move(writer).text();
}

}  // namespace opensupa::cc
