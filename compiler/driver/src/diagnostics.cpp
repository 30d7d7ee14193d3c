#include "diagnostics.h"

#include <regex>

#include "absl/strings/str_cat.h"
#include "hints.h"

namespace opensupa::cc {
namespace {

/// Removes terminal colour sequences.
std::string Plain(const std::string& line) {
  std::string result;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
      i += 2;
      while (i < line.size() && (line[i] < '@' || line[i] > '~')) ++i;
    } else {
      result += line[i];
    }
  }
  return result;
}

enum class LineKind { kHead, kNote, kIncludedFrom, kSummary, kText };

struct ParsedLine {
  LineKind kind = LineKind::kText;
  std::string key;    // of a head
  std::string place;  // "file:line:column"; empty when there is none
  std::string text;   // after the severity
  bool is_error = false;
  bool is_warning = false;
};

ParsedLine Parse(const std::string& line) {
  // std::regex is slow on long lines, and compilers print few lines: only candidates are matched.
  static const std::regex kHead(
      R"(^(?:([^\s].*?): )?(fatal error|error|warning|note|remark): (.*)$)");
  static const std::regex kSummary(R"(^\d+ (?:warning|error)s?.* generated.*\.$)");
  ParsedLine parsed;
  const std::string plain = Plain(line);
  if (plain.rfind("In file included from ", 0) == 0 || plain.rfind("In module ", 0) == 0) {
    parsed.kind = LineKind::kIncludedFrom;
    return parsed;
  }
  std::smatch match;
  if (plain.find(" generated") != std::string::npos && std::regex_match(plain, kSummary)) {
    parsed.kind = LineKind::kSummary;
  } else if (!plain.empty() && plain[0] != ' ' && plain.find(": ") != std::string::npos &&
             std::regex_match(plain, match, kHead)) {
    parsed.kind = match[2] == "note" ? LineKind::kNote : LineKind::kHead;
    parsed.is_error = match[2] == "error" || match[2] == "fatal error";
    parsed.is_warning = match[2] == "warning";
    parsed.key = plain;
    parsed.place = match[1];
    parsed.text = match[3];
  }
  return parsed;
}

/// The driver's own messages name the program the user called.
std::string WithOwnName(const std::string& line) {
  static const std::regex kClangName(R"(^clang[^ :/]*: )");
  if (line.rfind("clang", 0) != 0) return line;
  return std::regex_replace(line, kClangName, "brcc: ");
}

/// Collects the hint for one error from its text and its notes.
class Adviser {
 public:
  /// The hint line for the error before, if any; starts on the error `head`.
  std::string Next(const ParsedLine& head) {
    std::string line = Finish();
    if (!head.is_error) return line;
    place_ = head.place;
    name_ = Quoted(head.text);
    guide_ = head.text.find("or deduction guide for") != std::string::npos;
    hint_ = HintForError(head.text);
    return line;
  }
  void Note(const ParsedLine& note) {
    if (place_.empty()) return;
    if (guide_ && note.text.find("call to __host__ function from") != std::string::npos) {
      hint_ = "write __host__ __device__ in front of the deduction guide";
      return;
    }
    const std::string hint = HintForNote(note.text, note.place, name_);
    if (hint_.empty() || note.text.find("declared here") != std::string::npos) {
      if (!hint.empty()) hint_ = hint;
    }
  }
  std::string Finish() {
    std::string line =
        hint_.empty() || place_.empty() ? "" : absl::StrCat(place_, ": note: hint: ", hint_, "\n");
    place_.clear();
    hint_.clear();
    return line;
  }

 private:
  static std::string Quoted(const std::string& text) {
    const size_t begin = text.find('\'');
    const size_t end = begin == std::string::npos ? begin : text.find('\'', begin + 1);
    return end == std::string::npos ? "" : text.substr(begin + 1, end - begin - 1);
  }
  std::string place_, name_, hint_;
  bool guide_ = false;
};

}  // namespace

std::string DiagnosticFilter::Filter(const std::string& text) {
  std::string result;
  std::string pending;  // "In file included from" lines, until what they belong to is known
  bool showing = true;
  Adviser adviser;
  for (size_t start = 0; start < text.size();) {
    size_t end = text.find('\n', start);
    end = end == std::string::npos ? text.size() : end;
    const std::string line = WithOwnName(text.substr(start, end - start));
    start = end + 1;
    const ParsedLine parsed = Parse(line);
    if (parsed.kind == LineKind::kSummary) continue;
    if (parsed.kind == LineKind::kIncludedFrom) {
      absl::StrAppend(&pending, line, "\n");
      continue;
    }
    if (parsed.kind == LineKind::kNote && showing) adviser.Note(parsed);
    if (parsed.kind == LineKind::kHead) {
      result += adviser.Next(ParsedLine{});
      showing = shown_.insert(parsed.key).second;
      if (showing) {
        warning_count_ += parsed.is_warning ? 1 : 0;
        error_count_ += parsed.is_error ? 1 : 0;
        adviser.Next(parsed);
      }
    }
    if (showing) absl::StrAppend(&result, pending, line, "\n");
    pending.clear();
  }
  return result + adviser.Finish() + pending;
}

std::string DiagnosticFilter::Summary() const {
  const auto count = [](int n, const char* what) {
    return absl::StrCat(n, " ", what, n == 1 ? "" : "s");
  };
  if (warning_count_ == 0 && error_count_ == 0) return "";
  if (error_count_ == 0) return count(warning_count_, "warning") + " generated.\n";
  if (warning_count_ == 0) return count(error_count_, "error") + " generated.\n";
  return absl::StrCat(count(warning_count_, "warning"), " and ", count(error_count_, "error"),
                      " generated.\n");
}

}  // namespace opensupa::cc
