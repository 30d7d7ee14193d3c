#pragma once

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <mutex>

#include "engine/engine.h"
#include "fault_handler.h"

namespace opensupa::emu {

/// Which thread runs which dispatch on a lane. Thread safe.
class LaneActivity {
 public:
  /// Says so while it lives. The calling thread is in a DeviceCodeScope that lives longer.
  class Scope {
   public:
    Scope(LaneActivity& activity, const Dispatch& dispatch) : activity_(activity) {
      activity_.thread_.store(pthread_self(), std::memory_order_relaxed);
      activity_.dispatch_.store(&dispatch, std::memory_order_release);
    }
    ~Scope() {
      activity_.dispatch_.store(nullptr);
      // Whoever looks has either said so by now, or will find nothing.
      while (activity_.looking_.load()) sched_yield();
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    LaneActivity& activity_;
  };

  /// Interrupts the device code when its dispatch is cancelled.
  void StopIfCancelled() {
    std::lock_guard lock(mutex_);
    looking_.store(true);
    const Dispatch* dispatch = dispatch_.load();
    if (dispatch != nullptr && dispatch->Cancelled()) InterruptDeviceCode(thread_.load());
    looking_.store(false);
  }

 private:
  std::mutex mutex_;  // one looks at a time
  std::atomic<bool> looking_{false};
  std::atomic<pthread_t> thread_{};
  std::atomic<const Dispatch*> dispatch_{nullptr};
};

}  // namespace opensupa::emu
