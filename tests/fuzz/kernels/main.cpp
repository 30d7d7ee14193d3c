// kernel_fuzz: generates random kernels, runs them on the emulated card and compares the memory
// that they leave with what a model computes that does not use OpenSUPA's compiler.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "generator.h"
#include "interpreter.h"
#include "printer.h"
#include "reducer.h"
#include "runner.h"

namespace opensupa::fuzz {
namespace {

constexpr uint64_t kMaxSteps = 6'000'000;
constexpr uint32_t kReduceAttempts = 400;

struct Options {
  uint64_t seed = 0;
  uint64_t count = 64;
  uint64_t seconds = 0;
  uint64_t batch = kGroup;
  std::string brcc = "brcc";
  std::string keep;
  bool reduce = false;
  bool print = false;
  bool model_only = false;
};

struct Totals {
  uint64_t programs = 0;
  uint64_t failures = 0;
  uint64_t invalid = 0;
  uint64_t too_long = 0;
};

/// A program with what the model says about it.
struct Entry {
  std::unique_ptr<Program> program;
  Outcome expected;
};

class Session {
 public:
  Session(Options options, std::string folder)
      : options_(std::move(options)), folder_(std::move(folder)), runner_(options_.brcc, folder_) {}

  /// Runs all seeds, or until the time is over. Returns what happened.
  Totals Run() {
    const auto start = std::chrono::steady_clock::now();
    const uint64_t end = options_.seed + options_.count;
    for (uint64_t seed = options_.seed; seed < end;) {
      // Programs of one compilation have the same settings.
      const uint64_t next = std::min({end, (seed / kGroup + 1) * kGroup, seed + options_.batch});
      RunBatch(seed, next);
      seed = next;
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
      if (options_.seconds != 0 && elapsed.count() >= static_cast<double>(options_.seconds)) break;
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    absl::PrintF("%d programs, %d failures, %d invalid, %d too long, %.1f s\n", totals_.programs,
                 totals_.failures, totals_.invalid, totals_.too_long, elapsed.count());
    return totals_;
  }

 private:
  void RunBatch(uint64_t first, uint64_t end) {
    std::vector<Entry> entries;
    for (uint64_t seed = first; seed < end; ++seed) {
      Entry entry{Generate(seed), {}};
      entry.expected = Interpret(*entry.program, kMaxSteps);
      if (entry.expected.kind == Outcome::Kind::kTooLong) {
        ++totals_.too_long;
      } else if (entry.expected.kind == Outcome::Kind::kInvalid) {
        ++totals_.invalid;
        absl::PrintF("seed %d: the generator broke a rule: %s\n", seed, entry.expected.reason);
      } else {
        entries.push_back(std::move(entry));
      }
    }
    std::vector<Case> cases;
    for (const Entry& entry : entries) cases.push_back({entry.program.get(), &entry.expected});
    totals_.programs += cases.size();
    if (options_.model_only || cases.empty()) return;
    const Settings settings = SettingsFor(first);
    const std::vector<Verdict> verdicts = runner_.RunApart(cases, settings);
    for (size_t i = 0; i < cases.size(); ++i) {
      if (verdicts[i].kind == Verdict::Kind::kSame) continue;
      ++totals_.failures;
      Report(entries[i], verdicts[i], settings);
    }
    std::fflush(stdout);
  }

  void Report(Entry& entry, const Verdict& verdict, const Settings& settings) {
    Program& program = *entry.program;
    const Case one{&program, &entry.expected};
    absl::PrintF("seed %d: %s: %s\n", program.seed, KindName(verdict.kind), verdict.text);
    absl::PrintF("  settings: %s\n", settings.Describe());
    absl::PrintF("  grid %d x %d x %d of blocks %d x %d x %d, %d bytes of dynamic shared memory\n",
                 program.grid[0], program.grid[1], program.grid[2], program.block[0],
                 program.block[1], program.block[2], program.dynamic_shared_bytes);
    absl::PrintF("%s\n", Print(program));
    Keep(SourceOf({&one, 1}, settings), program, "", settings);
    const bool reducible =
        verdict.kind != Verdict::Kind::kRejected && verdict.kind != Verdict::Kind::kTimeout;
    if (!options_.reduce || !reducible) return;
    Reduce(
        program,
        [&](Program& candidate) { return FailsAs(candidate, entry.expected, verdict, settings); },
        kReduceAttempts);
    FailsAs(program, entry.expected, verdict, settings);
    absl::PrintF("reduced:\n%s\n", Print(program));
    Keep(SourceOf({&one, 1}, settings), program, "-reduced", settings);
  }

  bool FailsAs(Program& candidate, Outcome& expected, const Verdict& wanted,
               const Settings& settings) {
    LayOut(candidate);
    Outcome outcome = Interpret(candidate, kMaxSteps);
    if (outcome.kind != Outcome::Kind::kDone) return false;
    const Case one{&candidate, &outcome};
    const bool fails = runner_.Run({&one, 1}, settings).front().kind == wanted.kind;
    if (fails) expected = std::move(outcome);
    return fails;
  }

  void Keep(const std::string& source, const Program& program, const char* suffix,
            const Settings& settings) {
    if (options_.keep.empty()) return;
    std::filesystem::create_directories(options_.keep);
    std::ofstream(
        absl::StrCat(options_.keep, "/", program.name, suffix, settings.cuda ? ".cu" : ".su"))
        << source;
  }

  const Options options_;
  const std::string folder_;
  const Runner runner_;
  Totals totals_;
};

void PrintProgram(uint64_t seed) {
  const std::unique_ptr<Program> program = Generate(seed);
  const Settings settings = SettingsFor(seed);
  const Case one{program.get(), nullptr};
  absl::PrintF("// %s\n// grid %d x %d x %d of blocks %d x %d x %d\n%s", settings.Describe(),
               program->grid[0], program->grid[1], program->grid[2], program->block[0],
               program->block[1], program->block[2], SourceOf({&one, 1}, settings));
}

int Main(int argc, char** argv) {
  Options options;
  if (const char* brcc = std::getenv("BRCC")) options.brcc = brcc;
  CLI::App app("Compares random kernels on the emulated card with a model of the kernel language.");
  app.add_option("--seed", options.seed, "first seed");
  app.add_option("--count", options.count, "number of programs");
  app.add_option("--seconds", options.seconds, "stop after this time; 0 for no limit");
  app.add_option("--batch", options.batch, "programs in one compilation, at most 64")
      ->check(CLI::Range(uint64_t{1}, kGroup));
  app.add_option("--brcc", options.brcc, "the compiler; else BRCC of the environment");
  app.add_option("--keep", options.keep, "folder for the sources of programs that fail");
  app.add_flag("--reduce", options.reduce, "make programs that fail small");
  app.add_flag("--model-only", options.model_only, "only generate and interpret");
  const CLI::Option* print =
      app.add_option("--print", options.seed, "print the source of one seed, and do nothing else");
  CLI11_PARSE(app, argc, argv);
  if (print->count() > 0) {
    PrintProgram(options.seed);
    return 0;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "kernel_fuzz_XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    std::perror("The folder for intermediate files cannot be made");
    return 2;
  }
  const Totals totals = Session(options, folder).Run();
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return totals.failures + totals.invalid == 0 && totals.programs > 0 ? 0 : 1;
}

}  // namespace
}  // namespace opensupa::fuzz

int main(int argc, char** argv) { return opensupa::fuzz::Main(argc, argv); }
