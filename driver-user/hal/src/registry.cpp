#include "opensupa/hal/registry.h"

#include <algorithm>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::hal {
namespace {

constexpr uint32_t kMaxCardsPerSpec = 64;

struct Registry {
  std::mutex mutex;
  std::vector<Backend> backends;
};

Registry& GlobalRegistry() {
  static Registry& registry = *new Registry;  // outlives every static object that may still use it
  return registry;
}

Status Wrong(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("Device list entry '", text, "' is wrong: ", why,
                   " An entry looks like backend:MODEL or backend:MODEL*COUNT."));
}

bool IsWord(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
  });
}

StatusOr<DeviceSpec> ParseEntry(absl::string_view entry) {
  DeviceSpec spec;
  const size_t colon = entry.find(':');
  if (colon == absl::string_view::npos) return Wrong(entry, "it has no ':' after the backend.");
  absl::string_view backend = absl::StripAsciiWhitespace(entry.substr(0, colon));
  absl::string_view model = absl::StripAsciiWhitespace(entry.substr(colon + 1));
  if (const size_t star = model.find('*'); star != absl::string_view::npos) {
    absl::string_view count = absl::StripAsciiWhitespace(model.substr(star + 1));
    if (!absl::SimpleAtoi(count, &spec.count) || spec.count == 0 || spec.count > kMaxCardsPerSpec) {
      return Wrong(entry, absl::StrCat("the count '", count, "' is not a number from 1 to ",
                                       kMaxCardsPerSpec, "."));
    }
    model = absl::StripAsciiWhitespace(model.substr(0, star));
  }
  if (!IsWord(backend)) return Wrong(entry, "the name of the backend is empty or no word.");
  if (!IsWord(model)) return Wrong(entry, "the model is empty or no word.");
  spec.backend = std::string(backend);
  spec.model = std::string(model);
  return spec;
}

std::string SpecText(const DeviceSpec& spec) {
  return absl::StrCat(spec.backend, ":", spec.model,
                      spec.count == 1 ? "" : absl::StrCat("*", spec.count));
}

StatusOr<std::unique_ptr<Adapter>> MakeAdapter(const std::string& name,
                                               const std::vector<DeviceSpec>& specs) {
  std::vector<std::string> known;
  for (const Backend& backend : RegisteredBackends()) {
    if (name == backend.name) {
      OPENSUPA_FAULT_POINT("hal.make_adapter");
      return backend.make(specs);
    }
    known.emplace_back(backend.name);
  }
  return absl::NotFoundError(
      absl::StrCat("There is no backend '", name, "' in this build; it has: ",
                   known.empty() ? std::string("none") : absl::StrJoin(known, ", "), "."));
}

}  // namespace

StatusOr<std::vector<DeviceSpec>> ParseDeviceList(std::string_view list) {
  const absl::string_view text(list.data(), list.size());
  std::vector<DeviceSpec> specs;
  if (absl::StripAsciiWhitespace(text).empty()) return specs;
  for (absl::string_view entry : absl::StrSplit(text, ',')) {
    SUPA_ASSIGN_OR_RETURN(DeviceSpec spec, ParseEntry(absl::StripAsciiWhitespace(entry)));
    specs.push_back(std::move(spec));
  }
  return specs;
}

void RegisterBackend(const Backend& backend) {
  Registry& registry = GlobalRegistry();
  std::lock_guard lock(registry.mutex);
  for (Backend& existing : registry.backends) {
    if (absl::string_view(existing.name) == backend.name) {
      existing = backend;
      return;
    }
  }
  registry.backends.push_back(backend);
}

std::vector<Backend> RegisteredBackends() {
  Registry& registry = GlobalRegistry();
  std::lock_guard lock(registry.mutex);
  return registry.backends;
}

Discovery Discover(std::string_view text) {
  Discovery discovery;
  StatusOr<std::vector<DeviceSpec>> specs = ParseDeviceList(text);
  if (!specs.ok()) {
    discovery.rejected.push_back({std::string(text), specs.status()});
    return discovery;
  }
  std::vector<std::string> names;  // in the order of first mention
  for (const DeviceSpec& spec : *specs) {
    if (std::find(names.begin(), names.end(), spec.backend) == names.end()) {
      names.push_back(spec.backend);
    }
  }
  for (const std::string& name : names) {
    std::vector<DeviceSpec> good;
    for (const DeviceSpec& spec : *specs) {
      if (spec.backend != name) continue;
      // Each alone first, so that one wrong model does not take the others along.
      StatusOr<std::unique_ptr<Adapter>> alone = MakeAdapter(name, {spec});
      if (alone.ok()) {
        good.push_back(spec);
      } else {
        discovery.rejected.push_back({SpecText(spec), alone.status()});
      }
    }
    if (good.empty()) continue;
    StatusOr<std::unique_ptr<Adapter>> adapter = MakeAdapter(name, good);
    if (adapter.ok()) {
      discovery.adapters.push_back(std::move(*adapter));
    } else {
      discovery.rejected.push_back({name, adapter.status()});
    }
  }
  return discovery;
}

}  // namespace opensupa::hal
