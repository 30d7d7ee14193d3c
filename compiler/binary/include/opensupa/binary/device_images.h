#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace opensupa::binary {

/// One serialised fat binary and the file it was found in, "libx.a(y.o)" for archive members.
struct DeviceImage {
  std::string origin;
  std::string bytes;
  bool relocatable = false;
};

/// The fat binaries in the content of a file, in the order of the file: of a fat binary itself
/// (.supafb), an ELF object, executable or shared library (section .supa_fatbin), or an archive of
/// objects. A file of these kinds without device code gives none; another kind of file, or a
/// damaged one, is kDataLoss. `origin` names the file in messages.
absl::StatusOr<std::vector<DeviceImage>> FindDeviceImages(const std::string& content,
                                                          const std::string& origin);

}  // namespace opensupa::binary
