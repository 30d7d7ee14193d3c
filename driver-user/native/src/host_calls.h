#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "device_context.h"
#include "fence_pool.h"

namespace opensupa::native {

/// One queue's place among the host calls: the queue raises `trigger` and rings `bell` when a call
/// is due, and waits for `done`.
struct HostCallChannel {
  FenceSlot trigger;
  FenceSlot done;
  uint64_t issued = 0;  // calls so far; the n-th has the value n. Guarded by the queue.
};

/// Runs the host calls of one device on one thread, made at the first call. Calls of one queue run
/// in order. When the address space dies, calls that are not due yet are dropped without running.
/// Thread safe.
class HostCalls {
 public:
  static StatusOr<std::unique_ptr<HostCalls>> Create(std::shared_ptr<DeviceContext> context);
  /// Every channel must be gone. Waits for a running call.
  ~HostCalls();

  StatusOr<std::unique_ptr<HostCallChannel>> MakeChannel();

  /// Device address that a queue stores 1 to after it raised a trigger.
  uint64_t bell_address() const { return bell_.address(); }

  /// Queues `function` to run when the channel's trigger reaches `value`. Call it before the device
  /// can reach the trigger.
  Status Add(const HostCallChannel& channel, uint64_t value, std::function<void()> function);

  /// Drops what is pending on `channel` and waits for a running call of it, unless the caller is
  /// that call.
  void Cancel(const HostCallChannel& channel);

 private:
  struct Call {
    const HostCallChannel* channel = nullptr;
    uint64_t value = 0;
    std::function<void()> function;
  };

  HostCalls(std::shared_ptr<DeviceContext> context, FenceSlot bell)
      : context_(std::move(context)), bell_(std::move(bell)) {}
  void Run();
  Call TakeDue();  // with mutex_ held; channel null = none
  void RunOne(Call call);
  void WaitForBell(std::unique_lock<std::mutex>& lock);
  void RingBell();
  void DropAll(std::unique_lock<std::mutex>& lock);

  const std::shared_ptr<DeviceContext> context_;
  const FenceSlot bell_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<const HostCallChannel*, std::deque<Call>> pending_;  // no empty deques
  const HostCallChannel* running_ = nullptr;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace opensupa::native
