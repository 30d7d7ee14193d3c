#pragma once

#include <string>
#include <vector>

#include "job.h"
#include "opensupa/base/status.h"

namespace opensupa::cc {

/// A private folder that is removed with all it holds when the object ends.
class ScratchDirectory {
 public:
  /// Under the system's folder for temporary files ($TMPDIR, /tmp).
  static StatusOr<ScratchDirectory> Create();
  ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(ScratchDirectory&&) = delete;
  ~ScratchDirectory();

  const std::string& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Takes note of SIGINT, SIGTERM, SIGHUP and SIGPIPE in place of ending the program, and hands them
/// on to the running command; RunJobs then returns early, so that temporary files are removed.
void InstallSignalHandlers();

/// The signal noted, or 0.
int PendingSignal();

struct RunResult {
  int exit_code = 0;  // as clang: 0, 1 when a command failed, 254 when one crashed
};

/// Runs the jobs in their order until one fails. `verbose` prints each before it runs. Messages go
/// to standard error. The outputs of a failed job are removed.
RunResult RunJobs(const std::vector<Job>& jobs, bool verbose);

}  // namespace opensupa::cc
