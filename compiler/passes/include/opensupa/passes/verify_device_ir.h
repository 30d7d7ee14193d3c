#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// One rule of docs/device-ir.md that a module breaks.
struct RuleViolation {
  std::string rule;        // "IR001" and so on
  std::string message;     // a full sentence that names the function or variable, demangled
  std::string place = {};  // "file:line:column", if the module knows
  std::string hint = {};   // what to write instead
};

/// Checks a module against every rule. An empty result means that any backend must accept it. The
/// module must have passed LLVM's own verifier.
std::vector<RuleViolation> VerifyDeviceIr(const llvm::Module& module);

/// The findings as clang prints errors, "file:line:column: error: IR007: message" where the place
/// is known, each followed by its hint as a note.
std::string FormatViolations(const std::vector<RuleViolation>& violations);

/// LLVM's verifier, then the rules. kInternal or kInvalidArgument, with the findings as text.
absl::Status CheckDeviceIr(const llvm::Module& module);

}  // namespace opensupa::cc
