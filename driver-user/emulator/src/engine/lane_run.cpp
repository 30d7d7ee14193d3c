#include "engine/lane_run.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "absl/strings/str_format.h"
#include "engine/grid_meeting.h"
#include "opensupa/port/uapi.h"

namespace opensupa::emu {
namespace {

using binary::abi::Dim3;

// A lane that finds nothing to do this often in a row sleeps between looks.
constexpr uint32_t kTurnsBeforeSleep = 32;
constexpr std::chrono::microseconds kSleep{20};
constexpr uint32_t kTurnsBeforeLongSleep = 2000;
constexpr std::chrono::microseconds kLongSleep{200};
constexpr std::chrono::microseconds kMeetingWait{1000};

}  // namespace

LaneRun::~LaneRun() {
  SetStalled(false);
  for (ResidentBlock* block : in_flight_) {
    block->scheduler.Abandon(*block);
    if (block->extra) dispatch_.services->ReleaseResidents(1);
    Cluster* cluster = block->cluster;
    if (cluster != nullptr && cluster->blocks().front() == block) lane_.GiveBack(cluster);
    lane_.GiveBack(block);
  }
  if (crowded_) lane_.Trim();
}

bool LaneRun::Run(uint64_t first, uint64_t count, EngineFault* fault) {
  next_unit_ = first;
  end_unit_ = first + count;
  while (true) {
    if (dispatch_.Cancelled()) return true;
    if (in_flight_.empty()) {
      if (next_unit_ == end_unit_) return true;
      if (!StartUnit(next_unit_++, /*extra=*/false, fault)) return false;
    }
    if (!RunInFlight(fault)) return false;
    if (cancelled_) return true;
    if (moved_ || in_flight_.empty()) {
      SetStalled(false);
      idle_turns_ = 0;
    } else if (MayStartMore()) {
      crowded_ = true;
      if (!StartUnit(next_unit_++, /*extra=*/true, fault)) return false;
    } else {
      if (Deadlocked(fault)) return false;
      WaitForOthers();
    }
  }
}

bool LaneRun::StartUnit(uint64_t unit, bool extra, EngineFault* fault) {
  const uint32_t blocks = dispatch_.BlocksPerCluster();
  Cluster* cluster = blocks == 1 ? nullptr : lane_.TakeCluster();
  for (uint32_t rank = 0; rank < blocks; ++rank) {
    if (!StartBlock(BlockIndex(dispatch_, unit, rank), cluster, extra, fault)) return false;
  }
  return true;
}

bool LaneRun::StartBlock(const Dim3& index, Cluster* cluster, bool extra, EngineFault* fault) {
  StatusOr<ResidentBlock*> taken = lane_.TakeBlock();
  if (!taken.ok()) {
    if (extra) dispatch_.services->ReleaseResidents(1);
    fault->type = SUPA_UAPI_EVENT_DEVICE_LOST;
    fault->text = std::string(taken.status().message());
    fault->block = index;
    return false;
  }
  ResidentBlock& block = **taken;
  block.FillContext(dispatch_);
  block.SetPlace(index);
  block.cluster = cluster;
  block.extra = extra;
  block.ended = block.stuck = block.counted = false;
  block.scheduler.Start(block);
  if (cluster != nullptr) cluster->Add(block);
  in_flight_.push_back(&block);
  return true;
}

/// Gives every block in flight a turn; false when one has faulted.
bool LaneRun::RunInFlight(EngineFault* fault) {
  moved_ = false;
  for (size_t i = 0; i < in_flight_.size();) {
    ResidentBlock& block = *in_flight_[i];
    if (block.ended) {  // its cluster has not
      ++i;
      continue;
    }
    if (block.stuck) {
      const bool grid_met = block.counted && dispatch_.meeting->phase() != block.stuck_phase;
      if (!grid_met) {
        ++i;
        continue;
      }
      block.Unstick();
    }
    const Outcome outcome = block.scheduler.Run(block);
    moved_ |= block.scheduler.moved();
    switch (outcome) {
      case Outcome::kDone:
        moved_ = true;
        Finish(i);
        continue;
      case Outcome::kStuck:
        NoteStuck(block);
        break;
      case Outcome::kSpinning:
        break;
      case Outcome::kCancelled:
        cancelled_ = true;
        return true;
      default:
        return Explain(block, outcome, fault);
    }
    ++i;
  }
  return true;
}

/// Tells the others of the grid, too.
bool LaneRun::NoteStuck(ResidentBlock& block) {
  block.stuck = true;
  if (dispatch_.meeting == nullptr) return true;
  block.stuck_phase = block.scheduler.PhaseOf(Meeting::kGrid);
  block.counted = dispatch_.meeting->Stick(block.stuck_phase);
  // The grid has met meanwhile, which the block sees when it runs again.
  if (!block.counted) block.stuck = false;
  return block.stuck;
}

/// The block at `position` of in_flight_ is over. The blocks of a cluster leave together, since
/// they use each other's shared memory.
void LaneRun::Finish(size_t position) {
  ResidentBlock& block = *in_flight_[position];
  block.ended = true;
  if (dispatch_.meeting != nullptr) dispatch_.meeting->End();
  const auto leave = [this](ResidentBlock* one) {
    if (one->extra) dispatch_.services->ReleaseResidents(1);
    lane_.GiveBack(one);
  };
  if (block.cluster == nullptr) {
    in_flight_[position] = in_flight_.back();
    in_flight_.pop_back();
    leave(&block);
    return;
  }
  Cluster* cluster = block.cluster;
  cluster->End(block.scheduler.HasArrived(Meeting::kCluster));
  if (cluster->live() > 0) return;
  const auto end = std::remove_if(in_flight_.begin(), in_flight_.end(), [&](ResidentBlock* one) {
    if (one->cluster != cluster) return false;
    leave(one);
    return true;
  });
  in_flight_.erase(end, in_flight_.end());
  lane_.GiveBack(cluster);
}

/// Whether next_unit_ may be put in flight beside the others; takes the room for it.
bool LaneRun::MayStartMore() {
  if (next_unit_ == end_unit_) {
    uint64_t count = 0;
    if (!dispatch_.services->TakeUnits(&next_unit_, &count)) return false;
    end_unit_ = next_unit_ + count;
  }
  return dispatch_.services->TakeResidents(dispatch_.BlocksPerCluster());
}

/// Whether no block in flight can ever go on. A cluster that does not wait for the grid can only
/// wait for itself.
bool LaneRun::Deadlocked(EngineFault* fault) {
  const bool grid = dispatch_.meeting != nullptr && dispatch_.meeting->deadlocked();
  for (ResidentBlock* block : in_flight_) {
    if (!block->stuck || block->ended) continue;
    bool dead = grid;
    if (!dead && block->cluster != nullptr) {
      dead = true;
      for (const ResidentBlock* other : block->cluster->blocks()) {
        if (other->ended) continue;
        dead &= other->stuck && !other->scheduler.WaitsFor(Meeting::kGrid);
      }
    }
    if (dead) {
      Explain(*block, Outcome::kDeadlock, fault);
      return true;
    }
  }
  return false;
}

/// Someone else has to do something first: another lane, another queue or the host.
void LaneRun::WaitForOthers() {
  if (++idle_turns_ == kTurnsBeforeSleep) SetStalled(true);
  bool all_stuck = dispatch_.meeting != nullptr;
  uint64_t phase = 0;
  for (const ResidentBlock* block : in_flight_) {
    if (block->ended) continue;
    all_stuck &= block->counted;
    phase = block->stuck_phase;
  }
  if (all_stuck) {
    dispatch_.meeting->Wait(phase, kMeetingWait);
  } else if (idle_turns_ < kTurnsBeforeSleep) {
    sched_yield();
  } else {
    std::this_thread::sleep_for(idle_turns_ < kTurnsBeforeLongSleep ? kSleep : kLongSleep);
  }
}

void LaneRun::SetStalled(bool stalled) {
  if (stalled_ == stalled) return;
  stalled_ = stalled;
  dispatch_.services->NoteStall(stalled);
}

/// Fills `fault`. True only when the block was stopped because nobody wants the dispatch any more.
bool LaneRun::Explain(const ResidentBlock& block, Outcome outcome, EngineFault* fault) {
  if (outcome == Outcome::kDeadlock) {
    fault->type = SUPA_UAPI_EVENT_BARRIER_DEADLOCK;
    fault->block = block.context.block_idx;
    fault->text = block.scheduler.DescribeWaits();
    if (block.scheduler.WaitsFor(Meeting::kGrid)) {
      fault->text +=
          absl::StrFormat(" Of the %d blocks of the grid, %d have ended without coming there.",
                          dispatch_.Blocks(), dispatch_.meeting->ended());
    }
  } else if (outcome == Outcome::kNoMemory) {
    fault->type = SUPA_UAPI_EVENT_DEVICE_LOST;
    fault->block = block.context.block_idx;
    fault->text = "The host has no memory for the stacks of the threads of a block.";
  } else if (!DescribeFault(lane_, block, fault)) {
    cancelled_ = true;
    return true;
  }
  return false;
}

}  // namespace opensupa::emu
