#pragma once

#include <string>
#include <vector>

namespace opensupa::cc {

/// One command of a compilation.
struct Job {
  std::vector<std::string> words;  // program and arguments
  /// Jobs with the same group compile the halves of one file: their diagnostics are shown once.
  /// -1: standard error is the user's.
  int diagnostic_group = -1;
  std::string output;  // removed when the job fails; may be empty
  /// So many jobs just before this one make nothing that it needs: it may run beside them.
  int independent_of = 0;
};

/// The command as clang prints one: each word in double quotes, with a leading space.
std::string FormatJob(const Job& job);

}  // namespace opensupa::cc
