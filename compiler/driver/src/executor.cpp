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
std::atomic<pid_t> early_child{0};  // the one beside it

void OnSignal(int signal) {
  pending_signal.store(signal);
  for (const pid_t child : {running_child.load(), early_child.load()}) {
    if (child > 0) kill(child, signal == SIGPIPE ? SIGTERM : signal);
  }
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

/// Starts the command and notes it in `slot`; its standard error goes to `error_descriptor` unless
/// that is -1.
StatusOr<pid_t> Spawn(const Job& job, int error_descriptor, std::atomic<pid_t>& slot) {
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
  if (error == 0) slot.store(child);
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

/// A command under way, and what it writes to standard error when that is captured.
class RunningJob {
 public:
  static StatusOr<RunningJob> Start(const Job& job, bool capture, std::atomic<pid_t>& slot) {
    if (!capture) {
      SUPA_ASSIGN_OR_RETURN(pid_t child, Spawn(job, -1, slot));
      return RunningJob(child, -1, slot);
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      return absl::ResourceExhaustedError(
          absl::StrCat("cannot make a pipe for a command's messages: ", std::strerror(errno)));
    }
    StatusOr<pid_t> child = Spawn(job, ends[1], slot);
    close(ends[1]);
    if (!child.ok()) {
      close(ends[0]);
      return std::move(child).status();
    }
    return RunningJob(*child, ends[0], slot);
  }

  /// Waits for the end; returns the wait status. `text` gets what was captured.
  int Finish(std::string& text) {
    if (messages_ >= 0) {
      text = ReadToEnd(messages_);
      close(messages_);
    }
    int status = 0;
    while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
    }
    slot_->store(0);
    return status;
  }
  void Stop() {
    kill(child_, SIGTERM);
    std::string ignored;
    Finish(ignored);
  }

 private:
  RunningJob(pid_t child, int messages, std::atomic<pid_t>& slot)
      : child_(child), messages_(messages), slot_(&slot) {}
  pid_t child_;
  int messages_;  // read end of the pipe, or -1
  std::atomic<pid_t>* slot_;
};

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

/// Runs jobs one after the other, and at most one that may start early beside them.
class JobRunner {
 public:
  JobRunner(const std::vector<Job>& jobs, bool verbose) : jobs_(jobs), verbose_(verbose) {}

  int Run() {
    int exit_code = 0;
    for (size_t i = 0; i < jobs_.size() && exit_code == 0 && PendingSignal() == 0; ++i) {
      if (verbose_) PrintError(FormatJob(jobs_[i]) + "\n");
      exit_code = RunOne(i);
      if (exit_code != 0 || PendingSignal() != 0) RemoveOutput(jobs_[i]);
    }
    if (early_.has_value()) {
      early_->Stop();
      RemoveOutput(jobs_[early_index_]);
    }
    for (const auto& [group, filter] : filters_) PrintError(filter.Summary());
    return exit_code;
  }

 private:
  bool Captures(const Job& job) const { return job.diagnostic_group >= 0 && !verbose_; }

  /// Starts the next job that needs nothing of job `i` and of those between. If that fails, it runs
  /// in its turn. Commands that are printed run one by one.
  void StartEarly(size_t i) {
    for (size_t k = i + 1; k < jobs_.size() && !verbose_ && !early_.has_value(); ++k) {
      if (static_cast<size_t>(jobs_[k].independent_of) < k - i) continue;
      StatusOr<RunningJob> started = RunningJob::Start(jobs_[k], Captures(jobs_[k]), early_child);
      if (!started.ok()) return;
      early_ = *started;
      early_index_ = k;
    }
  }

  StatusOr<RunningJob> Start(size_t i) {
    if (early_.has_value() && early_index_ == i) {
      const RunningJob job = *early_;
      early_.reset();
      return job;
    }
    StatusOr<RunningJob> job = RunningJob::Start(jobs_[i], Captures(jobs_[i]), running_child);
    if (job.ok()) StartEarly(i);
    return job;
  }

  int RunOne(size_t i) {
    StatusOr<RunningJob> job = Start(i);
    if (!job.ok()) {
      PrintError(absl::StrCat("brcc: error: ", std::string(job.status().message()), "\n"));
      return 1;
    }
    std::string text;
    const int status = job->Finish(text);
    if (Captures(jobs_[i])) PrintError(filters_[jobs_[i].diagnostic_group].Filter(text));
    return ExitCode(jobs_[i], status);
  }

  const std::vector<Job>& jobs_;
  const bool verbose_;
  std::map<int, DiagnosticFilter> filters_;
  std::optional<RunningJob> early_;
  size_t early_index_ = 0;
};

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
  return {JobRunner(jobs, verbose).Run()};
}

}  // namespace opensupa::cc
