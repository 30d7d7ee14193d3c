#include "opensupa/core/host_memory.h"

#include <cstdlib>
#include <new>

#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/core/error.h"
#include "runtime/supa_memory_types.h"

namespace opensupa::rt {
namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kProcess = 0;  // owner of what no context frees
constexpr uint64_t kHugePageBytes = 2 << 20;

uint64_t RoundUp(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

uint64_t AddressOf(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

/// Whole pages, so that no other heap object shares a page which a device may use.
StatusOr<void*> AllocatePages(uint64_t size_bytes) {
  OPENSUPA_FAULT_POINT("runtime.host_allocate");
  constexpr uint64_t kLimitBytes = 1ull << 46;
  void* storage = nullptr;
  if (size_bytes <= kLimitBytes) {
    const uint64_t align = size_bytes >= kHugePageBytes ? kHugePageBytes : kPageBytes;
    storage = std::aligned_alloc(align, RoundUp(size_bytes, align));
  }
  if (storage == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("The host has no room for %d bytes of page-locked memory.", size_bytes));
  }
  return storage;
}

}  // namespace

HostMemory::~HostMemory() {
  for (auto& [base, block] : blocks_) std::free(block.storage);
}

Status HostMemory::RegisterEverywhere(void* pointer, uint64_t size_bytes) {
  for (size_t i = 0; i < attached_.size(); ++i) {
    Status status = attached_[i].device->RegisterHost(pointer, size_bytes);
    if (status.ok()) continue;
    // The error that undoing might give cannot be told from the one that matters.
    while (i-- > 0) attached_[i].device->UnregisterHost(pointer).IgnoreError();
    return status;
  }
  return absl::OkStatus();
}

void HostMemory::UnregisterEverywhere(void* pointer) {
  // A device that lost its address space has no mapping left to undo.
  for (Attached& entry : attached_) entry.device->UnregisterHost(pointer).IgnoreError();
}

Status HostMemory::Add(uint64_t owner_id, int ordinal, void* pointer, uint64_t size_bytes,
                       MemoryKind kind, uint32_t flags, void* storage) {
  std::lock_guard lock(mutex_);
  SUPA_ASSIGN_OR_RETURN(
      AllocationRef allocation,
      addresses_.Insert({AddressOf(pointer), size_bytes, kind, ordinal, owner_id, flags, 0}));
  if (Status status = RegisterEverywhere(pointer, size_bytes); !status.ok()) {
    addresses_.Remove(allocation->base);
    return status;
  }
  blocks_[AddressOf(pointer)] = {size_bytes, owner_id, storage};
  return absl::OkStatus();
}

StatusOr<void*> HostMemory::Allocate(uint64_t owner_id, int ordinal, uint64_t size_bytes,
                                     MemoryKind kind, uint32_t flags) {
  SUPA_ASSIGN_OR_RETURN(void* storage, AllocatePages(size_bytes));
  Status status = Add(owner_id, ordinal, storage, size_bytes, kind, flags, storage);
  if (!status.ok()) {
    std::free(storage);
    return status;
  }
  return storage;
}

void HostMemory::Drop(std::map<uint64_t, Block>::iterator block) {
  UnregisterEverywhere(reinterpret_cast<void*>(block->first));
  addresses_.Remove(block->first);
  std::free(block->second.storage);
  blocks_.erase(block);
}

Status HostMemory::Free(void* pointer, MemoryKind kind) {
  std::lock_guard lock(mutex_);
  auto block = blocks_.find(AddressOf(pointer));
  AllocationRef allocation = addresses_.Find(AddressOf(pointer));
  if (block == blocks_.end() || block->second.storage == nullptr || allocation == nullptr ||
      allocation->kind != kind) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Pointer %p cannot be freed as %s: it is %s.", pointer,
                                     KindName(kind), addresses_.Describe(AddressOf(pointer))));
  }
  Drop(block);
  return absl::OkStatus();
}

Status HostMemory::Register(uint64_t owner_id, int ordinal, void* pointer, uint64_t size_bytes,
                            uint32_t flags) {
  OPENSUPA_FAULT_POINT("runtime.host_register");
  return Add(owner_id, ordinal, pointer, size_bytes, MemoryKind::kRegistered, flags, nullptr);
}

Status HostMemory::RegisterManaged(void* pointer, uint64_t size_bytes) {
  {
    std::lock_guard lock(mutex_);
    if (blocks_.contains(AddressOf(pointer))) return absl::OkStatus();
  }
  return Add(kProcess, 0, pointer, size_bytes, MemoryKind::kManaged, supaMemAttachGlobal, nullptr);
}

void HostMemory::ForgetManaged(void* pointer) {
  std::lock_guard lock(mutex_);
  auto block = blocks_.find(AddressOf(pointer));
  if (block != blocks_.end() && block->second.owner_id == kProcess) Drop(block);
}

Status HostMemory::Unregister(void* pointer) {
  std::lock_guard lock(mutex_);
  auto block = blocks_.find(AddressOf(pointer));
  if (block == blocks_.end() || block->second.storage != nullptr ||
      block->second.owner_id == kProcess) {
    return MakeError(supaErrorHostMemoryNotRegistered,
                     absl::StrFormat("Pointer %p starts no registered range: it is %s.", pointer,
                                     addresses_.Describe(AddressOf(pointer))));
  }
  Drop(block);
  return absl::OkStatus();
}

Status HostMemory::Attach(uint64_t context_id, std::shared_ptr<hal::Device> device) {
  std::lock_guard lock(mutex_);
  for (auto block = blocks_.begin(); block != blocks_.end(); ++block) {
    Status status =
        device->RegisterHost(reinterpret_cast<void*>(block->first), block->second.size_bytes);
    if (status.ok()) continue;
    while (block != blocks_.begin()) {
      --block;
      device->UnregisterHost(reinterpret_cast<void*>(block->first)).IgnoreError();
    }
    return status;
  }
  attached_.push_back({context_id, std::move(device)});
  return absl::OkStatus();
}

void HostMemory::Detach(uint64_t context_id) {
  std::lock_guard lock(mutex_);
  for (auto block = blocks_.begin(); block != blocks_.end();) {
    auto next = std::next(block);
    if (block->second.owner_id == context_id) Drop(block);
    block = next;
  }
  for (size_t i = 0; i < attached_.size(); ++i) {
    if (attached_[i].context_id != context_id) continue;
    for (auto& [base, block] : blocks_) {
      attached_[i].device->UnregisterHost(reinterpret_cast<void*>(base)).IgnoreError();
    }
    attached_.erase(attached_.begin() + static_cast<ptrdiff_t>(i));
    return;
  }
}

}  // namespace opensupa::rt
