#include "address_space.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <mutex>

#include "host_ranges.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::emu {
namespace {

int Protection(uint32_t access) {
  int protection = PROT_NONE;
  if ((access & SUPA_UAPI_BIND_ACCESS_READ) != 0) protection |= PROT_READ;
  if ((access & SUPA_UAPI_BIND_ACCESS_WRITE) != 0) protection |= PROT_READ | PROT_WRITE;
  if ((access & SUPA_UAPI_BIND_ACCESS_EXECUTE) != 0) protection |= PROT_EXEC;
  return protection;
}

bool Overlaps(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes) {
  return a < b + b_bytes && b < a + a_bytes;
}

}  // namespace

AddressSpace::AddressSpace(uint32_t id, uint64_t base, uint64_t size_bytes,
                           std::shared_ptr<MemoryQuota> quota)
    : id_(id), base_(base), size_bytes_(size_bytes), heap_(std::move(quota)) {}

AddressSpace::~AddressSpace() { Clear(); }

int AddressSpace::Map(std::shared_ptr<BufferObject> bo, uint64_t offset_bytes, uint64_t va,
                      uint64_t size_bytes, uint32_t access) {
  if (!fault::Check("emulator.bind").ok()) return -ENOMEM;
  if (va < base_ || size_bytes > size_bytes_ || va - base_ > size_bytes_ - size_bytes ||
      size_bytes > bo->size_bytes() || offset_bytes > bo->size_bytes() - size_bytes) {
    return -EINVAL;
  }
  std::unique_lock lock(mutex_);
  if (!host_ranges::Claim(va, size_bytes)) return -EBUSY;
  const int result = bo->Map(offset_bytes, va, size_bytes, Protection(access));
  if (result != 0) {
    host_ranges::Release(va);
    return result;
  }
  version_.fetch_add(1);
  binds_.emplace(va, Bind{size_bytes, offset_bytes, access, std::move(bo)});
  return 0;
}

int AddressSpace::MapUser(uint64_t address, uint64_t size_bytes, uint32_t access) {
  if (!fault::Check("emulator.bind_user").ok()) return -ENOMEM;
  // Asking for a write-back does nothing to the memory, but fails where nothing is mapped.
  if (msync(reinterpret_cast<void*>(address), size_bytes, MS_ASYNC) != 0) return -EINVAL;
  std::unique_lock lock(mutex_);
  version_.fetch_add(1);
  user_.emplace(address, UserBind{size_bytes, access});
  longest_user_bytes_ = std::max(longest_user_bytes_, size_bytes);
  return 0;
}

/// The binds that make up the range; each must lie in it as a whole.
int AddressSpace::FindWhole(uint64_t va, uint64_t size_bytes, Binds::iterator* first,
                            Binds::iterator* last) {
  *first = binds_.lower_bound(va);
  *last = binds_.lower_bound(va + size_bytes);
  if (*first != binds_.begin()) {
    const auto before = std::prev(*first);
    if (before->first + before->second.size_bytes > va) return -EINVAL;
  }
  if (*first == *last) return -ENOENT;
  const auto end = std::prev(*last);
  return end->first + end->second.size_bytes > va + size_bytes ? -EINVAL : 0;
}

bool AddressSpace::PinnedLocked(uint64_t va, uint64_t size_bytes) const {
  return std::any_of(pinned_.begin(), pinned_.end(), [&](const auto& pin) {
    return Overlaps(va, size_bytes, pin.first, pin.second);
  });
}

bool AddressSpace::UnmapUser(uint64_t va, uint64_t size_bytes) {
  const auto [first, last] = user_.equal_range(va);
  for (auto it = first; it != last; ++it) {
    if (it->second.size_bytes != size_bytes) continue;
    user_.erase(it);
    return true;
  }
  return false;
}

int AddressSpace::Unmap(uint64_t va, uint64_t size_bytes) {
  std::unique_lock lock(mutex_);
  if (PinnedLocked(va, size_bytes)) return -EBUSY;
  version_.fetch_add(1);
  if (UnmapUser(va, size_bytes)) return 0;
  Binds::iterator first, last;
  if (const int result = FindWhole(va, size_bytes, &first, &last); result != 0) return result;
  while (first != last) {
    Bind& bind = first->second;
    const int result = bind.bo->Unmap(bind.offset_bytes, first->first, bind.size_bytes);
    if (result != 0) return result;
    host_ranges::Release(first->first);
    first = binds_.erase(first);
  }
  return 0;
}

