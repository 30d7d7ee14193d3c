// Many queues, many threads: order, priorities, ends while work runs.

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <random>
#include <thread>

#include <sys/wait.h>

#include "card_fixture.h"
#include "opensupa/base/options.h"

namespace opensupa::emu {
namespace {

struct GateArgs {
  std::atomic<uint64_t>* started;
  std::atomic<uint64_t>* release;
};

/// Runs until the host lets it go. It sleeps in the host's code, where a kernel is not interrupted.
void HoldUp(abi::ThreadContext* context) {
  const auto& args = ArgsOf<GateArgs>(context);
  args.started->fetch_add(1);
  while (args.release->load() == 0) usleep(100);
}

struct OrderArgs {
  std::atomic<uint64_t>* counter;
  uint64_t* mine;
};

void TakeNumber(abi::ThreadContext* context) {
  const auto& args = ArgsOf<OrderArgs>(context);
  *args.mine = args.counter->fetch_add(1) + 1;
}

struct CountArgs {
  std::atomic<uint64_t>* counter;
};

void CountThreads(abi::ThreadContext* context) {
  const auto& args = ArgsOf<CountArgs>(context);
  ForEachThread(context, [&] { args.counter->fetch_add(1, std::memory_order_relaxed); });
}

void WaitUntil(const std::atomic<uint64_t>& value, uint64_t least) {
  while (value.load() < least) std::this_thread::yield();
}

uint32_t Workers() {
  const auto asked = options::GetInteger(options::kEmulatorWorkers);
  if (asked.ok() && *asked > 0) return static_cast<uint32_t>(*asked);
  return std::max(1u, std::thread::hardware_concurrency());
}

/// Keeps every worker busy until Release.
class Plug {
 public:
  explicit Plug(TestSpace& space) : space_(space), queue_(space, -5) {
    auto* words = space.Allocate<std::atomic<uint64_t>>(2);
    args_ = space.Allocate<GateArgs>(1);
    *args_ = {words, words + 1};
    kernel_ = space.MakeKernel(&HoldUp, true, sizeof(GateArgs));
    queue_.Dispatch(kernel_, args_, {Workers(), 1, 1}, {1, 1, 1});
    queue_.Submit();
    WaitUntil(*args_->started, Workers());
  }
  ~Plug() { Release(); }
  void Release() {
    args_->release->store(1);
    EXPECT_EQ(space_.Wait(queue_.fence(), 1, -1), 0);
  }
  TestQueue& queue() { return queue_; }

