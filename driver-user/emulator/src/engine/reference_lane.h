#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/fiber.h"
#include "engine/lane_activity.h"
#include "engine/resident_block.h"

namespace opensupa::emu {

/// State of the reference engine on one host thread.
class ReferenceLane final : public Lane {
 public:
  static StatusOr<std::unique_ptr<ReferenceLane>> Create(size_t thread_stack_bytes, uint64_t seed);

  FiberPool thread_stacks;
  FiberPool loop_stacks;  // plain-loop kernels: one stack for all threads of a block
  std::unique_ptr<std::byte[]> signal_stack;
  static constexpr size_t kSignalStackBytes = 65536;

  /// What the lane does, for other threads.
  const std::shared_ptr<LaneActivity> activity = std::make_shared<LaneActivity>();

  // Of the dispatch that runs now.
  const Dispatch* dispatch = nullptr;
  uint64_t first_unit = 0;  // of the plain loop
  uint64_t unit_count = 0;
  binary::abi::ThreadContext loop_context{};
  binary::abi::ThreadContext* running = nullptr;
  EngineFault raised;      // by a hook; type 0 = none
  std::string print_text;  // of the printf that is being formatted

  /// A block that is not in flight. An error when the host has no memory for its shared memory.
  StatusOr<ResidentBlock*> TakeBlock();
  void GiveBack(ResidentBlock* block) { idle_blocks_.push_back(block); }
  Cluster* TakeCluster();
  void GiveBack(Cluster* cluster) { idle_clusters_.push_back(cluster); }
  /// Gives memory back that only a dispatch with very many threads in flight needs.
  void Trim();

  /// On a fiber: reports a fault found by a hook, and never comes back.
  [[noreturn]] void Raise(uint32_t event_type, std::string text);

 private:
  ReferenceLane(size_t thread_stack_bytes, uint64_t seed);

  const uint64_t seed_;
  std::vector<std::unique_ptr<ResidentBlock>> blocks_;
  std::vector<ResidentBlock*> idle_blocks_;
  std::vector<std::unique_ptr<Cluster>> clusters_;
  std::vector<Cluster*> idle_clusters_;
};

/// The block of `thread`.
inline ResidentBlock& BlockOf(const binary::abi::ThreadContext* thread) {
  return *static_cast<ResidentBlock*>(thread->block->engine_block);
}

/// Services of this engine for device code (hooks.cpp).
extern const binary::abi::Hooks kReferenceHooks;

}  // namespace opensupa::emu
