#include "response_file.h"

#include <cctype>

#include "absl/strings/str_cat.h"
#include "file_io.h"

namespace opensupa::cc {
namespace {

constexpr int kMaxDepth = 32;

Status Expand(std::span<const std::string> words, int depth, std::vector<std::string>& result) {
  for (const std::string& word : words) {
    if (word.size() < 2 || word[0] != '@' || !FileExists(word.substr(1))) {
      result.push_back(word);
      continue;
    }
    if (depth == kMaxDepth) {
      return absl::InvalidArgumentError(absl::StrCat("response file '", word.substr(1),
                                                     "' is nested more than ", kMaxDepth,
                                                     " deep; it probably names itself"));
    }
    SUPA_ASSIGN_OR_RETURN(std::string text, ReadFile(word.substr(1)));
    SUPA_RETURN_IF_ERROR(Expand(SplitWords(text), depth + 1, result));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> SplitWords(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

StatusOr<std::vector<std::string>> ExpandResponseFiles(std::span<const std::string> words) {
  std::vector<std::string> result;
  SUPA_RETURN_IF_ERROR(Expand(words, 0, result));
  return result;
}

}  // namespace opensupa::cc
