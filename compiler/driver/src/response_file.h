#pragma once

#include <span>
#include <string>
#include <vector>

#include "opensupa/base/status.h"

namespace opensupa::cc {

/// Replaces each word "@file" by the words in that file, recursively. Words are separated by white
/// space; single quotes, double quotes and backslashes quote as in a shell. A word whose file does
/// not exist stays as it is, as in GCC and clang.
StatusOr<std::vector<std::string>> ExpandResponseFiles(std::span<const std::string> words);

/// Splits the text of a response file.
std::vector<std::string> SplitWords(const std::string& text);

}  // namespace opensupa::cc
