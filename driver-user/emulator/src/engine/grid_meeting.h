#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace opensupa::emu {

/// The barrier of a cooperative grid, for the lanes that run its blocks. It also sees when no block
/// can go on any more. Thread safe.
class GridMeeting {
 public:
  explicit GridMeeting(uint64_t blocks) : blocks_(blocks) {}

  /// How many times all blocks have met.
  uint64_t phase() const { return phase_.load(std::memory_order_acquire); }

  /// A block comes to the barrier; the last one ends the phase.
  void Arrive();
  /// A block has ended.
  void End();
  /// No thread of a block can go on before others do, or before the end of `phase`. False when that
  /// phase has ended already.
  bool Stick(uint64_t phase);
  /// Takes back a Stick that `phase`'s end did not.
  void Unstick(uint64_t phase);

  /// True when every block has ended or is stuck: it stays so.
  bool deadlocked() const { return deadlocked_.load(std::memory_order_acquire); }
  uint64_t ended() const;

  /// Sleeps until the end of `phase`, a deadlock or the timeout.
  void Wait(uint64_t phase, std::chrono::microseconds timeout);

 private:
  void CheckLocked();

  const uint64_t blocks_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t arrived_ = 0;
  uint64_t ended_ = 0;
  uint64_t stuck_ = 0;
  std::atomic<uint64_t> phase_{0};
  std::atomic<bool> deadlocked_{false};
};

}  // namespace opensupa::emu
