#include "workers.h"

namespace bench {
namespace {

/// Spins for some microseconds and then sleeps in the kernel until `value` is no longer `old`.
template <typename T>
void WaitChange(std::atomic<T>& value, T old) {
  for (int i = 0; i < 4096; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

Workers::Workers(int count) : count_(count) {
  for (int worker = 1; worker < count; ++worker) {
    threads_.emplace_back([this, worker] { Serve(worker); });
  }
}

Workers::~Workers() {
  stop_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::Run(Body body, void* context) {
  body_ = body;
  context_ = context;
  running_.store(count_ - 1, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  body(context, 0);
  for (int left; (left = running_.load(std::memory_order_acquire)) != 0;) {
    WaitChange(running_, left);
  }
}

void Workers::Barrier() {
  const uint32_t round = barrier_round_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == count_) {
    arrived_.store(0, std::memory_order_relaxed);
    barrier_round_.fetch_add(1, std::memory_order_release);
    barrier_round_.notify_all();
    return;
  }
  while (barrier_round_.load(std::memory_order_acquire) == round) WaitChange(barrier_round_, round);
}

void Workers::Serve(int worker) {
  for (uint32_t seen = 0;; ++seen) {
    while (round_.load(std::memory_order_acquire) == seen) WaitChange(round_, seen);
    if (stop_) return;
    body_(context_, worker);
    running_.fetch_sub(1, std::memory_order_release);
    running_.notify_one();
  }
}

}  // namespace bench
