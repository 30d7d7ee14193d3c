// Runs other programs and says what they cost.

#ifndef SUPA_BENCH_PROCESS_H_
#define SUPA_BENCH_PROCESS_H_

#include <string>
#include <utility>
#include <vector>

namespace bench {

/// Environment variables that a child has beside those of this process.
using Environment = std::vector<std::pair<std::string, std::string>>;

struct ProcessCost {
  double wall_ms = 0;
  std::string output;
};

/// Runs a program to its end, on one core if `one_core`. Throws std::runtime_error with a full
/// sentence when it cannot be started or does not exit with 0.
ProcessCost RunProcess(const std::vector<std::string>& command, const Environment& environment,
                       bool one_core = false);

/// The folder that holds this program, without a slash at the end.
std::string ProgramFolder();

/// An empty folder of its own, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace bench

#endif  // SUPA_BENCH_PROCESS_H_
