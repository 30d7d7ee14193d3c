#pragma once

#include "absl/status/statusor.h"
#include "compile.h"

namespace opensupa::cc {

/// Reads the options of supacc_compile; null or empty text means the defaults. kInvalidArgument
/// for text that is no JSON object, for an unknown key and for a value of the wrong type or range.
absl::StatusOr<CompileOptions> ParseCompileOptions(const char* text);

}  // namespace opensupa::cc
