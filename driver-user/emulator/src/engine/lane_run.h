#pragma once

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "engine/block_scheduler.h"
#include "engine/engine.h"
#include "engine/reference_lane.h"

namespace opensupa::emu {

/// Runs units of one dispatch, whose threads may wait for each other, on one lane.
///
/// A block runs to its end by itself as long as it can. While all blocks in flight wait for others
/// or only spin, more are put in flight beside them: first the rest of the lane's units, then
/// further ones of the dispatch, up to what the card holds at a time.
class LaneRun {
 public:
  LaneRun(const Dispatch& dispatch, ReferenceLane& lane) : dispatch_(dispatch), lane_(lane) {}
  ~LaneRun();
  LaneRun(const LaneRun&) = delete;
  LaneRun& operator=(const LaneRun&) = delete;

  /// Runs units [first, first + count) and others that it takes. False, with `fault` filled, when
  /// one has faulted. Also ends, with true, when the dispatch is cancelled.
  bool Run(uint64_t first, uint64_t count, EngineFault* fault);

 private:
  using Outcome = BlockScheduler::Outcome;

  bool StartUnit(uint64_t unit, bool extra, EngineFault* fault);
  bool StartBlock(const binary::abi::Dim3& index, Cluster* cluster, bool extra, EngineFault* fault);
  bool RunInFlight(EngineFault* fault);
  bool NoteStuck(ResidentBlock& block);
  bool MayStartMore();
  void Finish(size_t position);
  bool Deadlocked(EngineFault* fault);
  void WaitForOthers();
  void SetStalled(bool stalled);
  bool Explain(const ResidentBlock& block, Outcome outcome, EngineFault* fault);

  const Dispatch& dispatch_;
  ReferenceLane& lane_;
  uint64_t next_unit_ = 0;
  uint64_t end_unit_ = 0;
  absl::InlinedVector<ResidentBlock*, 16> in_flight_;
  bool moved_ = false;  // in the last RunInFlight
  bool cancelled_ = false;
  bool crowded_ = false;     // more was in flight than one unit
  bool stalled_ = false;     // as the services know
  uint32_t idle_turns_ = 0;  // in a row
};

/// Fills `fault` from what a hook raised or the host's signals said while `block` ran. False when
/// the code was only stopped, as its dispatch is cancelled.
bool DescribeFault(ReferenceLane& lane, const ResidentBlock& block, EngineFault* fault);

}  // namespace opensupa::emu
