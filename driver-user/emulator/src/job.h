#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/engine.h"
#include "opensupa/port/uapi.h"

namespace opensupa::emu {

/// The work of one packet, cut into units that several threads may run at the same time.
class Job {
 public:
  Job(uint64_t units, uint64_t units_per_chunk)
      : units_(units), units_per_chunk_(units_per_chunk) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Whether Run needs a lane.
  virtual bool needs_lane() const = 0;

  /// Takes the next chunk; false when none is left.
  bool TakeChunk(uint64_t* first, uint64_t* count) {
    if (next_.load() >= units_) return false;
    *first = next_.fetch_add(units_per_chunk_);
    if (*first >= units_) return false;
    *count = units_ - *first < units_per_chunk_ ? units_ - *first : units_per_chunk_;
    return true;
  }
  bool Exhausted() const { return next_.load() >= units_; }
  uint64_t UnitsLeft() const {
    const uint64_t next = next_.load();
    return next >= units_ ? 0 : units_ - next;
  }
  uint64_t ChunksLeft() const { return (UnitsLeft() + units_per_chunk_ - 1) / units_per_chunk_; }
  /// No further chunk is handed out.
  void Stop() { next_.store(units_); }

  /// What one unit is thought to take, so that only work worth it is shared; 0 = no idea.
  virtual uint64_t UnitNs() const = 0;
  /// What units of this job have taken, for UnitNs of later jobs of the kind.
  virtual void NoteUnitNs(uint64_t unit_ns) = 0;

  /// Runs a chunk. A fault is reported to the address space by the job itself, which then stops.
  virtual void Run(uint64_t first, uint64_t count, Lane* lane) = 0;

  // For the hub. The thread that made the job may read `published` without the queue's job_mutex
  // while it is false; all else needs the mutex.
  bool published = false;
  uint32_t active = 1;

 private:
  const uint64_t units_;
  const uint64_t units_per_chunk_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace opensupa::emu
