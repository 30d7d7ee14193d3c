#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "opensupa/hal/hal.h"
#include "opensupa/port/port.h"

namespace opensupa::native {

/// Takes in the events of one address space: prints device printf output to stdout in order, and
/// keeps the first fault. Thread safe. The describers run on the thread that takes the event, with
/// the log's lock held: they must not call into the device.
class FaultLog {
 public:
  using NameKernel = std::function<std::string(hal::KernelHandle)>;

  explicit FaultLog(port::Port& port) : port_(port) {}

  void SetVm(uint32_t vm) { vm_ = vm; }
  void SetDescribers(hal::Device::DescribeAddress address, hal::Device::DescribeLaunch launch);
  void SetNameKernel(NameKernel name_kernel);

  /// Takes in all pending events; the first fault since the device was opened, or kNone.
  hal::FaultReport Poll();

  /// kAborted with the text of the first fault, for a caller that knows that the address space is
  /// dead. When the card gives no reason, the text says so.
  Status DeadStatus();

  bool dead() const { return dead_.load(std::memory_order_acquire); }

 private:
  bool ReadEvent(supa_uapi_event& event);  // false = there is none
  void TakeEvents();
  void Print(const supa_uapi_event& event);

  port::Port& port_;
  uint32_t vm_ = 0;
  std::atomic<bool> dead_{false};
  std::mutex mutex_;
  hal::FaultReport first_;
  hal::Device::DescribeAddress describe_address_;
  hal::Device::DescribeLaunch describe_launch_;
  NameKernel name_kernel_;
};

}  // namespace opensupa::native
