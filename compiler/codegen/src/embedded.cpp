#include "embedded.h"

extern "C" {
// Defined in embedded_bytes.S.
extern const char opensupa_devicelib_begin[];
extern const char opensupa_devicelib_end[];
extern const char opensupa_x86_support_begin[];
extern const char opensupa_x86_support_end[];
}

namespace opensupa::cc {

llvm::StringRef EmbeddedDeviceLibrary() {
  return {opensupa_devicelib_begin,
          static_cast<size_t>(opensupa_devicelib_end - opensupa_devicelib_begin)};
}

llvm::StringRef EmbeddedX86Support() {
  return {opensupa_x86_support_begin,
          static_cast<size_t>(opensupa_x86_support_end - opensupa_x86_support_begin)};
}

}  // namespace opensupa::cc
