#include "null_queue.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "command_runner.h"
#include "null_fence.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/hal/command_check.h"

namespace opensupa::null {
namespace {

// How soon a queue that is destroyed notices it while it waits for a fence.
constexpr int64_t kStopCheckNs = 1'000'000;

Status CheckBatch(std::span<const hal::FencePoint> waits, std::span<const hal::Command> commands,
                  std::span<const hal::FencePoint> signals,
                  const hal::DeviceProperties& properties) {
  for (const hal::FencePoint& point : waits) SUPA_RETURN_IF_ERROR(CheckFence(point.fence));
  for (const hal::FencePoint& point : signals) SUPA_RETURN_IF_ERROR(CheckFence(point.fence));
  for (const hal::Command& command : commands) {
    if (std::holds_alternative<hal::DispatchCommand>(command)) {
      return absl::UnimplementedError("The null backend runs no kernels.");
    }
    SUPA_RETURN_IF_ERROR(hal::CheckCommand(command, properties));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<NullQueue>> NullQueue::Create(const hal::DeviceProperties& properties) {
  OPENSUPA_FAULT_POINT("null.create_queue");
  auto queue = std::make_unique<NullQueue>(properties);
  try {
    queue->thread_ = std::thread([raw = queue.get()] { raw->Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("The thread of a queue cannot be started: ", error.what(), "."));
  }
  return queue;
}

NullQueue::~NullQueue() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status NullQueue::Submit(std::span<const hal::FencePoint> waits,
                         std::span<const hal::Command> commands,
                         std::span<const hal::FencePoint> signals) {
  SUPA_RETURN_IF_ERROR(CheckBatch(waits, commands, signals, properties_));
  OPENSUPA_FAULT_POINT("null.submit");
  Batch batch{{waits.begin(), waits.end()},
              {commands.begin(), commands.end()},
              {signals.begin(), signals.end()}};
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return batches_.size() < kMaxBatches; });
    batches_.push_back(std::move(batch));
  }
  changed_.notify_all();
  return absl::OkStatus();
}

void NullQueue::Run() {
  while (true) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || !batches_.empty(); });
      if (stop_) return;
      batch = std::move(batches_.front());
      batches_.pop_front();
    }
    changed_.notify_all();
    RunBatch(batch);
  }
}

void NullQueue::RunBatch(const Batch& batch) {
  for (const hal::FencePoint& point : batch.waits) {
    while (!stop_ && !point.fence->Wait(point.value, kStopCheckNs).ok()) {
    }
  }
  for (const hal::Command& command : batch.commands) {
    if (stop_) return;
    RunCommand(command, stop_);
  }
  if (stop_) return;
  for (const hal::FencePoint& point : batch.signals) {
    point.fence->Signal(point.value).IgnoreError();  // a NullFence always takes it
  }
}

}  // namespace opensupa::null
