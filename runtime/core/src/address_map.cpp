#include "opensupa/core/address_map.h"

#include <mutex>

#include "absl/strings/str_format.h"
#include "opensupa/core/error.h"

namespace opensupa::rt {
namespace {

std::string Name(const Allocation& allocation) {
  return absl::StrFormat("the %d-byte %s at 0x%x of device %d", allocation.size_bytes,
                         KindName(allocation.kind), allocation.base, allocation.device);
}

}  // namespace

bool IsDeviceKind(MemoryKind kind) {
  return kind == MemoryKind::kDevice || kind == MemoryKind::kVariable ||
         kind == MemoryKind::kMapped;
}

const char* KindName(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::kDevice:
      return "device memory";
    case MemoryKind::kPinned:
      return "pinned host memory";
    case MemoryKind::kRegistered:
      return "registered host memory";
    case MemoryKind::kManaged:
      return "managed memory";
    case MemoryKind::kVariable:
      return "device variable";
    case MemoryKind::kMapped:
      return "mapped memory";
  }
  return "memory";
}

StatusOr<AllocationRef> AddressMap::Insert(Allocation allocation) {
  std::unique_lock lock(mutex_);
  auto next = live_.lower_bound(allocation.base);
  const Allocation* clash = nullptr;
  if (next != live_.end() && next->first < allocation.end()) clash = next->second.get();
  if (next != live_.begin()) {
    const AllocationRef& before = std::prev(next)->second;
    if (before->end() > allocation.base) clash = before.get();
  }
  if (clash != nullptr) {
    return MakeError(supaErrorHostMemoryAlreadyRegistered,
                     absl::StrFormat("The range of %d bytes at 0x%x overlaps %s.",
                                     allocation.size_bytes, allocation.base, Name(*clash)));
  }
  allocation.buffer_id = next_buffer_id_++;
  auto ref = std::make_shared<const Allocation>(allocation);
  live_.emplace_hint(next, allocation.base, ref);
  return ref;
}

AllocationRef AddressMap::FindLocked(uint64_t address) const {
  auto it = live_.upper_bound(address);
  if (it == live_.begin()) return nullptr;
  const AllocationRef& candidate = std::prev(it)->second;
  return address < candidate->end() ? candidate : nullptr;
}

AllocationRef AddressMap::Find(uint64_t address) const {
  std::shared_lock lock(mutex_);
  return FindLocked(address);
}

AllocationRef AddressMap::Remove(uint64_t base) {
  std::unique_lock lock(mutex_);
  auto it = live_.find(base);
  if (it == live_.end()) return nullptr;
  AllocationRef allocation = it->second;
  live_.erase(it);
  Retire(allocation);
  return allocation;
}

void AddressMap::Replace(uint64_t begin, uint64_t end, const std::vector<Allocation>& runs) {
  std::unique_lock lock(mutex_);
  const auto first = live_.lower_bound(begin);
  const auto last = live_.lower_bound(end);
  const std::map<uint64_t, AllocationRef> before(first, last);
  live_.erase(first, last);
  for (Allocation run : runs) {
    auto same = before.find(run.base);
    run.buffer_id = same != before.end() ? same->second->buffer_id : next_buffer_id_++;
    live_[run.base] = std::make_shared<const Allocation>(run);
  }
  for (const auto& [base, allocation] : before) {
    const bool all_known =
        FindLocked(base) != nullptr && FindLocked(allocation->end() - 1) != nullptr;
    if (!all_known) Retire(allocation);
  }
}

void AddressMap::RemoveContext(uint64_t context_id) {
  std::unique_lock lock(mutex_);
  for (auto it = live_.begin(); it != live_.end();) {
    if (it->second->context_id == context_id) {
      Retire(it->second);
      it = live_.erase(it);
    } else {
      ++it;
    }
  }
}

void AddressMap::Retire(AllocationRef allocation) {
  freed_.push_back(std::move(allocation));
  if (freed_.size() > kFreedKept) freed_.pop_front();
}

AllocationRef AddressMap::FindFreedLocked(uint64_t address) const {
  for (auto it = freed_.rbegin(); it != freed_.rend(); ++it) {
    if (address >= (*it)->base && address < (*it)->end()) return *it;
  }
  return nullptr;
}

AllocationRef AddressMap::FindFreed(uint64_t address) const {
  std::shared_lock lock(mutex_);
  return FindFreedLocked(address);
}

std::string AddressMap::Describe(uint64_t address) const {
  std::shared_lock lock(mutex_);
  if (address < 4096) return "a null pointer";
  if (AllocationRef inside = FindLocked(address)) {
    return absl::StrFormat("%d bytes into %s", address - inside->base, Name(*inside));
  }
  if (AllocationRef freed = FindFreedLocked(address)) {
    return absl::StrFormat("%d bytes into %s, which was freed", address - freed->base,
                           Name(*freed));
  }
  constexpr uint64_t kNear = 1ull << 30;
  auto it = live_.upper_bound(address);
  const Allocation* before = it == live_.begin() ? nullptr : std::prev(it)->second.get();
  const Allocation* after = it == live_.end() ? nullptr : it->second.get();
  if (before != nullptr && address - before->end() > kNear) before = nullptr;
  if (after != nullptr && after->base - address > kNear) after = nullptr;
  if (before != nullptr && (after == nullptr || address - before->end() <= after->base - address)) {
    return absl::StrFormat("%d bytes past the end of %s", address - before->end(), Name(*before));
  }
  if (after != nullptr) {
    return absl::StrFormat("%d bytes before the start of %s", after->base - address, Name(*after));
  }
  return "near no allocation of this process";
}

}  // namespace opensupa::rt
