#pragma once

#include <span>
#include <string>

namespace opensupa::cc {

/// True when `word`, the first argument, names a step that brcc runs as a process of its own, as
/// clang does with -cc1: LLVM is then never in the driver, and a crash ends one step only.
bool IsSupaccStep(const std::string& word);

/// Runs the step: `words` are the arguments from its name on. Returns the exit code; messages go to
/// standard error.
///   -supacc-finalize OPTIONS INPUT -o OUTPUT   device bitcode -> fat binary
///   -supacc-embed OPTIONS INPUT -o OUTPUT      host bitcode -> host bitcode that registers it
///   -supacc-link OPTIONS -o OUTPUT INPUT...    objects, archives, fat binaries -> fat binary
///   -supacc-check-link FILE                    device link of a linked file, result dropped
int RunSupaccStep(std::span<const std::string> words);

}  // namespace opensupa::cc
