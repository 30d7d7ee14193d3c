#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "specialize.h"

namespace opensupa::cc {

/// What a call delivers.
enum class EmitKind { kFatBinary, kBitcode, kText, kExplanation };

/// Options of every supacc call; each call reads the ones that its documentation names.
struct CallOptions {
  std::optional<int> opt_level;  // 0 to 3
  bool debug = false;
  bool warnings = true;
  bool relocatable = false;
  bool warp_lockstep = false;
  std::optional<Specialization> specialization;
  std::string dump_folder;
  std::string source;
  std::vector<std::string> architectures;
  std::vector<std::string> native_targets;
  std::vector<std::string> remarks;  // of "passed", "missed", "analysis"
  EmitKind emit = EmitKind::kFatBinary;
};

/// Reads the options of a call; null or empty text means the defaults. kInvalidArgument for text
/// that is no JSON object, for an unknown key and for a value of the wrong type or range.
absl::StatusOr<CallOptions> ParseCallOptions(const char* text);

}  // namespace opensupa::cc
