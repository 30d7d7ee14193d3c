#include "launch_mode.h"

#include <algorithm>

#include "file_io.h"

namespace opensupa::cc {
namespace {

bool IsOption(const std::string& word) { return !word.empty() && word[0] == '-'; }

bool IsKernelFile(const std::string& word) {
  const std::string suffix = Extension(word);
  return !IsOption(word) && (suffix == ".su" || suffix == ".cu");
}

}  // namespace

StatusOr<LaunchCommand> ParseLaunch(std::span<const std::string> words) {
  const auto separator = std::find(words.begin(), words.end(), "--");
  if (separator == words.end() || separator + 1 == words.end() || IsOption(*(separator + 1))) {
    return absl::InvalidArgumentError(
        "usage: brcc --supa-launch [brcc options] -- <compiler> [options] files");
  }
  LaunchCommand command;
  const auto compiler = separator + 1;
  command.is_kernel_file = std::any_of(compiler, words.end(), IsKernelFile);
  if (!command.is_kernel_file) {
    command.words.assign(compiler, words.end());
    return command;
  }
  command.words.assign(words.begin(), separator);
  // The compiler may stand behind launchers of its own, such as ccache; its options begin behind
  // them all. They may be meant for another compiler than clang.
  command.words.push_back("-Wno-unknown-warning-option");
  for (auto word = std::find_if(compiler, words.end(), IsOption); word != words.end(); ++word) {
    // The build system takes the file for C++; its name tells better.
    if (*word == "-x" && word + 1 != words.end() && *(word + 1) == "c++") {
      ++word;
      continue;
    }
    command.words.push_back(*word);
  }
  return command;
}

}  // namespace opensupa::cc
