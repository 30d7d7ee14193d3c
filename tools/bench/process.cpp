#include "process.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace bench {
namespace {

/// This process's environment with `extra` in front, so that it wins.
std::vector<std::string> Join(const Environment& extra) {
  std::vector<std::string> all;
  for (const auto& [name, value] : extra) all.push_back(name + "=" + value);
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool replaced = false;
    for (const auto& [name, value] : extra) {
      replaced = replaced || std::strncmp(*entry, (name + "=").c_str(), name.size() + 1) == 0;
    }
    if (!replaced) all.push_back(*entry);
  }
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Starts the program with its standard output going to `output_fd`.
pid_t Start(std::vector<std::string> command, const Environment& environment, int output_fd) {
  std::vector<std::string> variables = Join(environment);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
  pid_t child = -1;
  const int error = posix_spawn(&child, command[0].c_str(), &actions, nullptr,
                                Pointers(command).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw std::runtime_error("The program '" + command[0] +
                             "' cannot be started: " + std::strerror(error) + ".");
  }
  return child;
}

/// Keeps the calling thread, and the children it starts, on the first core it may use.
class OneCore {
 public:
  explicit OneCore(bool wanted) : wanted_(wanted) {
    if (!wanted) return;
    sched_getaffinity(0, sizeof(before_), &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    int first = 0;
    while (first < CPU_SETSIZE - 1 && !CPU_ISSET(first, &before_)) ++first;
    CPU_SET(first, &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  ~OneCore() {
    if (wanted_) sched_setaffinity(0, sizeof(before_), &before_);
  }
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  const bool wanted_;
  cpu_set_t before_{};
};

}  // namespace

ProcessCost RunProcess(const std::vector<std::string>& command, const Environment& environment,
                       bool one_core) {
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) throw std::runtime_error("A pipe cannot be made.");
  const auto start = std::chrono::steady_clock::now();
  pid_t child = -1;
  try {
    const OneCore confined(one_core);
    child = Start(command, environment, pipe_fds[1]);
  } catch (...) {
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    throw;
  }
  close(pipe_fds[1]);
  ProcessCost cost;
  char part[4096];
  for (ssize_t size; (size = read(pipe_fds[0], part, sizeof(part))) > 0;) {
    cost.output.append(part, size);
  }
  close(pipe_fds[0]);
  int status = 0;
  waitpid(child, &status, 0);
  cost.wall_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error("The program '" + command[0] + "' ended with status " +
                             std::to_string(status) + ".");
  }
  return cost;
}

std::string ProgramFolder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
}

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "supa-bench-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("A temporary folder '" + path_ + "' cannot be made.");
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace bench
