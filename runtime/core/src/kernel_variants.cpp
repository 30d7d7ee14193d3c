#include "opensupa/core/kernel_variants.h"

#include <chrono>

namespace opensupa::rt {
namespace {

// A kernel that has been launched so often, over such a time, is likely to go on. The time is some
// of what a compilation takes.
constexpr uint32_t kFewLaunches = 3;
// Beyond, the clock is read now and then only.
constexpr uint32_t kManyLaunches = 64;
constexpr int64_t kLongNs = 200'000'000;

int64_t NowNs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

KernelVariants::Slot* KernelVariants::SlotOf(uint64_t packed) {
  for (Slot& slot : slots_) {
    uint64_t found = slot.block.load(std::memory_order_relaxed);
    if (found == 0 && slot.block.compare_exchange_strong(found, packed)) return &slot;
    if (found == packed) return &slot;
  }
  return nullptr;
}

const KernelVariants::Variant* KernelVariants::Get(const hal::Dim3& block) {
  Slot* slot = SlotOf(Pack(block));
  return slot == nullptr ? nullptr : slot->variant.load(std::memory_order_acquire);
}

const KernelVariants::Variant* KernelVariants::Find(const hal::Dim3& block, bool eager,
                                                    Advice& advice) {
  advice = Advice::kNone;
  Slot* slot = SlotOf(Pack(block));
  if (slot == nullptr) return nullptr;
  if (const Variant* variant = slot->variant.load(std::memory_order_acquire)) return variant;
  if (slot->settled.load(std::memory_order_relaxed)) return nullptr;
  if (eager) {
    if (!slot->settled.exchange(true)) advice = Advice::kMake;
    return nullptr;
  }
  const uint32_t launches = slot->launches.fetch_add(1, std::memory_order_relaxed) + 1;
  if (launches == 1) slot->first_ns.store(NowNs(), std::memory_order_relaxed);
  if (launches < kFewLaunches) return nullptr;
  if (launches > kManyLaunches && launches % kManyLaunches != 0) return nullptr;
  if (!slot->looked.exchange(true)) {
    advice = Advice::kLook;
  } else if (NowNs() - slot->first_ns.load(std::memory_order_relaxed) >= kLongNs &&
             !slot->settled.exchange(true)) {
    advice = Advice::kMake;
  }
  return nullptr;
}

void KernelVariants::Publish(const hal::Dim3& block, Variant variant) {
  Slot* slot = SlotOf(Pack(block));
  if (slot == nullptr || slot->owned != nullptr) return;
  slot->owned = std::make_unique<const Variant>(variant);
  slot->variant.store(slot->owned.get(), std::memory_order_release);
}

void KernelVariants::GiveUp(const hal::Dim3& block) {
  if (Slot* slot = SlotOf(Pack(block))) slot->settled.store(true);
}

std::vector<KernelVariants::Variant> KernelVariants::All() const {
  std::vector<Variant> all;
  for (const Slot& slot : slots_) {
    if (const Variant* variant = slot.variant.load(std::memory_order_acquire)) {
      all.push_back(*variant);
    }
  }
  return all;
}

}  // namespace opensupa::rt
