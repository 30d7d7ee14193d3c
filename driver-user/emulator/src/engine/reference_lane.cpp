#include "engine/reference_lane.h"

#include <utility>

namespace opensupa::emu {
namespace {

constexpr size_t kLoopStackBytes = 1 << 20;
// What a lane keeps for later dispatches.
constexpr size_t kKeptBlocks = 64;
constexpr size_t kKeptStacks = 4096;

}  // namespace

ReferenceLane::ReferenceLane(size_t thread_stack_bytes, uint64_t seed)
    : thread_stacks(thread_stack_bytes),
      loop_stacks(kLoopStackBytes),
      signal_stack(new std::byte[kSignalStackBytes]),
      seed_(seed) {}

StatusOr<std::unique_ptr<ReferenceLane>> ReferenceLane::Create(size_t thread_stack_bytes,
                                                               uint64_t seed) {
  std::unique_ptr<ReferenceLane> lane(new ReferenceLane(thread_stack_bytes, seed));
  SUPA_ASSIGN_OR_RETURN(ResidentBlock * first, lane->TakeBlock());
  lane->GiveBack(first);
  return lane;
}

StatusOr<ResidentBlock*> ReferenceLane::TakeBlock() {
  if (idle_blocks_.empty()) {
    SUPA_ASSIGN_OR_RETURN(std::unique_ptr<SharedWindow> window, SharedWindow::Create());
    blocks_.push_back(std::make_unique<ResidentBlock>(*this, std::move(window), seed_));
    return blocks_.back().get();
  }
  ResidentBlock* block = idle_blocks_.back();
  idle_blocks_.pop_back();
  return block;
}

Cluster* ReferenceLane::TakeCluster() {
  if (idle_clusters_.empty()) {
    clusters_.push_back(std::make_unique<Cluster>());
    return clusters_.back().get();
  }
  Cluster* cluster = idle_clusters_.back();
  idle_clusters_.pop_back();
  *cluster = Cluster();
  return cluster;
}

void ReferenceLane::Trim() {
  thread_stacks.Trim(kKeptStacks);
  if (blocks_.size() <= kKeptBlocks || idle_blocks_.size() < blocks_.size()) return;
  blocks_.resize(kKeptBlocks);
  idle_blocks_.clear();
  for (const auto& block : blocks_) idle_blocks_.push_back(block.get());
}

void ReferenceLane::Raise(uint32_t event_type, std::string text) {
  raised.type = event_type;
  // Nothing on this stack is destroyed any more, so `text` must not keep memory.
  raised.text.swap(text);
  std::string().swap(text);
  Fiber::Current()->Abandon();
}

}  // namespace opensupa::emu
