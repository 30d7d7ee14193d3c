#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "interpreter.h"
#include "program.h"

namespace opensupa::fuzz {

/// How programs are compiled and run.
struct Settings {
  bool cuda = false;
  int brcc_level = 2;
  /// Level of the run-time compiler; -1 for the one of brcc.
  int jit_level = -1;
  int workers = 1;
  /// Order in which the emulated card runs threads.
  int engine_seed = 0;

  std::string Describe() const;
};

/// Seeds that share a compilation: the settings are the same for each aligned group of so many.
constexpr uint64_t kGroup = 64;
Settings SettingsFor(uint64_t seed);

struct Verdict {
  enum class Kind : uint8_t { kSame, kMismatch, kRejected, kFailed, kCrashed, kTimeout, kNotRun };

  Kind kind = Kind::kNotRun;
  /// What differs, or the message.
  std::string text;
};
const char* KindName(Verdict::Kind kind);

/// A program with the outcome that the model gives it.
struct Case {
  const Program* program = nullptr;
  const Outcome* expected = nullptr;
};

/// The whole source text for some programs.
std::string SourceOf(std::span<const Case> cases, const Settings& settings);

/// Compiles programs with brcc and runs them on the emulated card, in a process of its own.
class Runner {
 public:
  Runner(std::string brcc, std::string folder)
      : brcc_(std::move(brcc)), folder_(std::move(folder)) {}

  /// Compiles and runs all cases together; one verdict for each.
  std::vector<Verdict> Run(std::span<const Case> cases, const Settings& settings) const;
  /// As above, and gives each case a process of its own if one of them takes the others down.
  std::vector<Verdict> RunApart(std::span<const Case> cases, const Settings& settings) const;

 private:
  std::string brcc_;
  std::string folder_;
};

}  // namespace opensupa::fuzz
