#pragma once

#include <string>
#include <vector>

#include "opensupa/base/status.h"
#include "opensupa/binary/device_images.h"

namespace opensupa::cc {

using binary::DeviceImage;
using binary::FindDeviceImages;

/// As FindDeviceImages, for the file at `path`.
StatusOr<std::vector<DeviceImage>> ReadDeviceImages(const std::string& path);

}  // namespace opensupa::cc