 private:
  TestSpace& space_;
  TestQueue queue_;
  GateArgs* args_;
  uint64_t kernel_;
};

TEST(Schedule, GivenQueuesOfSeveralPrioritiesThenTheUrgentRunFirst) {
  TestSpace space;
  auto* counter = space.Allocate<std::atomic<uint64_t>>(1);
  const uint64_t kernel = space.MakeKernel(&TakeNumber, true, sizeof(OrderArgs));
  constexpr int kLevels = 5;
  std::vector<std::unique_ptr<TestQueue>> queues;
  std::vector<uint64_t*> numbers;
  {
    Plug plug(space);
    for (int level = 0; level < kLevels; ++level) {
      // The least urgent is submitted first. All wait for a fence, so none starts before all are
      // in.
      queues.push_back(std::make_unique<TestQueue>(space, -level));
      numbers.push_back(space.Allocate<uint64_t>(1));
      auto* args = space.Allocate<OrderArgs>(1);
      *args = {counter, numbers.back()};
      queues.back()->Dispatch(kernel, args, {1, 1, 1}, {1, 1, 1});
      queues.back()->Submit();
    }
  }
  for (auto& queue : queues) ASSERT_EQ(space.Wait(queue->fence(), 1, 20'000'000'000), 0);
  // Workers take queues side by side, so neighbours may swap; the ends may not.
  EXPECT_LT(*numbers[kLevels - 1], *numbers[0]);
}

TEST(Schedule, GivenLargeDispatchThenEveryBlockRunsOnce) {
  TestSpace space;
  TestQueue queue(space);
  auto* args = space.Allocate<CountArgs>(1);
  args->counter = space.Allocate<std::atomic<uint64_t>>(1);
  const uint64_t kernel = space.MakeKernel(&CountThreads, true, sizeof(CountArgs));
  queue.Dispatch(kernel, args, {301, 17, 5}, {16, 2, 1});
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_EQ(args->counter->load(), 301u * 17 * 5 * 32);
}

struct ThreadsArgs {
  std::atomic<uint64_t>* now;
  std::atomic<uint64_t>* most;
};

/// Counts the threads that are in blocks of the dispatch at a time.
void CountRunners(abi::ThreadContext* context) {
  const auto& args = ArgsOf<ThreadsArgs>(context);
  const uint64_t now = args.now->fetch_add(1) + 1;
  uint64_t most = args.most->load();
  while (most < now && !args.most->compare_exchange_weak(most, now)) {
  }
  std::this_thread::sleep_for(std::chrono::microseconds(50));
  args.now->fetch_sub(1);
}

TEST(Schedule, GivenAWaitingHostThenNoMoreThreadsRunADispatchThanThereAreWorkers) {
  TestSpace space;
  TestQueue queue(space);
  auto* args = space.Allocate<ThreadsArgs>(1);
  auto* words = space.Allocate<std::atomic<uint64_t>>(2);
  *args = {words, words + 1};
  const uint64_t kernel = space.MakeKernel(&CountRunners, true, sizeof(ThreadsArgs));
  queue.Dispatch(kernel, args, {400, 1, 1}, {1, 1, 1});
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_LE(words[1].load(), Workers());
}

TEST(Schedule, GivenBlocksInThreeDimensionsThenEachIndexRunsOnce) {
  TestSpace space;
  TestQueue queue(space);
  constexpr uint32_t kX = 7, kY = 11, kZ = 5;
  auto* args = space.Allocate<uint32_t*>(1);
  *args = space.Allocate<uint32_t>(kX * kY * kZ);
  const uint64_t kernel = space.MakeKernel(
      [](abi::ThreadContext* context) {
        const abi::BlockContext& block = *context->block;
        const abi::Dim3& at = block.block_idx;
        const bool alone = at.x == block.cluster_idx.x && at.y == block.cluster_idx.y &&
                           at.z == block.cluster_idx.z && block.cluster_block_idx.x == 0;
        uint32_t* counts = ArgsOf<uint32_t*>(context);
        __atomic_fetch_add(counts + at.x + kX * (at.y + kY * at.z), alone ? 1 : 100,
                           __ATOMIC_RELAXED);
      },
      true, sizeof(uint32_t*));
  for (int i = 0; i < 3; ++i) queue.Dispatch(kernel, args, {kX, kY, kZ}, {1, 1, 1});
  ASSERT_EQ(queue.Finish(), 0);
  for (uint32_t i = 0; i < kX * kY * kZ; ++i) ASSERT_EQ((*args)[i], 3u) << i;
}

TEST(Schedule, GivenARunningQueueThenItsDriverNeedNotRing) {
  TestSpace space;
  TestQueue queue(space);
  auto* words = space.Allocate<std::atomic<uint64_t>>(2);
  auto* args = space.Allocate<GateArgs>(1);
  *args = {words, words + 1};
  queue.Dispatch(space.MakeKernel(&HoldUp, true, sizeof(GateArgs)), args, {1, 1, 1}, {1, 1, 1});
  queue.Submit();
  WaitUntil(words[0], 1);
  EXPECT_EQ(__atomic_load_n(&queue.control().device_sleeping, __ATOMIC_SEQ_CST), 0u);
  auto* after = space.Allocate<uint64_t>(1);
  queue.Fill(Va(after), 1, 8, 1);
  queue.Submit();
  words[1].store(1);
  ASSERT_EQ(space.Wait(queue.fence(), 2), 0);
  EXPECT_EQ(*after, 1u);
  // Once nobody looks at the ring any more, the driver is told to ring.
  for (int i = 0; i < 2000; ++i) {
    if (__atomic_load_n(&queue.control().device_sleeping, __ATOMIC_SEQ_CST) != 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(__atomic_load_n(&queue.control().device_sleeping, __ATOMIC_SEQ_CST), 1u);
}

TEST(Schedule, GivenBlocksThatWaitForEachOtherThenWorkersRunThemSideBySide) {
  if (Workers() < 2) GTEST_SKIP() << "needs two workers";
  TestSpace space;
  Plug plug(space);  // starts as many blocks as there are workers, all at the same time
}

TEST(Schedule, GivenBusyQueueWhenDestroyedThenItReturnsAfterTheRunningKernel) {
  TestSpace space;
  auto* words = space.Allocate<std::atomic<uint64_t>>(2);
  auto* args = space.Allocate<GateArgs>(1);
  *args = {words, words + 1};
  auto queue = std::make_unique<TestQueue>(space);
  auto* after = space.Allocate<uint64_t>(1);
  queue->Dispatch(space.MakeKernel(&HoldUp, true, sizeof(GateArgs)), args, {1, 1, 1}, {1, 1, 1});
  queue->Fill(Va(after), 1, 8, 1);
  queue->Submit();
  WaitUntil(words[0], 1);
  std::atomic<bool> destroying{false}, destroyed{false};
  std::thread destroyer([&] {
    destroying.store(true);
    EXPECT_EQ(queue->Destroy(), 0);
    destroyed.store(true);
  });
  while (!destroying.load()) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(destroyed.load());
  words[1].store(1);
  destroyer.join();
  EXPECT_EQ(*after, 0u) << "packets behind the running one are dropped";
}

TEST(Schedule, GivenQueuesThatEndRightAfterTheirWorkThenNoneWaitsForAWorker) {
  TestSpace space;
  auto* args = space.Allocate<CountArgs>(1);
  args->counter = space.Allocate<std::atomic<uint64_t>>(1);
  const uint64_t kernel = space.MakeKernel(&CountThreads, true, sizeof(CountArgs));
  constexpr uint64_t kRounds = 400, kBlocks = 3;
  for (uint64_t i = 1; i <= kRounds; ++i) {
    TestQueue queue(space);
    queue.Dispatch(kernel, args, {kBlocks, 1, 1}, {1, 1, 1});
    ASSERT_EQ(i % 2 == 0 ? queue.Finish() : space.Wait(queue.fence(), queue.Submit()), 0);
    if (i % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(30));
    ASSERT_EQ(queue.Destroy(), 0);
  }
  EXPECT_EQ(args->counter->load(), kRounds * kBlocks);
}

TEST(Schedule, GivenBlockedQueueWhenDestroyedThenAtOnce) {
  TestSpace space;
  auto* never = space.Allocate<uint64_t>(1);
  TestQueue queue(space);
  queue.WaitFor(never, 1);
  queue.Submit();
  EXPECT_EQ(space.Wait(queue.fence(), 1, 2'000'000), -ETIME);
  EXPECT_EQ(queue.Destroy(), 0);
}

TEST(Schedule, GivenBlockedQueueWhenResetThenItIsEmptyAndUsable) {
  TestSpace space;
  auto* never = space.Allocate<uint64_t>(1);
  TestQueue queue(space);
  queue.WaitFor(never, 1);
  queue.Submit();
  supa_uapi_reset reset{};
  reset.scope = SUPA_UAPI_RESET_QUEUE;
  reset.queue = queue.id();
  ASSERT_EQ(space.Call(SUPA_UAPI_RESET, reset), 0);
  EXPECT_EQ(queue.control().read_index, queue.control().write_index);
  EXPECT_EQ(queue.Finish(), 0);
}

TEST(Schedule, GivenResetOfTheCardThenItsAddressSpacesDieAndNewOnesWork) {
  TestSpace a("BR20x"), b("BR20x"), other("BR166");
  TestQueue queue_a(a), queue_b(b), queue_other(other);
  std::thread waiter([&] { EXPECT_EQ(b.Wait(queue_b.fence(), 1, -1), -ECANCELED); });
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  supa_uapi_reset reset{};
  reset.scope = SUPA_UAPI_RESET_DEVICE;
  ASSERT_EQ(a.Call(SUPA_UAPI_RESET, reset), 0);
  waiter.join();
  EXPECT_EQ(queue_a.Finish(), -ECANCELED);
  EXPECT_EQ(a.NextFault().type, SUPA_UAPI_EVENT_DEVICE_LOST);
  EXPECT_EQ(queue_b.control().error, SUPA_UAPI_EVENT_DEVICE_LOST);
  EXPECT_EQ(queue_other.Finish(), 0) << "another card goes on";
  TestSpace fresh("BR20x");
  TestQueue queue(fresh);
  EXPECT_EQ(queue.Finish(), 0);
}

TEST(Schedule, GivenDeadAddressSpaceThenItTakesNoQueue) {
  TestSpace space;
  TestQueue queue(space);
  queue.Write(Packet(200));
  EXPECT_EQ(queue.Finish(), -ECANCELED);
  supa_uapi_queue_create create{};
  create.vm = space.vm();
  create.ring_packets = 16;
  create.ring_va = create.control_va = space.base();
  EXPECT_EQ(space.Call(SUPA_UAPI_QUEUE_CREATE, create), -ECANCELED);
}

/// What one thread of the stress test does: random copies among its words, in several queues that
/// wait for each other, against a model kept on the host.
void Stress(TestSpace& space, uint64_t kernel, uint32_t seed) {
  constexpr int kQueues = 4, kWords = 16, kRounds = 60;
  std::mt19937 random(seed);
  std::vector<std::unique_ptr<TestQueue>> queues;
  for (int i = 0; i < kQueues; ++i) {
    queues.push_back(std::make_unique<TestQueue>(space, -static_cast<int>(random() % 3)));
  }
  auto* words = space.Allocate<uint64_t>(kWords);
  auto* args = space.Allocate<CountArgs>(1);
  args->counter = space.Allocate<std::atomic<uint64_t>>(1);
  uint64_t counted = 0;
  std::vector<uint64_t> expected(kWords, 0);
  std::vector<uint64_t> submitted(kQueues, 0);
  int last = -1;
  for (int round = 0; round < kRounds; ++round) {
    for (int step = 0; step < 8; ++step) {
      const int q = static_cast<int>(random() % kQueues);
      // Everything of this thread is one chain that changes queues at random.
      if (last >= 0 && last != q) queues[q]->WaitFor(queues[last]->fence(), submitted[last]);
      const uint32_t to = random() % kWords, from = random() % kWords;
      switch (random() % 3) {
        case 0:
          queues[q]->Copy(Va(words + to), Va(words + from), 8);
          expected[to] = expected[from];
          break;
        case 1:
          queues[q]->Fill(Va(words + to), round * 100 + step, 8, 1);
          expected[to] = static_cast<uint64_t>(round * 100 + step);
          break;
        default:
          queues[q]->Dispatch(kernel, args, {static_cast<uint32_t>(1 + random() % 8), 1, 1},
                              {8, 1, 1});
          counted = 1;
      }
      submitted[q] = queues[q]->Submit();
      last = q;
    }
    ASSERT_EQ(
        space.Wait(queues[last]->fence(), submitted[last], random() % 2 ? -1 : 60'000'000'000), 0);
    for (int i = 0; i < kWords; ++i) ASSERT_EQ(words[i], expected[i]) << seed << " " << round;
  }
  EXPECT_EQ(args->counter->load() > 0, counted > 0);
}

TEST(Schedule, GivenManyThreadsWithManyQueuesThenAllResultsAreRight) {
  TestSpace first("BR106M", 0), second("BR106M", 1);
  const uint64_t kernels[] = {first.MakeKernel(&CountThreads, true, sizeof(CountArgs)),
                              second.MakeKernel(&CountThreads, true, sizeof(CountArgs))};
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] { Stress(t % 2 == 0 ? first : second, kernels[t % 2], t + 1); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Schedule, GivenSlowTrickleOfWorkThenNoWakeUpIsLost) {
  TestSpace space;
  TestQueue queue(space);
  auto* word = space.Allocate<uint64_t>(1);
  std::mt19937 random(7);
  // Pauses around the times at which workers stop spinning and stop napping; nobody helps.
  const int pauses_us[] = {0, 5, 15, 20, 25, 60, 110, 2900, 3000, 3100};
  for (int i = 1; i <= 300; ++i) {
    queue.Fill(Va(word), i, 8, 1);
    const uint64_t value = queue.Submit();
    ASSERT_EQ(space.Wait(queue.fence(), value, 10'000'000'000), 0) << "round " << i;
    ASSERT_EQ(*word, static_cast<uint64_t>(i));
    std::this_thread::sleep_for(std::chrono::microseconds(pauses_us[random() % 10]));
  }
}

TEST(Schedule, GivenForkThenTheChildsCallsFailCleanly) {
  TestSpace space;
  TestQueue queue(space);
  ASSERT_EQ(queue.Finish(), 0);
  const pid_t child = fork();
  if (child == 0) {
    supa_uapi_doorbell bell{};
    _exit(space.Call(SUPA_UAPI_DOORBELL, bell) == -ENODEV ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(queue.Finish(), 0) << "the parent goes on";
}

}  // namespace
}  // namespace opensupa::emu