int AddressSpace::Protect(uint64_t va, uint64_t size_bytes, uint32_t access) {
  if (!fault::Check("emulator.protect").ok()) return -ENOMEM;
  std::unique_lock lock(mutex_);
  if (PinnedLocked(va, size_bytes)) return -EBUSY;
  Binds::iterator first, last;
  if (const int result = FindWhole(va, size_bytes, &first, &last); result != 0) return result;
  version_.fetch_add(1);
  for (; first != last; ++first) {
    if (mprotect(reinterpret_cast<void*>(first->first), first->second.size_bytes,
                 Protection(access)) != 0) {
      return -errno;
    }
    first->second.access = access;
  }
  return 0;
}

void AddressSpace::Clear() {
  std::unique_lock lock(mutex_);
  version_.fetch_add(1);
  for (auto& [va, bind] : binds_) {
    // When the host cannot park the contents, they are lost with the address space; the reservation
    // must come back all the same.
    if (bind.bo->Unmap(bind.offset_bytes, va, bind.size_bytes) != 0) {
      ReserveHostRange(va, bind.size_bytes);
    }
    host_ranges::Release(va);
  }
  binds_.clear();
  user_.clear();
  heap_.Clear();
}

/// End of the longest bind that holds `va` and allows `access`, or `va`.
uint64_t AddressSpace::ReachLocked(uint64_t va, uint32_t access) const {
  const auto after = binds_.upper_bound(va);
  if (after != binds_.begin()) {
    const auto& [start, bind] = *std::prev(after);
    const uint64_t end = start + bind.size_bytes;
    if (end > va) return (bind.access & access) == access ? end : va;
  }
  uint64_t reach = va;
  for (auto it = user_.upper_bound(va); it != user_.begin();) {
    --it;
    if (va - it->first >= longest_user_bytes_) break;
    if ((it->second.access & access) == access) {
      reach = std::max(reach, it->first + it->second.size_bytes);
    }
  }
  return reach;
}

bool AddressSpace::AllowsLocked(uint64_t va, uint64_t size_bytes, uint32_t access) const {
  if (size_bytes == 0) return true;
  if (va + size_bytes < va) return false;
  const uint64_t end = va + size_bytes;
  while (va < end) {
    const uint64_t reach = ReachLocked(va, access);
    if (reach == va) return false;
    va = reach;
  }
  return true;
}

bool AddressSpace::Holds(const Known& known, uint64_t va, uint64_t size_bytes,
                         uint32_t access) const {
  return known.version == version_.load() && (known.access & access) == access &&
         va >= known.begin && va <= known.end && size_bytes <= known.end - va;
}

bool AddressSpace::Allows(uint64_t va, uint64_t size_bytes, uint32_t access, Known* known) const {
  if (known != nullptr && Holds(*known, va, size_bytes, access)) return true;
  {
    std::shared_lock lock(mutex_);
    if (AllowsLocked(va, size_bytes, access)) {
      if (known != nullptr) *known = {version_.load(), va, ReachLocked(va, access), access};
      return true;
    }
  }
  return (access & SUPA_UAPI_BIND_ACCESS_EXECUTE) == 0 && heap_.Contains(va, size_bytes);
}

bool AddressSpace::CodeAround(uint64_t va, Known* known) const {
  constexpr uint32_t kExecute = SUPA_UAPI_BIND_ACCESS_EXECUTE;
  if (Holds(*known, va, 1, kExecute)) return true;
  std::shared_lock lock(mutex_);
  const auto keep = [&](uint64_t start, uint64_t size_bytes, uint32_t access) {
    if (start > va || start + size_bytes <= va || (access & kExecute) == 0) return false;
    *known = {version_.load(), start, start + size_bytes, kExecute};
    return true;
  };
  const auto after = binds_.upper_bound(va);
  if (after != binds_.begin()) {
    const auto& [start, bind] = *std::prev(after);
    if (keep(start, bind.size_bytes, bind.access)) return true;
  }
  return std::any_of(user_.begin(), user_.end(), [&](const auto& entry) {
    return keep(entry.first, entry.second.size_bytes, entry.second.access);
  });
}

bool AddressSpace::Pin(uint64_t va, uint64_t size_bytes) {
  std::unique_lock lock(mutex_);
  constexpr uint32_t kReadWrite = SUPA_UAPI_BIND_ACCESS_READ | SUPA_UAPI_BIND_ACCESS_WRITE;
  if (!AllowsLocked(va, size_bytes, kReadWrite)) return false;
  pinned_.emplace(va, size_bytes);
  return true;
}

void AddressSpace::Unpin(uint64_t va) {
  std::unique_lock lock(mutex_);
  const auto it = pinned_.find(va);
  if (it != pinned_.end()) pinned_.erase(it);
}

bool AddressSpace::Kill(const supa_uapi_event& event, std::string_view text) {
  uint32_t alive = 0;
  // The event stands in the log before anyone can see the death and look for the reason.
  std::unique_lock lock(mutex_);
  if (dead()) return false;
  events_.AddFault(event, text);
  return killed_by_.compare_exchange_strong(alive, event.type);
}

}  // namespace opensupa::emu
