// Queues: empty batches, priorities, timestamps, value commands, host calls, many queues and
// threads.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "hal_fixture.h"

namespace opensupa::conformance {
namespace {

using absl::StatusCode;
using Queues = HalTest;
using HostCalls = HalTest;

TEST_F(Queues, GivenAnEmptyBatchThenSignalsAreDone) {
  SUPA_EXPECT_OK(queue().Submit({}, {}, {}));
  SUPA_EXPECT_OK(session().Run(std::span<const hal::Command>{}));
}

TEST_F(Queues, GivenAnyPriorityThenTheQueueWorks) {
  for (int32_t priority : {-1000, -5, -1, 0, 1, 1000}) {
    auto fence = MakeFence();
    auto own = MakeQueue(priority);
    ASSERT_NE(own, nullptr) << priority;
    const hal::FencePoint point{fence.get(), 1};
    SUPA_ASSERT_OK(own->Submit({}, {}, std::span(&point, 1)));
    SUPA_EXPECT_OK(fence->Wait(1, kPatienceNs));
  }
}

TEST_F(Queues, GivenTimestampsThenTheyGrowAndAreNanoseconds) {
  Buffer buffer = Allocate(4096);
  const hal::Command batch[] = {
      hal::TimestampCommand{buffer.address()},
      hal::HostCallCommand{[] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }},
      hal::TimestampCommand{buffer.address() + 8}, hal::TimestampCommand{buffer.address() + 16}};
  SUPA_ASSERT_OK(session().Run(batch));
  const auto stamps = As<uint64_t>(Download(buffer, 24));
  EXPECT_GT(stamps[0], 0u);
  EXPECT_GE(stamps[1] - stamps[0], 19'000'000u);
  EXPECT_LT(stamps[1] - stamps[0], 20'000'000'000u);
  EXPECT_GE(stamps[2], stamps[1]);
}

TEST_F(Queues, GivenValueWritesThenOnlyTheirBytesChange) {
  Buffer buffer = Allocate(4096);
  const hal::Command batch[] = {
      hal::FillCommand{buffer.address(), 0xff, 1, 32, 1, 0},
      hal::WriteValueCommand{buffer.address() + 4, 0x1111222233334444, false},
      hal::WriteValueCommand{buffer.address() + 16, 0x1111222233334444, true}};
  SUPA_ASSERT_OK(session().Run(batch));
  const auto words = As<uint32_t>(Download(buffer, 32));
  EXPECT_EQ(words,
            (std::vector<uint32_t>{~0u, 0x33334444, ~0u, ~0u, 0x33334444, 0x11112222, ~0u, ~0u}));
}

TEST_F(Queues, GivenValueWaitsThenTheyEndWhenTheValueFits) {
  Buffer buffer = Allocate(4096);
  SUPA_ASSERT_OK(session().Run(hal::FillCommand{buffer.address(), 0, 8, 64, 1, 0}));
  auto waiting = MakeQueue();
  struct Case {
    bool is_64bit, equal;
    uint64_t wait, before, after;
  };
  uint64_t at = buffer.address();
  for (const Case& c : {Case{false, false, 5, 4, 6}, Case{false, true, 5, 6, 5},
                        Case{true, false, 1ull << 35, (1ull << 35) - 1, 1ull << 36},
                        Case{true, true, 1ull << 35, 1ull << 36, 1ull << 35}}) {
    auto fence = MakeFence();
    const hal::FencePoint point{fence.get(), 1};
    SUPA_ASSERT_OK(session().Run(hal::WriteValueCommand{at, c.before, c.is_64bit}));
    const hal::Command wait = hal::WaitValueCommand{at, c.wait, c.is_64bit, c.equal};
    SUPA_ASSERT_OK(waiting->Submit({}, std::span(&wait, 1), std::span(&point, 1)));
    SUPA_EXPECT_CODE(fence->Wait(1, 10'000'000), StatusCode::kDeadlineExceeded);
    SUPA_ASSERT_OK(session().Run(hal::WriteValueCommand{at, c.after, c.is_64bit}));
    SUPA_ASSERT_OK(fence->Wait(1, kPatienceNs));
    at += 8;
  }
}

TEST_F(Queues, GivenMisalignedValueCommandsThenInvalidArgument) {
  Buffer buffer = Allocate(4096);
  const uint64_t at = buffer.address();
  for (const hal::Command& wrong :
       {hal::Command(hal::TimestampCommand{at + 4}), hal::Command(hal::TimestampCommand{0}),
        hal::Command(hal::WriteValueCommand{at + 4, 1, true}),
        hal::Command(hal::WriteValueCommand{at + 2, 1, false}),
        hal::Command(hal::WaitValueCommand{at + 4, 1, true, false}),
        hal::Command(hal::WaitValueCommand{at + 1, 1, false, true})}) {
    SUPA_EXPECT_CODE(queue().Submit({}, std::span(&wrong, 1), {}), StatusCode::kInvalidArgument);
  }
}

TEST_F(Queues, GivenABusyQueueThenItCanBeDestroyed) {
  auto gate = MakeFence(), never = MakeFence();
  Buffer buffer = Allocate(1 << 20);
  const hal::FencePoint wait{gate.get(), 1}, signal{never.get(), 1};
  auto blocked = MakeQueue(), busy = MakeQueue();
  SUPA_ASSERT_OK(blocked->Submit(std::span(&wait, 1), {}, std::span(&signal, 1)));
  std::vector<hal::Command> fills(200, hal::FillCommand{buffer.address(), 1, 1, 1 << 20, 1, 0});
  SUPA_ASSERT_OK(busy->Submit({}, fills, {}));
  blocked.reset();
  busy.reset();
  EXPECT_EQ(never->Value(), 0u);
  SUPA_EXPECT_OK(session().Run(hal::FillCommand{buffer.address(), 2, 1, 1 << 20, 1, 0}));
}

TEST_F(Queues, GivenABusyDeviceThenItCanBeClosed) {
  Session* other = OtherSession();
  ASSERT_NE(other, nullptr);
  auto buffer = MakeBuffer(other->device(), 1 << 20);
  auto gate = other->device().CreateFence(0);
  auto blocked = other->device().CreateQueue({});
  SUPA_ASSERT_OK(buffer);
  SUPA_ASSERT_OK(gate);
  SUPA_ASSERT_OK(blocked);
  const hal::FencePoint wait{gate->get(), 1};
  std::vector<hal::Command> batch(50, hal::FillCommand{buffer->address(), 1, 1, 1 << 20, 1, 0});
  batch.push_back(hal::HostCallCommand{[] {}});
  auto busy = other->device().CreateQueue({});
  SUPA_ASSERT_OK(busy);
  SUPA_ASSERT_OK((*busy)->Submit({}, batch, {}));
  SUPA_ASSERT_OK((*blocked)->Submit(std::span(&wait, 1), batch, {}));
  busy->reset();
  blocked->reset();
  gate->reset();
  *buffer = Buffer{};
  other->Close();
}

// Queues that wait for each other in a ring; each writes and copies words of its own memory.
void StressQueues(hal::Device& device, int queues, int batches, std::atomic<int>& failures) {
  struct Lane {
    Buffer buffer;
    std::unique_ptr<hal::Fence> fence;
    std::unique_ptr<hal::Queue> queue;
  };
  std::vector<Lane> lanes(queues);
  for (Lane& lane : lanes) {
    auto buffer = MakeBuffer(device, 4096 * 2);
    auto fence = device.CreateFence(0);
    auto queue = device.CreateQueue({});
    if (!buffer.ok() || !fence.ok() || !queue.ok()) {
      ++failures;
      return;
    }
    lane = {std::move(*buffer), std::move(*fence), std::move(*queue)};
  }
  for (int i = 0; i < batches; ++i) {
    for (int q = 0; q < queues; ++q) {
      const uint64_t at = lanes[q].buffer.address();
      const hal::Command commands[] = {
          hal::FillCommand{at + 4 * (i % 1024), uint64_t(i), 4, 1, 1, 0},
          hal::CopyCommand{at + 4096 + 4 * (i % 1024), at + 4 * (i % 1024), 4}};
      std::vector<hal::FencePoint> waits;
      if (i > 0) waits.push_back({lanes[(q + 1) % queues].fence.get(), uint64_t(i)});
      const hal::FencePoint signal{lanes[q].fence.get(), uint64_t(i + 1)};
      if (!lanes[q].queue->Submit(waits, commands, std::span(&signal, 1)).ok()) ++failures;
    }
  }
  for (Lane& lane : lanes) {
    if (!lane.fence->Wait(batches, kPatienceNs).ok()) ++failures;
  }
  auto session_queue = device.CreateQueue({});
  for (Lane& lane : lanes) {
    HostPages pages(8192);
    auto fence = device.CreateFence(0);
    if (!device.RegisterHost(pages.data(), pages.size()).ok() || !fence.ok()) {
      ++failures;
      continue;
    }
    const hal::Command copy = hal::CopyCommand{pages.address(), lane.buffer.address(), 8192};
    const hal::FencePoint done{fence->get(), 1};
    if (!(*session_queue)->Submit({}, std::span(&copy, 1), std::span(&done, 1)).ok() ||
        !(*fence)->Wait(1, kPatienceNs).ok()) {
      ++failures;
    }
    const auto* words = reinterpret_cast<const uint32_t*>(pages.data());
    for (int i = std::max(0, batches - 1024); i < batches; ++i) {
      if (words[i % 1024] != uint32_t(i) || words[1024 + i % 1024] != uint32_t(i)) ++failures;
    }
    device.UnregisterHost(pages.data()).IgnoreError();
  }
}

TEST_F(Queues, GivenThirtyTwoQueuesFromEightThreadsThenAllResultsAreRight) {
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] { StressQueues(device(), 4, 250, failures); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

TEST_F(Queues, GivenOneQueueSharedByThreadsThenEveryBatchRuns) {
  constexpr int kThreads = 8, kEach = 500;
  Buffer buffer = Allocate(kThreads * kEach);
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const hal::Command fill =
            hal::FillCommand{buffer.address() + t * kEach + i, uint64_t(t + 1), 1, 1, 1, 0};
        if (!queue().Submit({}, std::span(&fill, 1), {}).ok()) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  SUPA_ASSERT_OK(session().Run(std::span<const hal::Command>{}));
  EXPECT_EQ(failures, 0);
  const auto bytes = Download(buffer, kThreads * kEach);
  for (int i = 0; i < kThreads * kEach; ++i) ASSERT_EQ(bytes[i], i / kEach + 1);
}

TEST_F(HostCalls, GivenCallsInABatchThenTheyRunInOrderBetweenCommands) {
  Buffer buffer = Allocate(4096);
  HostPages pages(4096);
  SUPA_ASSERT_OK(device().RegisterHost(pages.data(), pages.size()));
  std::vector<int> seen;
  std::vector<hal::Command> batch;
  for (int i = 0; i < 20; ++i) {
    batch.push_back(hal::FillCommand{buffer.address(), uint64_t(i + 1), 1, 4096, 1, 0});
    batch.push_back(hal::CopyCommand{pages.address(), buffer.address(), 4096});
    batch.push_back(hal::HostCallCommand{[&] { seen.push_back(pages.data()[4095]); }});
  }
  SUPA_ASSERT_OK(session().Run(batch));
  ASSERT_EQ(seen.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(seen[i], i + 1);
  SUPA_EXPECT_OK(device().UnregisterHost(pages.data()));
}

TEST_F(HostCalls, GivenACallThatBlocksOnAnotherThreadThenItEndsWhenThatDoes) {
  std::atomic<bool> release{false};
  std::thread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    release = true;
  });
  SUPA_EXPECT_OK(session().Run(hal::HostCallCommand{[&] {
    while (!release) std::this_thread::yield();
  }}));
  releaser.join();
}

TEST_F(HostCalls, GivenManyQueuesThenTheirCallsDoNotBlockEachOther) {
  auto gate = MakeFence(), blocked_done = MakeFence(), done = MakeFence();
  auto blocked = MakeQueue(), open = MakeQueue();
  std::atomic<int> calls{0};
  const hal::Command call = hal::HostCallCommand{[&] { ++calls; }};
  const hal::FencePoint wait{gate.get(), 1}, blocked_signal{blocked_done.get(), 1},
      signal{done.get(), 1};
  SUPA_ASSERT_OK(
      blocked->Submit(std::span(&wait, 1), std::span(&call, 1), std::span(&blocked_signal, 1)));
  SUPA_ASSERT_OK(open->Submit({}, std::span(&call, 1), std::span(&signal, 1)));
  SUPA_ASSERT_OK(done->Wait(1, kPatienceNs));
  EXPECT_EQ(calls, 1);
  SUPA_ASSERT_OK(gate->Signal(1));
  SUPA_ASSERT_OK(blocked_done->Wait(1, kPatienceNs));
  EXPECT_EQ(calls, 2);
}

TEST_F(HostCalls, GivenACallThatSignalsAFenceThenOtherQueuesGoOn) {
  auto fence = MakeFence(), done = MakeFence();
  auto waiting = MakeQueue();
  const hal::FencePoint wait{fence.get(), 1}, signal{done.get(), 1};
  SUPA_ASSERT_OK(waiting->Submit(std::span(&wait, 1), {}, std::span(&signal, 1)));
  SUPA_ASSERT_OK(session().Run(hal::HostCallCommand{[&] { fence->Signal(1).IgnoreError(); }}));
  SUPA_EXPECT_OK(done->Wait(1, kPatienceNs));
}

TEST_F(HostCalls, GivenACallThatThrowsThenTheQueueGoesOn) {
  const hal::Command batch[] = {hal::HostCallCommand{[] { throw 1; }},
                                hal::HostCallCommand{nullptr}};
  SUPA_EXPECT_OK(session().Run(batch));
}

TEST_F(HostCalls, GivenADroppedCallThenItsFunctionIsDestroyed) {
  auto gate = MakeFence();
  auto token = std::make_shared<int>(1);
  std::weak_ptr<int> watch = token;
  auto blocked = MakeQueue();
  const hal::FencePoint wait{gate.get(), 1};
  {
    const hal::Command call = hal::HostCallCommand{[held = std::move(token)] { (void)held; }};
    SUPA_ASSERT_OK(blocked->Submit(std::span(&wait, 1), std::span(&call, 1), {}));
  }
  EXPECT_FALSE(watch.expired());
  blocked.reset();
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace opensupa::conformance
