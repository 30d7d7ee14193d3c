#include "gate.h"

namespace opensupa::emu {

void Gate::Notify(bool all) {
  epoch_.fetch_add(1);
  if (sleepers_.load() == 0) return;
  // The sleeper checks the epoch under the lock, so it sleeps by now or will see the new epoch.
  {
    std::lock_guard lock(mutex_);
  }
  if (all) {
    condition_.notify_all();
  } else {
    condition_.notify_one();
  }
}

void Gate::Wait(uint32_t epoch, const Clock::time_point* deadline) {
  sleepers_.fetch_add(1);
  {
    std::unique_lock lock(mutex_);
    while (epoch_.load() == epoch) {
      if (deadline == nullptr) {
        condition_.wait(lock);
      } else if (condition_.wait_until(lock, *deadline) == std::cv_status::timeout) {
        break;
      }
    }
  }
  sleepers_.fetch_sub(1);
}

}  // namespace opensupa::emu
