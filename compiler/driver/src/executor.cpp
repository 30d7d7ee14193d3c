#include "executor.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "diagnostics.h"
#include "file_io.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::cc {
namespace {

constexpr int kHandledSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
constexpr int kCrashExitCode = 254;

std::atomic<int> pending_signal{0};
std::atomic<pid_t> running_child{0};

void OnSignal(int signal) {
  pending_signal.store(signal);
  const pid_t child = running_child.load();
  if (child > 0) kill(child, signal == SIGPIPE ? SIGTERM : signal);
}

void PrintError(const std::string& text) { std::fputs(text.c_str(), stderr); }

/// Handled signals wait while this lives: none is lost between starting a child and noting it.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (int signal : kHandledSignals) sigaddset(&blocked, signal);
    sigprocmask(SIG_BLOCK, &blocked, &before_);
  }
  ~SignalsBlocked() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_;
};

/// Starts the command; its standard error goes to `error_descriptor` unless that is -1.
StatusOr<pid_t> Spawn(const Job& job, int error_descriptor) {
  OPENSUPA_FAULT_POINT("brcc.spawn");
  std::vector<char*> words;
  words.reserve(job.words.size() + 1);
  for (const std::string& word : job.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (error_descriptor >= 0) {
    posix_spawn_file_actions_adddup2(&actions, error_descriptor, STDERR_FILENO);
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  SignalsBlocked blocked;
  posix_spawnattr_setsigmask(&attributes, &blocked.before());
  pid_t child = -1;
  const int error = posix_spawnp(&child, words[0], &actions, &attributes, words.data(), environ);
  if (error == 0) running_child.store(child);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return absl::NotFoundError(
        absl::StrCat("unable to execute command: '", job.words[0], "': ", std::strerror(error)));
  }
  return child;
}

std::string ReadToEnd(int descriptor) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = read(descriptor, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
}

int WaitFor(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  running_child.store(0);
  return status;
}

/// Runs one command; returns its wait status. `captured` receives standard error when given.
StatusOr<int> RunOne(const Job& job, std::string* captured) {
  if (captured == nullptr) {
    SUPA_ASSIGN_OR_RETURN(pid_t child, Spawn(job, -1));
    return WaitFor(child);
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot make a pipe for a command's messages: ", std::strerror(errno)));
  }
  StatusOr<pid_t> child = Spawn(job, ends[1]);
  close(ends[1]);
  if (!child.ok()) {
    close(ends[0]);
    return std::move(child).status();
  }
  *captured = ReadToEnd(ends[0]);
  close(ends[0]);
  return WaitFor(*child);
}

void RemoveOutput(const Job& job) {
  struct stat info;
  if (!job.output.empty() && lstat(job.output.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
    unlink(job.output.c_str());
  }
}

/// The exit code of brcc for a command's wait status; tells about a crash.
int ExitCode(const Job& job, int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? 0 : 1;
  const int signal = WTERMSIG(status);
  if (PendingSignal() == 0) {
    PrintError(absl::StrCat("brcc: error: command failed due to signal ", signal, " (",
                            strsignal(signal), "); use -v to see it: ", job.words[0], "\n"));
  }
  return kCrashExitCode;
}

}  // namespace

StatusOr<ScratchDirectory> ScratchDirectory::Create() {
  OPENSUPA_FAULT_POINT("brcc.scratch_directory");
  std::error_code error;
  std::filesystem::path base = std::filesystem::temp_directory_path(error);
  if (error) base = "/tmp";
  std::string path = (base / "brcc-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    return absl::InternalError(absl::StrCat("cannot make a folder for temporary files in '",
                                            base.string(), "': ", std::strerror(errno)));
  }
  return ScratchDirectory(std::move(path));
}

ScratchDirectory::~ScratchDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void InstallSignalHandlers() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  sigemptyset(&action.sa_mask);
  for (int signal : kHandledSignals) {
    struct sigaction before = {};
    // What the caller ignores, as nohup does, stays ignored.
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    sigaction(signal, &action, nullptr);
  }
}

int PendingSignal() { return pending_signal.load(); }

RunResult RunJobs(const std::vector<Job>& jobs, bool verbose) {
  RunResult result;
  std::map<int, DiagnosticFilter> filters;
  for (const Job& job : jobs) {
    if (PendingSignal() != 0) break;
    if (verbose) PrintError(FormatJob(job) + "\n");
    std::string text;
    const bool capture = job.diagnostic_group >= 0 && !verbose;
    StatusOr<int> status = RunOne(job, capture ? &text : nullptr);
    if (capture) PrintError(filters[job.diagnostic_group].Filter(text));
    if (!status.ok()) {
      PrintError(absl::StrCat("brcc: error: ", std::string(status.status().message()), "\n"));
      result.exit_code = 1;
    } else {
      result.exit_code = ExitCode(job, *status);
    }
    if (result.exit_code != 0 || PendingSignal() != 0) {
      RemoveOutput(job);
      break;
    }
  }
  for (const auto& [group, filter] : filters) PrintError(filter.Summary());
  return result;
}

}  // namespace opensupa::cc
