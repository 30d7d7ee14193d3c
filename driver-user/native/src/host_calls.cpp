#include "host_calls.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "native_fence.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/log.h"

namespace opensupa::native {
namespace {

// The bell wakes the thread; the limit only bounds the wait when a wake-up fails.
constexpr int64_t kBellTimeoutNs = 100'000'000;

}  // namespace

StatusOr<std::unique_ptr<HostCalls>> HostCalls::Create(std::shared_ptr<DeviceContext> context) {
  SUPA_ASSIGN_OR_RETURN(FenceSlot bell, FencePool::Process().Acquire(0));
  SUPA_RETURN_IF_ERROR(context->MakeVisible(bell.slab()));
  OPENSUPA_FAULT_POINT("native.host_call_thread");
  std::unique_ptr<HostCalls> calls(new HostCalls(std::move(context), std::move(bell)));
  try {
    calls->thread_ = std::thread([raw = calls.get()] { raw->Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("The thread for host calls cannot be started: ", error.what(), "."));
  }
  return calls;
}

HostCalls::~HostCalls() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  RingBell();
  if (thread_.joinable()) thread_.join();
}

StatusOr<std::unique_ptr<HostCallChannel>> HostCalls::MakeChannel() {
  auto channel = std::make_unique<HostCallChannel>();
  SUPA_ASSIGN_OR_RETURN(channel->trigger, FencePool::Process().Acquire(0));
  SUPA_ASSIGN_OR_RETURN(channel->done, FencePool::Process().Acquire(0));
  SUPA_RETURN_IF_ERROR(context_->MakeVisible(channel->trigger.slab()));
  SUPA_RETURN_IF_ERROR(context_->MakeVisible(channel->done.slab()));
  return channel;
}

Status HostCalls::Add(const HostCallChannel& channel, uint64_t value,
                      std::function<void()> function) {
  {
    std::lock_guard lock(mutex_);
    pending_[&channel].push_back({&channel, value, std::move(function)});
  }
  changed_.notify_all();
  return absl::OkStatus();
}

void HostCalls::Cancel(const HostCallChannel& channel) {
  std::deque<Call> dropped;  // its functions are destroyed without the lock
  std::unique_lock lock(mutex_);
  if (auto found = pending_.find(&channel); found != pending_.end()) {
    dropped = std::move(found->second);
    pending_.erase(found);
  }
  if (std::this_thread::get_id() == thread_.get_id()) return;
  changed_.wait(lock, [&] { return running_ != &channel; });
}

void HostCalls::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_ || !pending_.empty(); });
    if (stop_) return;
    // The bell is cleared before the triggers are looked at: a trigger that is missed here rings it
    // again.
    bell_.value().store(0, std::memory_order_seq_cst);
    Call call = TakeDue();
    if (call.channel == nullptr) {
      WaitForBell(lock);
      continue;
    }
    running_ = call.channel;
    lock.unlock();
    RunOne(std::move(call));
    lock.lock();
    running_ = nullptr;
    changed_.notify_all();
  }
}

HostCalls::Call HostCalls::TakeDue() {
  for (auto entry = pending_.begin(); entry != pending_.end(); ++entry) {
    const HostCallChannel& channel = *entry->first;
    std::deque<Call>& calls = entry->second;
    if (channel.trigger.value().load(std::memory_order_seq_cst) < calls.front().value) continue;
    Call call = std::move(calls.front());
    calls.pop_front();
    if (calls.empty()) pending_.erase(entry);
    return call;
  }
  return {};
}

void HostCalls::RunOne(Call call) {
  try {
    if (call.function) call.function();
  } catch (...) {
    log::Write(log::Level::kError, "A host call threw an exception; it is ignored.");
  }
  call.function = nullptr;
  Status status = RaiseFromHost(call.channel->done, call.value);
  if (!status.ok()) {
    log::Write(
        log::Level::kError,
        absl::StrCat("The end of a host call cannot be told to the card: ", status.message()));
  }
}

void HostCalls::WaitForBell(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  Status status = context_->WaitValue(bell_.address(), 1, kBellTimeoutNs);
  lock.lock();
  if (absl::IsAborted(status)) DropAll(lock);
}

void HostCalls::DropAll(std::unique_lock<std::mutex>& lock) {
  auto dropped = std::move(pending_);
  pending_.clear();
  lock.unlock();
  dropped.clear();
  lock.lock();
}

void HostCalls::RingBell() {
  Status status = RaiseFromHost(bell_, 1);
  if (!status.ok()) log::Write(log::Level::kWarning, status.ToString());
}

}  // namespace opensupa::native
