#include "fence_pool.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::native {

FencePool& FencePool::Process() {
  static FencePool& pool = *new FencePool;
  return pool;
}

StatusOr<FenceSlot> FencePool::Acquire(uint64_t initial_value) {
  std::lock_guard lock(mutex_);
  if (free_.empty()) SUPA_RETURN_IF_ERROR(Grow());
  const auto [slab, address] = free_.back();
  free_.pop_back();
  FenceSlot slot(slab, address);
  slot.value().store(initial_value, std::memory_order_seq_cst);
  return slot;
}

Status FencePool::Grow() {
  OPENSUPA_FAULT_POINT("native.fence_memory");
  void* memory =
      mmap(nullptr, FenceSlab::kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return absl::ResourceExhaustedError(absl::StrCat("The process cannot get ", FenceSlab::kBytes,
                                                     " bytes for fences: ", std::strerror(errno),
                                                     "."));
  }
  const uint64_t base = reinterpret_cast<uint64_t>(memory);
  slabs_.push_back(std::make_unique<FenceSlab>(static_cast<uint32_t>(slabs_.size()), base));
  free_.reserve(slabs_.size() * FenceSlab::kFences);
  for (uint32_t i = FenceSlab::kFences; i-- > 0;) {
    free_.emplace_back(slabs_.back().get(), base + i * FenceSlab::kStrideBytes);
  }
  return absl::OkStatus();
}

FenceSlot::~FenceSlot() {
  if (slab_ == nullptr) return;
  FencePool& pool = FencePool::Process();
  std::lock_guard lock(pool.mutex_);
  pool.free_.emplace_back(slab_, address_);
}

}  // namespace opensupa::native
