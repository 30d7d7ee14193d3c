#include "device_images.h"

#include "file_io.h"

namespace opensupa::cc {

StatusOr<std::vector<DeviceImage>> ReadDeviceImages(const std::string& path) {
  SUPA_ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  return FindDeviceImages(content, path);
}

}  // namespace opensupa::cc
