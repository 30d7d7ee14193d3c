// <supa/atomic> and its like for a host compiler that knows nothing of kernels.
#include <cuda/atomic>
#include <cuda/std/barrier>
#include <supa/latch>
#include <supa/pipeline>
#include <supa/semaphore>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace {

struct alignas(16) Pair {
  long long up, down;
};

TEST(SupaAtomicHostTest, GivenThreadsOfTheHostThenNoUpdateIsLostAndAllMeet) {
  constexpr int kThreads = 4, kRounds = 200;
  supa::atomic<int> count{0};
  cuda::std::atomic<Pair> pair{Pair{0, 0}};
  cuda::atomic<double> sum{0.0};
  cuda::std::barrier<> barrier(kThreads);
  supa::latch<supa::thread_scope_system> latch(kThreads);
  supa::atomic<int> early{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 1; i <= kRounds; ++i) {
        ++count;
        sum += 0.5;
        Pair old = pair.load();
        while (!pair.compare_exchange_weak(old, Pair{old.up + 1, old.down - 1})) {
        }
        barrier.arrive_and_wait();
        if (count.load() != kThreads * i || pair.load().down != -kThreads * i) ++early;
        barrier.arrive_and_wait();
      }
      latch.arrive_and_wait();
      if (sum.load() != 0.5 * kThreads * kRounds) ++early;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(early, 0);
  cuda::atomic_thread_fence(cuda::std::memory_order_seq_cst, cuda::thread_scope_device);
}

TEST(SupaAtomicHostTest, GivenATimeLimitThenWaitingEnds) {
  supa::binary_semaphore<supa::thread_scope_system> semaphore(1);
  EXPECT_TRUE(semaphore.try_acquire_for(std::chrono::microseconds(1)));
  EXPECT_FALSE(semaphore.try_acquire_for(std::chrono::microseconds(50)));
  semaphore.release();
  semaphore.acquire();
  cuda::barrier<cuda::thread_scope_system> barrier(2);
  EXPECT_FALSE(barrier.try_wait_for(barrier.arrive(), std::chrono::microseconds(50)));
  barrier.arrive_and_drop();
  barrier.arrive_and_wait();
}

}  // namespace
