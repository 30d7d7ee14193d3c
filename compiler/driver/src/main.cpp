#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "driver_options.h"
#include "executor.h"
#include "file_io.h"
#include "job_builder.h"
#include "launch_mode.h"
#include "response_file.h"
#include "supacc_steps.h"
#include "toolchain.h"

namespace opensupa::cc {
namespace {

int Fail(const Status& status) {
  std::fprintf(stderr, "brcc: error: %s\n", std::string(status.message()).c_str());
  return 1;
}

std::string VersionText() {
  return absl::StrCat("OpenSUPA brcc version ", OpenSupaVersion(),
                      "\nSUPA 2.0; CUDA compatibility: release ", kCudaRelease, ", V", kCudaRelease,
                      ".0\n");
}

/// Hands the question to clang, which answers on standard output.
int AskClang(const std::vector<std::string>& question) {
  StatusOr<std::string> clang = FindClang();
  if (!clang.ok()) return Fail(clang.status());
  std::vector<std::string> words = {*clang};
  words.insert(words.end(), question.begin(), question.end());
  std::fflush(stdout);
  return RunJobs({{words, -1, ""}}, false).exit_code;
}

int Compile(const DriverOptions& options) {
  StatusOr<Toolchain> toolchain = FindToolchain(options);
  if (!toolchain.ok()) return Fail(toolchain.status());
  for (const std::string& note : options.notes) {
    std::fprintf(stderr, "brcc: note: %s\n", note.c_str());
  }
  std::optional<ScratchDirectory> scratch;
  std::string folder = "/tmp/brcc";
  if (options.save_temps) {
    folder = options.save_temps_beside_output ? DirectoryName(options.output) : ".";
  } else if (!options.dry_run) {
    StatusOr<ScratchDirectory> created = ScratchDirectory::Create();
    if (!created.ok()) return Fail(created.status());
    scratch.emplace(*std::move(created));
    folder = scratch->path();
  }
  StatusOr<std::vector<Job>> jobs = JobBuilder(options, *toolchain, folder).Build();
  if (!jobs.ok()) return Fail(jobs.status());
  if (options.verbose || options.dry_run) std::fputs(VersionText().c_str(), stderr);
  if (options.dry_run) {
    for (const Job& job : *jobs) std::fprintf(stderr, "%s\n", FormatJob(job).c_str());
    return 0;
  }
  return RunJobs(*jobs, options.verbose).exit_code;
}

int Main(const std::vector<std::string>& command_line);

/// Does not return when the command is for the other compiler: it then is that compiler.
int Launch(std::span<const std::string> words) {
  StatusOr<LaunchCommand> command = ParseLaunch(words);
  if (!command.ok()) return Fail(command.status());
  if (command->is_kernel_file) return Main(command->words);
  std::vector<char*> pointers;
  for (std::string& word : command->words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execvp(pointers[0], pointers.data());
  return Fail(absl::NotFoundError(
      absl::StrCat("unable to execute command: '", command->words[0], "': ", strerror(errno))));
}

int Main(const std::vector<std::string>& command_line) {
  if (!command_line.empty() && IsSupaccStep(command_line[0])) return RunSupaccStep(command_line);
  if (!command_line.empty() && command_line[0] == "--supa-launch") {
    return Launch(std::span<const std::string>(command_line).subspan(1));
  }
  StatusOr<std::vector<std::string>> words = ExpandResponseFiles(command_line);
  if (!words.ok()) return Fail(words.status());
  StatusOr<DriverOptions> options = ParseDriverOptions(*words);
  if (!options.ok()) return Fail(options.status());
  if (options->show_help) {
    std::fputs(HelpText().c_str(), stdout);
    return 0;
  }
  InstallSignalHandlers();
  if (options->show_version) {
    std::fputs(VersionText().c_str(), stdout);
    return AskClang({"--version"});
  }
  if (!options->query.empty()) return AskClang(options->query);
  if (options->verbose && options->inputs.empty()) {
    std::fputs(VersionText().c_str(), stderr);
    return AskClang({"-v"});
  }
  return Compile(*options);
}

}  // namespace
}  // namespace opensupa::cc

int main(int argc, char** argv) {
  const int exit_code = opensupa::cc::Main(std::vector<std::string>(argv + 1, argv + argc));
  // Ends as the signal would have ended the program, now that nothing is left behind.
  if (const int pending = opensupa::cc::PendingSignal(); pending != 0) {
    signal(pending, SIG_DFL);
    raise(pending);
  }
  return exit_code;
}
