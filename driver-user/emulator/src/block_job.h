#pragma once

#include <atomic>
#include <memory>

#include "engine/grid_meeting.h"
#include "job.h"
#include "queues.h"

namespace opensupa::emu {

class Hub;

/// The blocks of one dispatch.
class BlockJob final : public Job, private DeviceServices {
 public:
  /// `dispatch` is complete but for its services, meeting and what may cancel it. `lanes` is how
  /// many threads could share it, `residents` how many of its blocks the card holds at a time.
  BlockJob(Hub& hub, Queue& queue, const Dispatch& dispatch, bool cooperative, uint32_t lanes,
           uint64_t residents);

  bool needs_lane() const override { return true; }
  uint64_t UnitNs() const override;
  void NoteUnitNs(uint64_t unit_ns) override;
  void Run(uint64_t first, uint64_t count, Lane* lane) override;

 private:
  void Print(std::string_view text) override;
  void* Allocate(uint64_t size_bytes) override;
  bool Free(void* address) override;
  bool TakeUnits(uint64_t* first, uint64_t* count) override;
  bool TakeResidents(uint32_t blocks) override;
  void ReleaseResidents(uint32_t blocks) override { residents_.fetch_add(blocks); }
  void NoteStall(bool stalled) override;

  Hub& hub_;
  Queue& queue_;
  Dispatch dispatch_;
  std::unique_ptr<GridMeeting> meeting_;
  std::atomic<int64_t> residents_;  // that may still be put in flight
};

}  // namespace opensupa::emu
