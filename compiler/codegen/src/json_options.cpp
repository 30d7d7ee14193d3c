#include "json_options.h"

#include <string>

#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "opensupa/base/status.h"

namespace opensupa::cc {
namespace {

absl::StatusOr<nlohmann::json> ParseObject(const char* text) {
  if (text == nullptr || *text == '\0') return nlohmann::json::object();
  nlohmann::json parsed = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("The compiler options (%s) are no JSON object.", text));
  }
  return parsed;
}

absl::Status ReadOptLevel(const nlohmann::json& value, int& opt_level) {
  if (!value.is_number_integer() || value < 0 || value > 3) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "The compiler option opt_level (%s) must be a whole number from 0 to 3.", value.dump()));
  }
  opt_level = value.get<int>();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CompileOptions> ParseCompileOptions(const char* text) {
  SUPA_ASSIGN_OR_RETURN(const nlohmann::json object, ParseObject(text));
  CompileOptions options;
  for (const auto& [key, value] : object.items()) {
    if (key == "opt_level") {
      SUPA_RETURN_IF_ERROR(ReadOptLevel(value, options.opt_level));
    } else if (key == "debug") {
      // Host code carries no debug information yet; the option is accepted since every build
      // passes it.
      if (!value.is_boolean()) {
        return absl::InvalidArgumentError(
            absl::StrFormat("The compiler option debug (%s) must be true or false.", value.dump()));
      }
    } else {
      return absl::InvalidArgumentError(
          absl::StrFormat("The compiler option %s is not known.", key));
    }
  }
  return options;
}

}  // namespace opensupa::cc
