#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/block_scheduler.h"
#include "engine/engine.h"
#include "engine/fiber.h"

namespace opensupa::emu {

/// Shared memory of the block that runs on a lane: a mapping with guard pages at both ends. A
/// block's variables stand at its end, so that running over them faults at once.
class SharedWindow {
 public:
  static StatusOr<std::unique_ptr<SharedWindow>> Create(size_t size_bytes);
  ~SharedWindow();
  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;

  /// Start of `size_bytes` of shared memory, aligned to 128.
  std::byte* Place(size_t size_bytes) const;
  bool InGuard(uint64_t address) const;

 private:
  SharedWindow(std::byte* base, size_t size_bytes) : base_(base), size_bytes_(size_bytes) {}
  std::byte* const base_;  // of the first guard
  const size_t size_bytes_;
};

/// State of the reference engine on one host thread.
class ReferenceLane final : public Lane {
 public:
  static StatusOr<std::unique_ptr<ReferenceLane>> Create(size_t thread_stack_bytes, uint64_t seed);

  std::unique_ptr<SharedWindow> shared;
  FiberPool thread_stacks;
  FiberPool loop_stacks;  // plain-loop kernels: one stack for all threads of a block
  std::unique_ptr<std::byte[]> signal_stack;
  static constexpr size_t kSignalStackBytes = 65536;

  // Of the block that runs now.
  const Dispatch* dispatch = nullptr;
  binary::abi::BlockContext block{};
  uint64_t first_block = 0;
  uint64_t block_count = 0;
  binary::abi::ThreadContext loop_context{};
  binary::abi::ThreadContext* running = nullptr;
  EngineFault raised;      // by a hook; type 0 = none
  std::string print_text;  // of the printf that is being formatted
  BlockScheduler scheduler;

  /// On a fiber: reports a fault found by a hook, and never comes back.
  [[noreturn]] void Raise(uint32_t event_type, std::string text);

 private:
  ReferenceLane(size_t thread_stack_bytes, uint64_t seed);
};

/// The lane that runs `thread`'s block.
inline ReferenceLane& LaneOf(const binary::abi::ThreadContext* thread) {
  return *static_cast<ReferenceLane*>(thread->block->engine_block);
}

/// Services of this engine for device code (hooks.cpp).
extern const binary::abi::Hooks kReferenceHooks;

}  // namespace opensupa::emu
