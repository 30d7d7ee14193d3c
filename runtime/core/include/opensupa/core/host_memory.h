#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "opensupa/core/address_map.h"
#include "opensupa/hal/hal.h"

namespace opensupa::rt {

/// Page-locked, registered and managed memory of the process: host memory that every context's
/// device may use at its host address. Thread safe.
class HostMemory {
 public:
  explicit HostMemory(AddressMap& addresses) : addresses_(addresses) {}
  ~HostMemory();

  /// Allocates `size_bytes` > 0 for the context `owner_id` of device `ordinal`, which frees it at
  /// its end. `kind` is kPinned or kManaged.
  StatusOr<void*> Allocate(uint64_t owner_id, int ordinal, uint64_t size_bytes, MemoryKind kind,
                           uint32_t flags);
  /// Frees what Allocate returned. supaErrorInvalidValue for any other pointer.
  Status Free(void* pointer, MemoryKind kind);

  /// supaErrorHostMemoryAlreadyRegistered when part of the range is known already.
  Status Register(uint64_t owner_id, int ordinal, void* pointer, uint64_t size_bytes,
                  uint32_t flags);
  /// Makes `pointer`, storage of a __managed__ variable, known as managed memory of the process.
  /// Once is enough for all devices; later calls change nothing.
  Status RegisterManaged(void* pointer, uint64_t size_bytes);
  /// Forgets storage that RegisterManaged took, if it did.
  void ForgetManaged(void* pointer);
  /// supaErrorHostMemoryNotRegistered when `pointer` starts no registered range.
  Status Unregister(void* pointer);

  /// Makes all memory usable by the device of context `context_id`, now and later.
  Status Attach(uint64_t context_id, std::shared_ptr<hal::Device> device);
  /// Undoes Attach and frees what the context owns.
  void Detach(uint64_t context_id);

 private:
  struct Block {
    uint64_t size_bytes = 0;
    uint64_t owner_id = 0;
    void* storage = nullptr;  // null for registered memory, which the program owns
  };
  struct Attached {
    uint64_t context_id;
    std::shared_ptr<hal::Device> device;
  };
  Status RegisterEverywhere(void* pointer, uint64_t size_bytes);
  void UnregisterEverywhere(void* pointer);
  Status Add(uint64_t owner_id, int ordinal, void* pointer, uint64_t size_bytes, MemoryKind kind,
             uint32_t flags, void* storage);
  void Drop(std::map<uint64_t, Block>::iterator block);

  AddressMap& addresses_;
  std::mutex mutex_;  // taken before the address map's
  std::map<uint64_t, Block> blocks_;
  std::vector<Attached> attached_;
};

}  // namespace opensupa::rt
