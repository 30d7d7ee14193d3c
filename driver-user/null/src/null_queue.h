#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "opensupa/hal/hal.h"

namespace opensupa::null {

/// One host thread that carries out batches in order.
class NullQueue final : public hal::Queue {
 public:
  static StatusOr<std::unique_ptr<NullQueue>> Create(const hal::DeviceProperties& properties);
  explicit NullQueue(const hal::DeviceProperties& properties) : properties_(properties) {}
  /// Drops what has not started.
  ~NullQueue() override;

  Status Submit(std::span<const hal::FencePoint> waits, std::span<const hal::Command> commands,
                std::span<const hal::FencePoint> signals) override;

 private:
  struct Batch {
    std::vector<hal::FencePoint> waits;
    std::vector<hal::Command> commands;
    std::vector<hal::FencePoint> signals;
  };
  static constexpr size_t kMaxBatches = 1024;

  void Run();
  void RunBatch(const Batch& batch);

  const hal::DeviceProperties properties_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace opensupa::null
