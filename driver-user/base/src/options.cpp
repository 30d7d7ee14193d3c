#include "opensupa/base/options.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace opensupa::options {
namespace {

constexpr const Option* kAll[] = {
    &kDevices,
    &kEmulatorWorkers,
    &kEmulatorSeed,
    &kEmulatorStackBytes,
    &kEngine,
    &kHostLevel,
    &kCacheDir,
    &kCacheDisable,
    &kCacheMaxBytes,
    &kClang,
    &kCompilerLibrary,
    &kSpecialize,
    &kJitDump,
    &kJitOptLevel,
    &kLog,
    &kRecord,
    &kTrace,
    &kVisibleDevices,
    &kCudaVisibleDevices,
    &kLaunchBlocking,
    &kCudaLaunchBlocking,
    &kWarpLockstep,
    &kEmulatorStreamBytes,
};

}  // namespace

std::span<const Option* const> All() { return kAll; }

bool IsSet(const Option& option) { return std::getenv(option.name) != nullptr; }

std::string Get(const Option& option) {
  const char* value = std::getenv(option.name);
  return value != nullptr ? value : option.default_value;
}

StatusOr<int64_t> GetInteger(const Option& option) {
  std::string text = Get(option);
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    return absl::InvalidArgumentError(
        absl::StrCat("Option ", option.name, " is '", text, "', which is not a whole number."));
  }
  return value;
}

bool GetBoolean(const Option& option) {
  std::string text = absl::AsciiStrToLower(Get(option));
  return text == "1" || text == "true" || text == "yes" || text == "on";
}

}  // namespace opensupa::options
