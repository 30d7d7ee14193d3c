#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace opensupa::emu {

/// Lets threads sleep until something changes, without losing a change and without cost to those
/// who change things while nobody sleeps.
///
/// A sleeper takes Epoch(), looks whether it has to sleep, then calls Wait with that epoch. Whoever
/// changes what sleepers look at calls Notify afterwards. All operations are sequentially
/// consistent, so either the sleeper sees the change, or the notifier sees the sleeper.
class Gate {
 public:
  using Clock = std::chrono::steady_clock;

  uint32_t Epoch() const { return epoch_.load(); }

  void NotifyOne() { Notify(false); }
  void NotifyAll() { Notify(true); }

  /// Sleeps until the epoch differs from `epoch` or, when `deadline` is not null, until then.
  void Wait(uint32_t epoch, const Clock::time_point* deadline);

  uint32_t sleepers() const { return sleepers_.load(); }

 private:
  void Notify(bool all);

  std::atomic<uint32_t> epoch_{0};
  std::atomic<uint32_t> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable condition_;
};

}  // namespace opensupa::emu
