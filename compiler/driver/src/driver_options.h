#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "opensupa/base/status.h"
#include "option_table.h"

namespace opensupa::cc {

/// How far to go. Of several options that ask for a phase the one further down this list wins, as
/// in clang.
enum class Phase { kLink, kObject, kAssembly, kSyntaxOnly, kPreprocess, kDependencies };
enum class Half { kBoth, kHost, kDevice };
enum class Language {
  kSupa,         // .su
  kCuda,         // .cu: as .su, with the CUDA names
  kCxx,          // C++
  kC,            // C
  kOther,        // another language that clang knows (.s, .ll, ...)
  kLinkerInput,  // object, archive, shared library
};

struct Input {
  std::string path;
  Language language;
  std::string clang_language;  // what -x said; empty when the suffix decides
  bool IsKernelFile() const { return language == Language::kSupa || language == Language::kCuda; }
};

/// An input file or linker option at its place on the link line.
struct LinkItem {
  int input_index = -1;            // into DriverOptions::inputs, or -1
  std::vector<std::string> words;  // the option otherwise
};

/// Words for the steps that `route` names.
struct PassedOption {
  std::vector<std::string> words;
  uint32_t route;
};

/// Targets of the emulated card whose code goes into fat binaries unless --supa-native says which.
std::vector<std::string> DefaultNativeTargets();

/// What the command line asks for.
struct DriverOptions {
  Phase phase = Phase::kLink;
  Half half = Half::kBoth;
  bool emit_llvm = false;
  bool relocatable = false;
  bool supa_link = false;
  bool shared = false;
  bool verbose = false;
  bool dry_run = false;
  bool save_temps = false;
  bool save_temps_beside_output = false;
  bool show_version = false;
  bool show_help = false;
  bool link_runtime = true;
  bool link_cuda_names = false;    // -lcudart or -lcuda: libraries of lib/compat
  std::vector<std::string> query;  // -print-...: handed to clang

  std::vector<Input> inputs;
  std::vector<LinkItem> link_items;
  std::vector<PassedOption> passed;
  std::string output;

  std::string optimization;  // "", "0", "1", "2", "3", "s", "z", "g", "fast"
  bool optimize_device = true;
  bool debug = false;
  bool device_line_info = false;
  std::vector<std::string> remarks;  // of the vectoriser: "passed", "missed", "analysis"
  std::string standard;              // "c++20", "c11"; empty for the default
  std::vector<std::string> architectures;
  std::vector<std::string> native_targets = DefaultNativeTargets();
  std::string supa_path;
  std::string host_compiler;  // -ccbin

  std::string depend_flag;  // "-M", "-MM", "-MD", "-MMD" or empty
  std::string depend_file;
  std::vector<std::pair<std::string, std::string>> depend_targets;  // -MT or -MQ and the target

  std::vector<std::string> notes;  // to print, when something will be run

  /// Level for the device half: what -O says, 3 without it as kernel authors expect.
  int DeviceOptimizationLevel() const;
  /// The words of all passed options that have one of the bits of `route`.
  std::vector<std::string> WordsFor(uint32_t route) const;
};

/// One --supa-gpu-arch value.
struct Architecture {
  const char* name;
  const char* macro;  // defined as 1 in both halves, or null
};
std::span<const Architecture> Architectures();

/// Understands the command line (without the program's name, response files put in).
StatusOr<DriverOptions> ParseDriverOptions(std::span<const std::string> words);

}  // namespace opensupa::cc
