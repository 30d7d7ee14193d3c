#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "opensupa/core/image.h"
#include "runtime/supa_error_types.h"

namespace opensupa::rt {

/// What a host stub or shadow stands for.
struct RegisteredSymbol {
  std::shared_ptr<Image> image;
  std::string name;
};

/// The fat binaries that compiled objects registered as they were loaded, and their stubs and
/// shadows. Registering touches no device and parses nothing, since it happens before main.
/// Relocatable fat binaries of one shared object are linked together when one is first used.
/// Thread safe.
class ProgramRegistry {
 public:
  explicit ProgramRegistry(CodeStore& store) : store_(store) {}

  /// `wrapper` is the record an object's .supaFatBinSegment holds. The handle is never null.
  void** Register(const binary::FatBinaryWrapper* wrapper);
  void RegisterFunction(void** handle, const void* stub, const char* name);
  void RegisterVariable(void** handle, const void* shadow, const char* name);
  /// A __managed__ variable, which host and device keep at `storage`.
  void RegisterManaged(void** handle, void* storage, uint64_t size_bytes, const char* name);
  /// Forgets the fat binary with its stubs. Returns the image that was made of it, if any.
  std::shared_ptr<Image> Unregister(void** handle);

  /// supaErrorInvalidDeviceFunction when `stub` was never registered; supaErrorInvalidKernelImage
  /// and the like when its fat binary is bad.
  StatusOr<RegisteredSymbol> FindFunction(const void* stub);
  StatusOr<RegisteredSymbol> FindVariable(const void* shadow);

 private:
  struct Registration {
    const binary::FatBinaryWrapper* wrapper;
    std::string object;  // shared object that holds the wrapper
    Image::ManagedVariables managed;
    std::shared_ptr<Image> image;  // made at first use
  };
  struct Symbol {
    Registration* registration;
    std::string name;
  };
  using Symbols = absl::flat_hash_map<const void*, Symbol>;

  StatusOr<RegisteredSymbol> Find(const Symbols& symbols, const void* host, supaError_t missing,
                                  const char* what);
  StatusOr<std::shared_ptr<Image>> ImageOf(Registration& registration);
  StatusOr<std::shared_ptr<Image>> LinkObject(const std::string& object);

  CodeStore& store_;
  std::mutex image_mutex_;  // making of images; taken before mutex_
  mutable std::shared_mutex mutex_;
  std::map<void**, std::unique_ptr<Registration>> registrations_;
  Symbols functions_;
  Symbols variables_;
};

}  // namespace opensupa::rt
