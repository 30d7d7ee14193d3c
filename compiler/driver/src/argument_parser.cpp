#include <algorithm>
#include <cstring>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "option_table.h"

namespace opensupa::cc {
namespace {

bool StartsWith(const std::string& text, const char* prefix) {
  return text.compare(0, std::strlen(prefix), prefix) == 0;
}

/// True when `word` is a use of `spec`, its value in the same word or the next.
bool Matches(const OptionSpec& spec, const std::string& word) {
  const size_t length = std::strlen(spec.name);
  switch (spec.form) {
    case Form::kFlag:
    case Form::kSeparate:
      return word == spec.name;
    case Form::kJoined:
    case Form::kJoinedOrSeparate:
      return StartsWith(word, spec.name);
    case Form::kEquals:
      return StartsWith(word, spec.name) && word.size() > length && word[length] == '=';
    case Form::kEqualsOrSeparate:
      return StartsWith(word, spec.name) && (word.size() == length || word[length] == '=');
  }
  return false;
}

/// The longest option that the word can be, so that -lineinfo is not -l ineinfo.
const OptionSpec* Find(const std::string& word) {
  const OptionSpec* best = nullptr;
  for (const OptionSpec& spec : OptionTable()) {
    if (Matches(spec, word) &&
        (best == nullptr || std::strlen(spec.name) > std::strlen(best->name))) {
      best = &spec;
    }
  }
  return best;
}

size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

Status UnknownOption(const std::string& word) {
  const size_t equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const OptionSpec* nearest = nullptr;
  size_t nearest_distance = std::max<size_t>(name.size() / 3, 1) + 1;
  for (const OptionSpec& spec : OptionTable()) {
    const size_t distance = EditDistance(name, spec.name);
    if (distance < nearest_distance) {
      nearest_distance = distance;
      nearest = &spec;
    }
  }
  if (nearest == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("unknown argument: '", word, "'"));
  }
  std::string hint = nearest->name;
  if (equals != std::string::npos && nearest->form != Form::kFlag) hint += word.substr(equals);
  return absl::InvalidArgumentError(
      absl::StrCat("unknown argument '", word, "'; did you mean '", hint, "'?"));
}

}  // namespace

StatusOr<std::vector<Argument>> ParseArguments(std::span<const std::string> words) {
  std::vector<Argument> arguments;
  bool only_files = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    Argument argument;
    argument.words = {word};
    if (only_files || word.size() < 2 || word[0] != '-') {
      argument.value = word;
      arguments.push_back(std::move(argument));
      continue;
    }
    if (word == "--") {
      only_files = true;
      continue;
    }
    const OptionSpec* spec = Find(word);
    if (spec == nullptr) return UnknownOption(word);
    argument.option = spec;
    const size_t length = std::strlen(spec->name);
    const bool joined = word.size() > length;
    if (joined) {
      const bool equals = spec->form == Form::kEquals || spec->form == Form::kEqualsOrSeparate;
      argument.value = word.substr(length + (equals ? 1 : 0));
    } else if (spec->form != Form::kFlag && spec->form != Form::kJoined) {
      if (i + 1 == words.size()) {
        return absl::InvalidArgumentError(
            absl::StrCat("argument to '", word, "' is missing (expected 1 value)"));
      }
      argument.value = words[++i];
      argument.words.push_back(words[i]);
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

std::string HelpText() {
  std::string text =
      "OVERVIEW: brcc, the OpenSUPA compiler for .su and .cu files, C and C++\n\n"
      "USAGE: brcc [options] file...\n\nOPTIONS:\n";
  for (const OptionSpec& spec : OptionTable()) {
    // The help of these is a reason or a replacement, not a description.
    if (spec.help == nullptr || spec.id == OptionId::kRefuse || spec.help[0] == '-') continue;
    std::string left = absl::StrCat("  ", spec.name);
    if (spec.meta != nullptr) {
      const bool equals = spec.form == Form::kEquals || spec.form == Form::kEqualsOrSeparate;
      const bool space = spec.form == Form::kSeparate || spec.form == Form::kJoinedOrSeparate;
      absl::StrAppend(&left, equals ? "=" : space ? " " : "", spec.meta);
    }
    if (left.size() < 30) {
      left.resize(30, ' ');
    } else {
      absl::StrAppend(&left, "\n", std::string(30, ' '));
    }
    absl::StrAppend(&text, left, spec.help, "\n");
  }
  absl::StrAppend(&text,
                  "\nOptions that nvcc makefiles use (-arch, -gencode, -Xcompiler, -rdc, -dc, "
                  "-lineinfo, ...) are accepted.\nOther -f, -m and -W options go to clang.\n");
  return text;
}

}  // namespace opensupa::cc
