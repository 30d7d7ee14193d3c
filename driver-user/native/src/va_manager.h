#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "opensupa/base/status.h"

namespace opensupa::native {

/// Hands out device addresses from one range of the process's address space. Two allocations are
/// always at least one unmapped guard page apart. Thread safe.
class VaManager {
 public:
  static constexpr uint64_t kPageBytes = 4096;

  /// The manager of the process: a PROT_NONE reservation at a place of the kernel's choice, made at
  /// the first call and kept until the process ends, so that no two devices share an address.
  /// kResourceExhausted when the process may not reserve even the smallest size.
  static StatusOr<VaManager*> Process();

  /// Manages [base, base + size_bytes), which must be reserved by the caller. Multiples of a page.
  VaManager(uint64_t base, uint64_t size_bytes);

  uint64_t base() const { return base_; }
  uint64_t size_bytes() const { return size_bytes_; }

  /// `size_bytes` is rounded up to pages. `align_bytes` is a power of two or 0. With a `hint` that
  /// is aligned and free with its guard page, the result is the hint; else any place.
  StatusOr<uint64_t> Allocate(uint64_t size_bytes, uint64_t align_bytes, uint64_t hint);

  /// Takes back what Allocate returned.
  void Free(uint64_t address);

  uint64_t FreeBytes() const;

 private:
  using FreeMap = std::map<uint64_t, uint64_t>;  // base -> bytes
  bool TakeAt(uint64_t address, uint64_t footprint_bytes);
  uint64_t Find(uint64_t footprint_bytes, uint64_t align_bytes) const;  // 0 = no place
  void AddFree(uint64_t base, uint64_t bytes);
  void RemoveFree(FreeMap::iterator place);

  const uint64_t base_;
  const uint64_t size_bytes_;
  mutable std::mutex mutex_;
  FreeMap free_by_base_;
  std::set<std::pair<uint64_t, uint64_t>> free_by_size_;       // (bytes, base)
  std::unordered_map<uint64_t, uint64_t> footprint_by_start_;  // allocation -> bytes with its guard
  uint64_t free_bytes_ = 0;
};

}  // namespace opensupa::native
