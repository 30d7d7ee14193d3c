#pragma once

#include <span>
#include <string>
#include <vector>

#include "opensupa/base/status.h"

namespace opensupa::cc {

/// How build systems put brcc in place of their C++ compiler for some files only:
///   brcc --supa-launch [brcc options] -- <compiler> [options] files
/// (CMake's CXX_COMPILER_LAUNCHER). A command for .su or .cu files becomes one of brcc, with the
/// options of both; every other one is left to the compiler.
struct LaunchCommand {
  bool is_kernel_file = false;
  std::vector<std::string> words;  // brcc's arguments, or the compiler and its arguments
};

/// `words` follow --supa-launch. An error when there is no "--" or no compiler behind it.
StatusOr<LaunchCommand> ParseLaunch(std::span<const std::string> words);

}  // namespace opensupa::cc
