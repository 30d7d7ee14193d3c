#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "opensupa/hal/hal.h"

namespace opensupa::hal {

/// One entry of OPENSUPA_DEVICES: "emu:BR106M*2" -> {"emu", "BR106M", 2}.
struct DeviceSpec {
  std::string backend;
  std::string model;
  uint32_t count = 1;
};

/// Parses a device list. An empty text gives an empty list. kInvalidArgument names the part that is
/// wrong.
StatusOr<std::vector<DeviceSpec>> ParseDeviceList(std::string_view text);

/// How a backend makes itself known. `make` gets all specs of its name, in order.
struct Backend {
  const char* name;
  const char* description;
  StatusOr<std::unique_ptr<Adapter>> (*make)(const std::vector<DeviceSpec>& specs);
};

/// Backends of this build, from the list in registry.cpp's caller: the runtime registers them once
/// at start.
void RegisterBackend(const Backend& backend);
std::vector<Backend> RegisteredBackends();

/// What was found and what was rejected with the reason.
struct Discovery {
  struct Rejection {
    std::string spec;
    Status reason;
  };
  std::vector<std::unique_ptr<Adapter>> adapters;  // in the order of the list
  std::vector<Rejection> rejected;
};

/// Makes the adapters that `text` asks for. A backend that fails is a rejection, never an error of
/// the whole.
Discovery Discover(std::string_view text);

}  // namespace opensupa::hal
