// WAIT_FENCE: how a host thread waits, and runs device work meanwhile.

#include <cerrno>
#include <chrono>

#include "hub.h"
#include "safe_access.h"

namespace opensupa::emu {
namespace {

// Sleeping and being woken costs about as much.
constexpr uint64_t kSpinNs = 10'000;

}  // namespace

/// Runs some of the work that comes before the fence, if nobody else does; nothing else, since a
/// kernel of another queue may itself wait for what this thread does next.
bool Hub::Help(Runner& runner) {
  Refresh(runner);
  for (const auto& entry : *runner.list) {
    const bool runnable =
        entry->open_job.load() != nullptr || (!entry->claimed() && entry->Ready());
    if (!runnable || !entry->WillSignal(runner.fence_address)) continue;
    if (RunQueueIfReady(runner, entry)) return true;
  }
  return false;
}

int Hub::WaitFence(const AddressSpace* space, uint64_t address, uint64_t value,
                   int64_t timeout_ns) {
  uint64_t now_value = 0;
  if (address % 8 != 0) return -EINVAL;
  if (!safe::Load64(address, &now_value)) return -EFAULT;
  if (now_value >= value) return 0;
  if (space != nullptr && space->dead()) return -ECANCELED;
  if (timeout_ns == 0) return -ETIME;

  const bool forever = timeout_ns < 0;
  Gate::Clock::time_point deadline = Gate::Clock::time_point::max();
  if (!forever) {
    const Gate::Clock::time_point now = Gate::Clock::now();
    const std::chrono::nanoseconds timeout(timeout_ns);
    if (timeout < deadline - now) deadline = now + timeout;
  }

  Runner runner;
  runner.is_helper = true;
  runner.fence_address = address;
  runner.fence_value = value;
  Gate& gate = WaitGate(address);
  uint64_t spin_until_ns = 0;  // not known yet
  int result = 0;
  while (true) {
    const uint32_t epoch = gate.Epoch();
    if (!safe::Load64(address, &now_value)) {
      result = -EFAULT;
      break;
    }
    if (now_value >= value) break;
    if (space != nullptr && space->dead()) {
      result = -ECANCELED;
      break;
    }
    // A kernel cannot be left half done, so a thread that must be back in time does not start one.
    if (forever && Help(runner)) {
      spin_until_ns = 0;
      continue;
    }
    if (!forever && Gate::Clock::now() >= deadline) {
      result = -ETIME;
      break;
    }
    if (spin_until_ns == 0) {
      spin_until_ns = NowNs() + kSpinNs;
    } else if (NowNs() >= spin_until_ns) {
      gate.Wait(epoch, forever ? nullptr : &deadline);
    }
  }
  ReturnLane(runner);
  return result;
}

}  // namespace opensupa::emu
