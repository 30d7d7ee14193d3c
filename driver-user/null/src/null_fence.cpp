#include "null_fence.h"

#include <algorithm>
#include <chrono>
#include <typeinfo>

#include "absl/strings/str_cat.h"

namespace opensupa::null {

Status NullFence::Wait(uint64_t value, int64_t timeout_ns) {
  if (Value() >= value) return absl::OkStatus();
  std::unique_lock lock(state_->mutex);
  auto reached = [&] { return Value() >= value; };
  if (timeout_ns < 0) {
    state_->changed.wait(lock, reached);
    return absl::OkStatus();
  }
  // A clock cannot reach further than this, and nobody waits longer.
  constexpr int64_t kYearNs = int64_t{365} * 24 * 3600 * 1'000'000'000;
  const auto timeout = std::chrono::nanoseconds(std::min(timeout_ns, kYearNs));
  if (state_->changed.wait_until(lock, std::chrono::system_clock::now() + timeout, reached)) {
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError(absl::StrCat("The fence has the value ", Value(),
                                                  " and did not reach ", value, " within ",
                                                  timeout_ns, " ns."));
}

Status NullFence::Signal(uint64_t value) {
  const std::shared_ptr<State> state = state_;
  {
    std::lock_guard lock(state->mutex);
    if (state->value.load() >= value) return absl::OkStatus();
    state->value.store(value, std::memory_order_release);
  }
  state->changed.notify_all();
  return absl::OkStatus();
}

Status CheckFence(const hal::Fence* fence) {
  if (fence == nullptr) return absl::InvalidArgumentError("A fence point has no fence.");
  if (typeid(*fence) != typeid(NullFence)) {
    return absl::InvalidArgumentError(
        "A fence point names a fence of another backend; only the host can wait for both.");
  }
  return absl::OkStatus();
}

}  // namespace opensupa::null
