#pragma once

#include <span>
#include <string>

#include "device_images.h"
#include "opensupa/base/status.h"

namespace opensupa::cc {

/// What a call into libsupacc gave: bytes, and warnings to show.
struct SupaccResult {
  std::string bytes;
  std::string log;
};

/// libsupacc.so, opened when first needed, so that compiling plain C++ loads no LLVM. Stays open
/// until the process ends. Errors carry the library's diagnostics as their text.
class SupaccLibrary {
 public:
  /// kNotFound when the library cannot be opened, kFailedPrecondition when it speaks another
  /// version of the interface.
  static StatusOr<SupaccLibrary> Open(const std::string& path);

  StatusOr<SupaccResult> FinalizeDevice(const std::string& bitcode, const std::string& name,
                                        const std::string& options_json) const;
  /// `fat_binary` is the device half, empty if there is none.
  StatusOr<SupaccResult> EmbedHost(const std::string& bitcode, const std::string& fat_binary,
                                   const std::string& name, const std::string& options_json) const;
  StatusOr<SupaccResult> Compile(const std::string& bitcode, const std::string& name,
                                 const std::string& target, const std::string& options_json) const;
  StatusOr<SupaccResult> Link(std::span<const DeviceImage> images,
                              const std::string& options_json) const;

 private:
  struct Functions;
  explicit SupaccLibrary(const Functions* functions) : functions_(functions) {}
  const Functions* functions_;
};

}  // namespace opensupa::cc
