#include "device_heap.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>

#include "opensupa/base/fault_point.h"

namespace opensupa::emu {

DeviceHeap::~DeviceHeap() { Clear(); }

void DeviceHeap::Clear() {
  std::lock_guard lock(mutex_);
  for (const auto& [start, size_bytes] : allocated_) quota_->Refund(size_bytes);
  if (base_ != 0) munmap(reinterpret_cast<void*>(base_), mapped_bytes_);
  base_ = mapped_bytes_ = used_bytes_ = 0;
  free_.clear();
  allocated_.clear();
}

bool DeviceHeap::MapLocked(uint64_t limit_bytes) {
  if (base_ != 0) return true;
  if (!fault::Check("emulator.map_heap").ok()) return false;
  constexpr uint64_t kPageBytes = 4096;
  const uint64_t bytes = std::max(kLeastBytes, (limit_bytes + kPageBytes - 1) & ~(kPageBytes - 1));
  void* mapping = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) return false;
  base_ = reinterpret_cast<uint64_t>(mapping);
  mapped_bytes_ = bytes;
  free_.emplace(base_, bytes);
  return true;
}

void* DeviceHeap::Allocate(uint64_t size_bytes, uint64_t limit_bytes) {
  if (size_bytes > limit_bytes) return nullptr;
  const uint64_t rounded =
      std::max(kAlignBytes, (size_bytes + kAlignBytes - 1) / kAlignBytes * kAlignBytes);
  std::lock_guard lock(mutex_);
  if (used_bytes_ + rounded > limit_bytes || !MapLocked(limit_bytes)) return nullptr;
  const auto hole = std::find_if(free_.begin(), free_.end(),
                                 [&](const auto& entry) { return entry.second >= rounded; });
  if (hole == free_.end() || !quota_->Charge(rounded)) return nullptr;
  const auto [start, hole_bytes] = *hole;
  free_.erase(hole);
  if (hole_bytes > rounded) free_.emplace(start + rounded, hole_bytes - rounded);
  allocated_.emplace(start, rounded);
  used_bytes_ += rounded;
  return reinterpret_cast<void*>(start);
}

bool DeviceHeap::Free(void* address) {
  std::lock_guard lock(mutex_);
  const auto it = allocated_.find(reinterpret_cast<uint64_t>(address));
  if (it == allocated_.end()) return false;
  auto [start, size_bytes] = *it;
  allocated_.erase(it);
  quota_->Refund(size_bytes);
  used_bytes_ -= size_bytes;
  auto after = free_.lower_bound(start);
  if (after != free_.end() && after->first == start + size_bytes) {
    size_bytes += after->second;
    after = free_.erase(after);
  }
  if (after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == start) {
      before->second += size_bytes;
      return true;
    }
  }
  free_.emplace(start, size_bytes);
  return true;
}

bool DeviceHeap::Contains(uint64_t address, uint64_t size_bytes) const {
  std::lock_guard lock(mutex_);
  return base_ != 0 && address >= base_ && size_bytes <= mapped_bytes_ &&
         address - base_ <= mapped_bytes_ - size_bytes;
}

}  // namespace opensupa::emu
