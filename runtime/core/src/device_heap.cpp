#include "opensupa/core/device_heap.h"

#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::rt {
namespace {

uint64_t RoundUp(uint64_t value, uint64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

FreeList::FreeList(uint64_t size_bytes) : size_bytes_(size_bytes), free_bytes_(0) {
  Add(0, size_bytes);
}

void FreeList::Add(uint64_t offset_bytes, uint64_t size_bytes) {
  by_offset_.emplace(offset_bytes, size_bytes);
  by_size_.emplace(size_bytes, offset_bytes);
  free_bytes_ += size_bytes;
}

void FreeList::Erase(std::map<uint64_t, uint64_t>::iterator run) {
  free_bytes_ -= run->second;
  by_size_.erase({run->second, run->first});
  by_offset_.erase(run);
}

int64_t FreeList::Take(uint64_t size_bytes) {
  auto fit = by_size_.lower_bound({size_bytes, 0});
  if (fit == by_size_.end()) return -1;
  auto [run_bytes, offset_bytes] = *fit;
  Erase(by_offset_.find(offset_bytes));
  if (run_bytes > size_bytes) Add(offset_bytes + size_bytes, run_bytes - size_bytes);
  return static_cast<int64_t>(offset_bytes);
}

void FreeList::Give(uint64_t offset_bytes, uint64_t size_bytes) {
  auto next = by_offset_.lower_bound(offset_bytes);
  if (next != by_offset_.end() && next->first == offset_bytes + size_bytes) {
    size_bytes += next->second;
    Erase(next);
  }
  auto after = by_offset_.lower_bound(offset_bytes);
  if (after != by_offset_.begin()) {
    auto before = std::prev(after);
    if (before->first + before->second == offset_bytes) {
      offset_bytes = before->first;
      size_bytes += before->second;
      Erase(before);
    }
  }
  Add(offset_bytes, size_bytes);
}

StatusOr<DeviceHeap::Block> DeviceHeap::CreateBlock(uint64_t size_bytes) {
  Block block;
  SUPA_ASSIGN_OR_RETURN(block.memory,
                        device_->CreateMemory({size_bytes, hal::Placement::kDevice, false}));
  const uint64_t align_bytes = size_bytes >= kChunkBytes ? kChunkBytes : 0;
  SUPA_ASSIGN_OR_RETURN(block.range, device_->ReserveRange(size_bytes, align_bytes, 0));
  SUPA_RETURN_IF_ERROR(block.range->Bind(0, block.memory.get(), 0, size_bytes,
                                         hal::kAccessRead | hal::kAccessWrite));
  return block;
}

StatusOr<hal::DeviceAddress> DeviceHeap::AllocateSmall(uint64_t size_bytes) {
  for (auto& [base, chunk] : chunks_) {
    if (int64_t offset = chunk->free.Take(size_bytes); offset >= 0) {
      const hal::DeviceAddress address = base + static_cast<uint64_t>(offset);
      small_sizes_[address] = size_bytes;
      return address;
    }
  }
  auto chunk = std::make_unique<Chunk>();
  SUPA_ASSIGN_OR_RETURN(chunk->block, CreateBlock(kChunkBytes));
  const hal::DeviceAddress base = chunk->block.range->base();
  chunk->free.Take(size_bytes);  // the first run: offset 0
  chunks_[base] = std::move(chunk);
  small_sizes_[base] = size_bytes;
  return base;
}

StatusOr<hal::DeviceAddress> DeviceHeap::Allocate(uint64_t size_bytes) {
  OPENSUPA_FAULT_POINT("runtime.allocate");
  const uint64_t total_bytes = device_->properties().memory_bytes;
  if (total_bytes != 0 && size_bytes > total_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("An allocation of %d bytes is larger than the device's memory of %d bytes.",
                        size_bytes, total_bytes));
  }
  std::lock_guard lock(mutex_);
  if (size_bytes < kSmallBytes) return AllocateSmall(RoundUp(size_bytes, kAlignBytes));
  SUPA_ASSIGN_OR_RETURN(Block block,
                        CreateBlock(RoundUp(size_bytes, device_->properties().page_bytes)));
  const hal::DeviceAddress base = block.range->base();
  large_.emplace(base, std::move(block));
  return base;
}

Status DeviceHeap::Free(hal::DeviceAddress base) {
  std::lock_guard lock(mutex_);
  if (large_.erase(base) > 0) return absl::OkStatus();
  auto small = small_sizes_.find(base);
  if (small == small_sizes_.end()) {
    return absl::InternalError(
        absl::StrFormat("Address 0x%x is no allocation of this context's heap.", base));
  }
  auto chunk = std::prev(chunks_.upper_bound(base));
  chunk->second->free.Give(base - chunk->first, small->second);
  small_sizes_.erase(small);
  // One empty chunk is kept, so that a program which allocates and frees in turn stays cheap.
  if (chunk->second->free.AllFree() && chunks_.size() > 1) chunks_.erase(chunk);
  return absl::OkStatus();
}

void DeviceHeap::Clear() {
  std::lock_guard lock(mutex_);
  small_sizes_.clear();
  large_.clear();
  chunks_.clear();
}

}  // namespace opensupa::rt
