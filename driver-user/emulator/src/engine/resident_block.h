#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/block_scheduler.h"
#include "engine/shared_window.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::emu {

class ReferenceLane;
struct Dispatch;
struct ResidentBlock;

/// The blocks of one cluster, all on one lane, and their barrier.
class Cluster {
 public:
  void Add(ResidentBlock& block) {
    blocks_.push_back(&block);
    ++live_;
  }
  const std::vector<ResidentBlock*>& blocks() const { return blocks_; }
  uint32_t live() const { return live_; }

  /// All threads of a block have come to the barrier; the last one ends the phase of all blocks.
  void Arrive();
  /// A block has ended; `had_arrived` at the barrier for the others.
  void End(bool had_arrived);

 private:
  void EndPhase();

  std::vector<ResidentBlock*> blocks_;  // by rank
  uint32_t live_ = 0;
  uint32_t arrived_ = 0;
};

/// One block in flight: what its threads see and their states. Reused for one block after another.
struct ResidentBlock {
  ResidentBlock(ReferenceLane& of, std::unique_ptr<SharedWindow> window, uint64_t seed)
      : lane(of), shared(std::move(window)), scheduler(seed) {}

  ReferenceLane& lane;
  const std::unique_ptr<SharedWindow> shared;
  BlockScheduler scheduler;
  binary::abi::BlockContext context{};
  Cluster* cluster = nullptr;  // null when the block is a cluster by itself
  bool extra = false;          // counts against the card's residents
  bool ended = false;
  bool stuck = false;        // waits for other blocks
  bool counted = false;      // as stuck in the meeting
  uint64_t stuck_phase = 0;  // of the meeting, when it was counted

  /// Sets what all blocks of `dispatch` have in common, then what depends on the place in the grid.
  void FillContext(const Dispatch& dispatch);
  void SetPlace(const binary::abi::Dim3& index);
  /// The block goes on: it is not stuck any more.
  void Unstick();
};

/// Index in the grid of block `rank` of unit `unit`; x is the fastest in both.
binary::abi::Dim3 BlockIndex(const Dispatch& dispatch, uint64_t unit, uint32_t rank);

}  // namespace opensupa::emu
