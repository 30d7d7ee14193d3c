#include "diagnostics.h"

#include <regex>

#include "absl/strings/str_cat.h"

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
  std::string key;  // of a head
  bool is_error = false;
  bool is_warning = false;
};

ParsedLine Parse(const std::string& line) {
  // std::regex is slow on long lines, and compilers print few lines: only candidates are matched.
  static const std::regex kHead(
      R"(^(?:[^\s].*?: )?(fatal error|error|warning|note|remark): (.*)$)");
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
    parsed.kind = match[1] == "note" ? LineKind::kNote : LineKind::kHead;
    parsed.is_error = match[1] == "error" || match[1] == "fatal error";
    parsed.is_warning = match[1] == "warning";
    parsed.key = plain;
  }
  return parsed;
}

/// The driver's own messages name the program the user called.
std::string WithOwnName(const std::string& line) {
  static const std::regex kClangName(R"(^clang[^ :/]*: )");
  if (line.rfind("clang", 0) != 0) return line;
  return std::regex_replace(line, kClangName, "brcc: ");
}

}  // namespace

std::string DiagnosticFilter::Filter(const std::string& text) {
  std::string result;
  std::string pending;  // "In file included from" lines, until what they belong to is known
  bool showing = true;
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
    if (parsed.kind == LineKind::kHead) {
      showing = shown_.insert(parsed.key).second;
      if (showing) {
        warning_count_ += parsed.is_warning ? 1 : 0;
        error_count_ += parsed.is_error ? 1 : 0;
      }
    }
    if (showing) absl::StrAppend(&result, pending, line, "\n");
    pending.clear();
  }
  return result + pending;
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
