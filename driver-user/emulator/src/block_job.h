#pragma once

#include "job.h"
#include "queues.h"

namespace opensupa::emu {

class Hub;

/// The blocks of one dispatch.
class BlockJob final : public Job, private DeviceServices {
 public:
  /// `dispatch` is complete but for its services. `lanes` is how many threads could share it.
  BlockJob(Hub& hub, Queue& queue, const Dispatch& dispatch, uint32_t lanes);

  bool needs_lane() const override { return true; }
  uint64_t UnitNs() const override;
  void NoteUnitNs(uint64_t unit_ns) override;
  void Run(uint64_t first, uint64_t count, Lane* lane) override;

 private:
  void Print(std::string_view text) override;
  void* Allocate(uint64_t size_bytes) override;
  bool Free(void* address) override;
  bool Cancelled() const override;

  Hub& hub_;
  Queue& queue_;
  Dispatch dispatch_;
};

}  // namespace opensupa::emu
