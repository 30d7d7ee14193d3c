#include "runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "device_run.h"
#include "printer.h"
#include "random.h"

namespace opensupa::fuzz {
namespace {

constexpr int kBaseTimeout_s = 60;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// What comes through the pipe for one case: its number, the kind and the length of the text.
struct Header {
  uint32_t number;
  uint32_t kind;
  uint32_t length;
};

void WriteAll(int file, const void* bytes, size_t size_bytes) {
  const char* next = static_cast<const char*>(bytes);
  while (size_bytes > 0) {
    const ssize_t written = write(file, next, size_bytes);
    if (written <= 0) _exit(3);
    next += written;
    size_bytes -= static_cast<size_t>(written);
  }
}

/// Waits for the end of a child; kills it after `timeout_s`. Everything that it writes to `file` is
/// kept. Returns true if it ended in time.
bool Collect(pid_t child, int file, int timeout_s, std::string& bytes, int& status) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_s);
  bool in_time = true;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd one{file, POLLIN, 0};
    if (left.count() <= 0 || poll(&one, 1, static_cast<int>(left.count())) == 0) {
      in_time = false;
      kill(child, SIGKILL);
      break;
    }
    char buffer[4096];
    const ssize_t got = read(file, buffer, sizeof buffer);
    if (got <= 0) break;
    bytes.append(buffer, static_cast<size_t>(got));
  }
  waitpid(child, &status, 0);
  return in_time;
}

std::vector<Verdict> Parse(const std::string& bytes, size_t cases) {
  std::vector<Verdict> verdicts(cases);
  size_t place = 0;
  while (place + sizeof(Header) <= bytes.size()) {
    Header header;
    std::memcpy(&header, &bytes[place], sizeof header);
    place += sizeof header;
    if (header.number >= cases || place + header.length > bytes.size()) break;
    verdicts[header.number] = {static_cast<Verdict::Kind>(header.kind),
                               bytes.substr(place, header.length)};
    place += header.length;
  }
  return verdicts;
}

void SetVariables(const Settings& settings) {
  setenv("OPENSUPA_DEVICES", "emu:BR106M", 1);
  setenv("OPENSUPA_CACHE_DISABLE", "1", 1);
  setenv("OPENSUPA_JIT_OPT_LEVEL", std::to_string(settings.jit_level).c_str(), 1);
  setenv("OPENSUPA_EMU_WORKERS", std::to_string(settings.workers).c_str(), 1);
  setenv("OPENSUPA_EMU_SEED", std::to_string(settings.engine_seed).c_str(), 1);
}

/// Starts brcc on `source`; its messages go to `messages`. Returns true if it succeeds.
bool Compile(const std::string& brcc, const std::string& source, const std::string& image,
             const std::string& messages, const Settings& settings) {
  const pid_t child = fork();
  if (child == 0) {
    const int file = open(messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, 1);
    dup2(file, 2);
    const std::string level = absl::StrCat("-O", settings.brcc_level);
    execl(brcc.c_str(), brcc.c_str(), "--supa-device-only", "-c", level.c_str(), "-w",
          "-ffp-contract=off", source.c_str(), "-o", image.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::string Settings::Describe() const {
  return absl::StrFormat(
      "%s, brcc -O%d, OPENSUPA_JIT_OPT_LEVEL=%d, OPENSUPA_EMU_WORKERS=%d, OPENSUPA_EMU_SEED=%d",
      cuda ? ".cu" : ".su", brcc_level, jit_level, workers, engine_seed);
}

Settings SettingsFor(uint64_t seed) {
  const uint64_t group = seed / kGroup;
  Random random(group ^ 0x5e77);
  Settings settings;
  settings.cuda = group % 2 == 1;
  settings.brcc_level = static_cast<int>(random.Below(4));
  settings.jit_level = random.Percent(50) ? -1 : static_cast<int>(random.Below(4));
  settings.workers = static_cast<int>(random.Between(1, 2));
  settings.engine_seed = random.Percent(40) ? 0 : static_cast<int>(random.Between(1, 1000));
  return settings;
}

const char* KindName(Verdict::Kind kind) {
  static constexpr const char* kNames[] = {"same",    "mismatch", "rejected by brcc", "failed",
                                           "crashed", "timeout",  "not run"};
  return kNames[static_cast<size_t>(kind)];
}

std::string SourceOf(std::span<const Case> cases, const Settings& settings) {
  std::string text = Preamble(settings.cuda);
  for (const Case& one : cases) absl::StrAppend(&text, "\n", Print(*one.program));
  return text;
}

std::vector<Verdict> Runner::Run(std::span<const Case> cases, const Settings& settings) const {
  const std::string source = folder_ + (settings.cuda ? "/kernels.cu" : "/kernels.su");
  const std::string image = folder_ + "/kernels.supafb";
  const std::string messages = folder_ + "/messages.txt";
  std::ofstream(source) << SourceOf(cases, settings);
  if (!Compile(brcc_, source, image, messages, settings)) {
    return std::vector<Verdict>(cases.size(),
                                {Verdict::Kind::kRejected, ReadFile(messages).substr(0, 4000)});
  }
  int ends[2];
  if (pipe(ends) != 0) return std::vector<Verdict>(cases.size());
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    SetVariables(settings);
    RunOnDevice(image, cases, [&](size_t number, const Verdict& verdict) {
      const Header header{static_cast<uint32_t>(number), static_cast<uint32_t>(verdict.kind),
                          static_cast<uint32_t>(verdict.text.size())};
      WriteAll(ends[1], &header, sizeof header);
      WriteAll(ends[1], verdict.text.data(), verdict.text.size());
    });
    _exit(0);
  }
  close(ends[1]);
  std::string bytes;
  int status = 0;
  const int timeout_s = kBaseTimeout_s + 2 * static_cast<int>(cases.size());
  const bool in_time = Collect(child, ends[0], timeout_s, bytes, status);
  close(ends[0]);
  std::vector<Verdict> verdicts = Parse(bytes, cases.size());
  for (Verdict& verdict : verdicts) {
    if (verdict.kind != Verdict::Kind::kNotRun) continue;
    verdict = {in_time ? Verdict::Kind::kCrashed : Verdict::Kind::kTimeout,
               in_time ? absl::StrFormat("the process ended with status 0x%x", status)
                       : absl::StrFormat("the process did not end within %d s", timeout_s)};
  }
  return verdicts;
}

std::vector<Verdict> Runner::RunApart(std::span<const Case> cases, const Settings& settings) const {
  std::vector<Verdict> verdicts = Run(cases, settings);
  if (cases.size() == 1) return verdicts;
  if (verdicts.front().kind == Verdict::Kind::kRejected) {
    // One of them does not compile; halves find it.
    const size_t half = cases.size() / 2;
    verdicts = RunApart(cases.first(half), settings);
    for (Verdict& verdict : RunApart(cases.subspan(half), settings)) {
      verdicts.push_back(std::move(verdict));
    }
    return verdicts;
  }
  for (size_t i = 0; i < cases.size(); ++i) {
    if (verdicts[i].kind == Verdict::Kind::kSame) continue;
    const Verdict together = verdicts[i];
    verdicts[i] = Run(cases.subspan(i, 1), settings).front();
    // A mismatch counts, even if the program is right on its own.
    if (verdicts[i].kind == Verdict::Kind::kSame && together.kind == Verdict::Kind::kMismatch) {
      verdicts[i] = together;
      verdicts[i].text += " (only together with the other programs of its batch)";
    }
  }
  return verdicts;
}

}  // namespace opensupa::fuzz
