#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "opensupa/base/status.h"

namespace opensupa::cc {

/// One serialised fat binary and the file it was found in, "libx.a(y.o)" for archive members.
struct DeviceImage {
  std::string origin;
  std::string bytes;
  bool relocatable = false;
};

/// The fat binaries in a file: a fat binary itself (.supafb), an ELF object, executable or shared
/// library (section .supa_fatbin), or an archive of objects. A file of these kinds without device
/// code gives none; another kind of file, or a damaged one, is kDataLoss.
StatusOr<std::vector<DeviceImage>> ReadDeviceImages(const std::string& path);

/// As ReadDeviceImages, for the content of a file; `origin` names it in messages.
StatusOr<std::vector<DeviceImage>> FindDeviceImages(const std::string& content,
                                                    const std::string& origin);

}  // namespace opensupa::cc
