#include "opensupa_diagnostics.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "opensupa/base/fault_point.h"
#include "opensupa/base/options.h"
#include "opensupa/core/compiler_library.h"
#include "opensupa/core/kernel_cache.h"
#include "opensupa/core/runtime.h"

namespace opensupa::rt {
namespace {

using nlohmann::json;

json DescribeLayers() {
  Dl_info self{};
  dladdr(reinterpret_cast<const void*>(&opensupa_diagnostics_json), &self);
  const std::string own_path = self.dli_fname != nullptr ? self.dli_fname : "";
  json layers = json::array();
  layers.push_back({{"name", "libopensupa"},
                    {"path", own_path},
                    {"loaded", true},
                    {"detail", own_path},
                    {"error", ""}});
  CompilerLibrary compiler;
  StatusOr<std::string> build_id = compiler.BuildId();
  layers.push_back({{"name", "libsupacc"},
                    {"path", CompilerLibrary::Path()},
                    {"loaded", build_id.ok()},
                    {"detail", build_id.ok() ? *build_id : ""},
                    {"error", build_id.ok() ? "" : std::string(build_id.status().message())}});
  return layers;
}

json DescribeDevices(Runtime& runtime) {
  json devices = json::array();
  for (int ordinal = 0; ordinal < runtime.device_count(); ++ordinal) {
    StatusOr<DeviceSlot*> slot = runtime.Device(ordinal);
    if (!slot.ok()) continue;
    const hal::DeviceProperties& properties = (*slot)->properties;
    devices.push_back({{"ordinal", ordinal},
                       {"backend", properties.backend},
                       {"name", properties.name},
                       {"model", properties.model},
                       {"architecture", properties.architecture},
                       {"code_target", properties.code_target},
                       {"memory_bytes", properties.memory_bytes},
                       {"multiprocessors", properties.multiprocessors}});
  }
  return devices;
}

json DescribeOptions() {
  json list = json::array();
  for (const options::Option* option : options::All()) {
    const char* type = option->type == options::Type::kString    ? "string"
                       : option->type == options::Type::kInteger ? "integer"
                                                                 : "boolean";
    list.push_back({{"name", option->name},
                    {"type", type},
                    {"value", options::Get(*option)},
                    {"default", option->default_value},
                    {"set", options::IsSet(*option)},
                    {"description", option->description}});
  }
  return list;
}

json DescribeCache() {
  const std::filesystem::path folder = KernelCache::FolderFromOptions();
  if (folder.empty()) return {{"path", "(switched off)"}, {"writable", true}, {"error", ""}};
  Status status = KernelCache(folder).CheckWritable();
  return {{"path", folder.string()},
          {"writable", status.ok()},
          {"error", std::string(status.message())}};
}

json Describe() {
  Runtime& runtime = Runtime::Process();
  // No device is a normal state here; what was rejected says why.
  Status initialized = runtime.Initialize();
  json report = {{"version", OPENSUPA_VERSION}, {"layers", DescribeLayers()},
                 {"backends", json::array()},   {"devices", DescribeDevices(runtime)},
                 {"rejected", json::array()},   {"options", DescribeOptions()},
                 {"cache", DescribeCache()}};
  for (const hal::Backend& backend : hal::RegisteredBackends()) {
    report["backends"].push_back({{"name", backend.name}, {"description", backend.description}});
  }
  for (const hal::Discovery::Rejection& rejection : runtime.rejected()) {
    report["rejected"].push_back(
        {{"spec", rejection.spec}, {"reason", std::string(rejection.reason.message())}});
  }
  if (!initialized.ok() && report["devices"].empty() && report["rejected"].empty()) {
    report["note"] = std::string(initialized.message());
  }
  return report;
}

}  // namespace
}  // namespace opensupa::rt

extern "C" {

__attribute__((visibility("default"))) char* opensupa_diagnostics_json(void) {
  // Bytes that are no UTF-8 (from the environment) are replaced, so that dump never throws.
  const std::string text =
      opensupa::rt::Describe().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return strdup(text.c_str());
}

__attribute__((visibility("default"))) void opensupa_diagnostics_free(char* json) {
  std::free(json);
}

__attribute__((visibility("default"))) void opensupa_fault_arm(unsigned long long n) {
  opensupa::fault::Arm(n);
}

__attribute__((visibility("default"))) unsigned long long opensupa_fault_disarm(void) {
  return opensupa::fault::Disarm();
}

__attribute__((visibility("default"))) int opensupa_fault_fired(void) {
  return opensupa::fault::Fired() ? 1 : 0;
}
}
