#pragma once

#include <pthread.h>

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
      std::lock_guard lock(activity_.mutex_);
      activity_.thread_ = pthread_self();
      activity_.dispatch_ = &dispatch;
    }
    ~Scope() {
      std::lock_guard lock(activity_.mutex_);
      activity_.dispatch_ = nullptr;
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    LaneActivity& activity_;
  };

  /// Interrupts the device code when its dispatch is cancelled.
  void StopIfCancelled() {
    std::lock_guard lock(mutex_);
    if (dispatch_ == nullptr || !dispatch_->Cancelled()) return;
    InterruptDeviceCode(thread_);
  }

 private:
  std::mutex mutex_;
  pthread_t thread_{};
  const Dispatch* dispatch_ = nullptr;
};

}  // namespace opensupa::emu
