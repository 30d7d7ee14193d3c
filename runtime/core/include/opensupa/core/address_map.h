#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "opensupa/base/status.h"

namespace opensupa::rt {

enum class MemoryKind {
  kDevice,      // supaMalloc
  kPinned,      // supaHostAlloc
  kRegistered,  // supaHostRegister
  kManaged,     // supaMallocManaged
  kVariable,    // __device__ or __constant__ variable of a loaded module
  kMapped,      // suMemMap
};

/// True for memory of a device, which the host reaches only through copies.
bool IsDeviceKind(MemoryKind kind);
/// "device memory", "pinned host memory", ...
const char* KindName(MemoryKind kind);

/// One run of addresses the runtime knows. Immutable once in the map.
struct Allocation {
  uint64_t base = 0;
  uint64_t size_bytes = 0;
  MemoryKind kind = MemoryKind::kDevice;
  int device = 0;           // ordinal
  uint64_t context_id = 0;  // Context::id() of the owner
  uint32_t flags = 0;       // as given by the program
  uint64_t buffer_id = 0;   // unique in the process; set by Insert

  uint64_t end() const { return base + size_bytes; }
};
using AllocationRef = std::shared_ptr<const Allocation>;

/// Who owns which address, over all devices and the host: addresses are unique in the process.
/// Remembers allocations that were freed, so that messages can tell a stale pointer from a foreign
/// one. Thread safe.
class AddressMap {
 public:
  /// supaErrorHostMemoryAlreadyRegistered when the range overlaps a known one.
  StatusOr<AllocationRef> Insert(Allocation allocation);
  /// The allocation that holds `address`, or null.
  AllocationRef Find(uint64_t address) const;
  /// Takes out the allocation that starts at `base`; null when there is none.
  AllocationRef Remove(uint64_t base);
  /// Makes `runs` all that is known of [begin, end), in one step, so that what was there before and
  /// still is can be found at any time. A run that starts where one did keeps its buffer id.
  void Replace(uint64_t begin, uint64_t end, const std::vector<Allocation>& runs);
  /// Takes out everything that `context_id` owns.
  void RemoveContext(uint64_t context_id);
  /// The freed allocation that last held `address`, or null.
  AllocationRef FindFreed(uint64_t address) const;
  /// What `address` is, such as "16 bytes past the end of the 1024-byte device memory at 0x7f00";
  /// for use after "it is".
  std::string Describe(uint64_t address) const;

 private:
  static constexpr size_t kFreedKept = 4096;
  void Retire(AllocationRef allocation);
  AllocationRef FindLocked(uint64_t address) const;
  AllocationRef FindFreedLocked(uint64_t address) const;

  mutable std::shared_mutex mutex_;
  std::map<uint64_t, AllocationRef> live_;  // by base
  std::deque<AllocationRef> freed_;         // newest last
  uint64_t next_buffer_id_ = 1;
};

}  // namespace opensupa::rt
