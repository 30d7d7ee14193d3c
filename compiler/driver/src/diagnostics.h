#pragma once

#include <set>
#include <string>

namespace opensupa::cc {

/// Clang reads a kernel file twice, and reports what both halves have in common twice. This filter
/// takes the standard error of the halves, one after the other, and lets each diagnostic through
/// once. Diagnostics are equal when file, line, column, severity and text are. Errors that kernel
/// authors often meet get a note with a hint, see hints.h.
class DiagnosticFilter {
 public:
  /// The part of `text`, all that one command wrote, to show.
  std::string Filter(const std::string& text);

  /// "1 warning and 2 errors generated.\n" over all that was shown, as clang ends; empty when there
  /// were none. Replaces the counts of the single commands, which Filter leaves out.
  std::string Summary() const;

 private:
  std::set<std::string> shown_;
  int warning_count_ = 0;
  int error_count_ = 0;
};

}  // namespace opensupa::cc
