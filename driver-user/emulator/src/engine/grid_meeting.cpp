#include "engine/grid_meeting.h"

namespace opensupa::emu {

void GridMeeting::Arrive() {
  std::lock_guard lock(mutex_);
  if (++arrived_ < blocks_) return;
  arrived_ = 0;
  stuck_ = 0;
  phase_.fetch_add(1, std::memory_order_release);
  changed_.notify_all();
}

void GridMeeting::End() {
  std::lock_guard lock(mutex_);
  ++ended_;
  CheckLocked();
}

bool GridMeeting::Stick(uint64_t phase) {
  std::lock_guard lock(mutex_);
  if (phase_.load(std::memory_order_relaxed) != phase) return false;
  ++stuck_;
  CheckLocked();
  return true;
}

void GridMeeting::Unstick(uint64_t phase) {
  std::lock_guard lock(mutex_);
  if (phase_.load(std::memory_order_relaxed) == phase) --stuck_;
}

void GridMeeting::CheckLocked() {
  if (stuck_ == 0 || stuck_ + ended_ < blocks_) return;
  deadlocked_.store(true, std::memory_order_release);
  changed_.notify_all();
}

uint64_t GridMeeting::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

void GridMeeting::Wait(uint64_t phase, std::chrono::microseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] {
    return phase_.load(std::memory_order_relaxed) != phase ||
           deadlocked_.load(std::memory_order_relaxed);
  });
}

}  // namespace opensupa::emu
