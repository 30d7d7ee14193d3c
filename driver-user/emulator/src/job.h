#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>

#include "engine/engine.h"
#include "opensupa/port/uapi.h"
#include "unit_ranges.h"

namespace opensupa::emu {

/// The work of one packet, cut into units that several threads may run at the same time.
class Job {
 public:
  /// `ranges` is how many threads could share it, or 1 for units that must start in ascending
  /// order.
  Job(uint64_t units, uint32_t ranges) : ranges_(units, ranges) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Whether Run needs a lane.
  virtual bool needs_lane() const = 0;

  /// Takes the next chunk for the thread whose range is `own_range`; false when none is left.
  /// `unit_ns` is what a unit is thought to take, 0 = no idea.
  bool TakeChunk(uint32_t own_range, uint64_t unit_ns, uint64_t* first, uint64_t* count) {
    const ChunkLimits limits = LimitsOf(unit_ns);
    return ranges_.Take(own_range, limits.least, limits.most, first, count);
  }
  bool Exhausted() const { return ranges_.Empty(); }
  uint64_t UnitsLeft() const { return ranges_.Left(); }
  /// No further chunk is handed out.
  void Stop() { ranges_.Clear(); }

  /// What one unit is thought to take, so that only work worth it is shared; 0 = no idea.
  virtual uint64_t UnitNs() const = 0;
  /// What units of this job have taken, for UnitNs of later jobs of the kind.
  virtual void NoteUnitNs(uint64_t unit_ns) = 0;

  /// Runs a chunk. A fault is reported to the address space by the job itself, which then stops.
  virtual void Run(uint64_t first, uint64_t count, Lane* lane) = 0;

  // For the hub. The thread that made the job may use these without the queue's job_mutex while
  // `published` is false; else they need the mutex.
  bool published = false;
  uint32_t active = 1;

  /// The range for a thread that begins to take part: `wish` if nobody has it.
  uint32_t JoinRange(uint32_t wish) {
    wish %= ranges_.ranges();
    const uint32_t free = ~taken_ranges_ & ((1u << ranges_.ranges()) - 1);
    if (free != 0 && ((free >> wish) & 1) == 0) {
      wish = static_cast<uint32_t>(std::countr_zero(free));
    }
    taken_ranges_ |= 1u << wish;
    return wish;
  }
  void LeaveRange(uint32_t range) { taken_ranges_ &= ~(1u << range); }

 private:
  struct ChunkLimits {
    uint64_t least, most;  // units
  };
  // Taking a chunk costs little beside running as much as kLeastChunkNs; after kMostChunkNs other
  // work may be due.
  static constexpr uint64_t kLeastChunkNs = 1'000;
  static constexpr uint64_t kMostChunkNs = 100'000;
  static constexpr uint64_t kFirstChunkUnits = 8;  // while nothing is known
  static ChunkLimits LimitsOf(uint64_t unit_ns) {
    if (unit_ns == 0) return {1, kFirstChunkUnits};
    return {std::max<uint64_t>(kLeastChunkNs / unit_ns, 1),
            std::max<uint64_t>(kMostChunkNs / unit_ns, 1)};
  }

  UnitRanges ranges_;
  uint32_t taken_ranges_ = 0;
};

}  // namespace opensupa::emu
