#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "opensupa/hal/hal.h"

namespace opensupa::rt {

/// Code of one kernel for single block sizes, and how often each size is launched. Thread safe;
/// looking up a variant takes no lock.
class KernelVariants {
 public:
  struct Variant {
    hal::ProgramId program = 0;
    hal::KernelHandle handle = 0;
  };
  /// What is worth doing about a block size.
  enum class Advice {
    kNone,
    kLook,  // take the code if somebody has made it before
    kMake,
  };

  KernelVariants() = default;
  KernelVariants(const KernelVariants&) = delete;
  KernelVariants& operator=(const KernelVariants&) = delete;

  /// Counts a launch. The variant for its block size, or null and what to do about it, which is
  /// said once; `eager` asks for a variant at the first launch.
  const Variant* Find(const hal::Dim3& block, bool eager, Advice& advice);
  /// The same without counting.
  const Variant* Get(const hal::Dim3& block);
  /// From now on launches of that block size get `variant`.
  void Publish(const hal::Dim3& block, Variant variant);
  /// There will be no variant for that block size.
  void GiveUp(const hal::Dim3& block);
  std::vector<Variant> All() const;

 private:
  // Kernels are launched with few block sizes; those beyond have no variants.
  static constexpr size_t kMostSizes = 4;

  struct Slot {
    std::atomic<uint64_t> block{0};  // packed, 0 = free
    std::atomic<const Variant*> variant{nullptr};
    std::atomic<uint32_t> launches{0};
    std::atomic<int64_t> first_ns{0};
    std::atomic<bool> looked{false}, settled{false};
    std::unique_ptr<const Variant> owned;
  };
  static uint64_t Pack(const hal::Dim3& block) {
    return block.x | uint64_t{block.y} << 20 | uint64_t{block.z} << 40;
  }
  Slot* SlotOf(uint64_t packed);

  std::array<Slot, kMostSizes> slots_;
};

}  // namespace opensupa::rt
