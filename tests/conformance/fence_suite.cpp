// Fences: values, waits and signals of host and queues, across queues and devices, timeouts.
#include <atomic>
#include <chrono>
#include <thread>

#include "hal_fixture.h"

namespace opensupa::conformance {
namespace {

using absl::StatusCode;
using Fences = HalTest;

Status Submit(hal::Queue& queue, std::vector<hal::FencePoint> waits,
              std::vector<hal::Command> commands, std::vector<hal::FencePoint> signals) {
  return queue.Submit(waits, commands, signals);
}

TEST_F(Fences, GivenAnInitialValueThenLowerWaitsPass) {
  auto fence = MakeFence(5);
  EXPECT_EQ(fence->Value(), 5u);
  SUPA_EXPECT_OK(fence->Wait(5, -1));
  SUPA_EXPECT_OK(fence->Wait(0, 0));
}

TEST_F(Fences, GivenAHostSignalThenTheValueRisesAndNeverFalls) {
  auto fence = MakeFence();
  SUPA_ASSERT_OK(fence->Signal(7));
  EXPECT_EQ(fence->Value(), 7u);
  SUPA_EXPECT_OK(fence->Signal(3));
  EXPECT_EQ(fence->Value(), 7u);
  SUPA_ASSERT_OK(fence->Signal(1ull << 40));
  EXPECT_EQ(fence->Value(), 1ull << 40);
}

TEST_F(Fences, GivenNoSignalThenWaitEndsAtItsTimeout) {
  auto fence = MakeFence();
  SUPA_EXPECT_CODE(fence->Wait(1, 0), StatusCode::kDeadlineExceeded);
  const auto begin = std::chrono::steady_clock::now();
  SUPA_EXPECT_CODE(fence->Wait(1, 20'000'000), StatusCode::kDeadlineExceeded);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, std::chrono::milliseconds(19));
  EXPECT_LT(took, std::chrono::seconds(20));
}

TEST_F(Fences, GivenAWaitingHostThenASignalOfAnotherThreadEndsIt) {
  auto fence = MakeFence();
  std::thread signaller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    fence->Signal(1).IgnoreError();
  });
  SUPA_EXPECT_OK(fence->Wait(1, kPatienceNs));
  signaller.join();
}

TEST_F(Fences, GivenAQueueWaitThenWorkStartsOnlyAfterTheHostSignal) {
  auto gate = MakeFence(), done = MakeFence();
  Buffer buffer = Allocate(4096);
  SUPA_ASSERT_OK(session().Run(hal::FillCommand{buffer.address(), 1, 1, 4096, 1, 0}));
  auto gated = MakeQueue();
  SUPA_ASSERT_OK(Submit(*gated, {{gate.get(), 2}},
                        {hal::FillCommand{buffer.address(), 2, 1, 4096, 1, 0}}, {{done.get(), 1}}));
  SUPA_ASSERT_OK(gate->Signal(1));
  SUPA_EXPECT_CODE(done->Wait(1, 20'000'000), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Download(buffer, 1)[0], 1);
  SUPA_ASSERT_OK(gate->Signal(2));
  SUPA_ASSERT_OK(done->Wait(1, kPatienceNs));
  EXPECT_EQ(Download(buffer, 1)[0], 2);
}

TEST_F(Fences, GivenSeveralWaitsAndSignalsThenAllCount) {
  auto a = MakeFence(), b = MakeFence(), c = MakeFence(), d = MakeFence();
  auto gated = MakeQueue();
  SUPA_ASSERT_OK(Submit(*gated, {{a.get(), 1}, {b.get(), 1}}, {}, {{c.get(), 3}, {d.get(), 4}}));
  SUPA_ASSERT_OK(b->Signal(1));
  SUPA_EXPECT_CODE(c->Wait(3, 10'000'000), StatusCode::kDeadlineExceeded);
  SUPA_ASSERT_OK(a->Signal(1));
  SUPA_EXPECT_OK(c->Wait(3, kPatienceNs));
  SUPA_EXPECT_OK(d->Wait(4, kPatienceNs));
  EXPECT_EQ(c->Value(), 3u);
  EXPECT_EQ(d->Value(), 4u);
}

TEST_F(Fences, GivenTwoQueuesThatPassABallThenTheOrderHolds) {
  constexpr uint64_t kRounds = 200;
  auto fence = MakeFence();
  auto ping = MakeQueue(), pong = MakeQueue();
  Buffer buffer = Allocate(4096);
  for (uint64_t i = 0; i < kRounds; ++i) {
    hal::Queue& queue = i % 2 == 0 ? *ping : *pong;
    // Each round copies byte i to byte i + 1, so that a wrong order loses the mark.
    std::vector<hal::Command> commands;
    if (i == 0) commands.push_back(hal::FillCommand{buffer.address(), 0x77, 1, 1, 1, 0});
    commands.push_back(hal::CopyCommand{buffer.address() + i + 1, buffer.address() + i, 1});
    SUPA_ASSERT_OK(Submit(queue, {{fence.get(), i}}, commands, {{fence.get(), i + 1}}));
  }
  SUPA_ASSERT_OK(fence->Wait(kRounds, kPatienceNs));
  EXPECT_EQ(Download(buffer, kRounds + 1), std::vector<uint8_t>(kRounds + 1, 0x77));
}

TEST_F(Fences, GivenTwoDevicesThenEachWaitsForTheOther) {
  Session* other = OtherSession();
  ASSERT_NE(other, nullptr);
  auto fence = MakeFence();
  auto theirs = other->device().CreateFence(0);
  SUPA_ASSERT_OK(theirs);
  std::atomic<int> order{0};
  int mine_at = 0, theirs_at = 0;
  SUPA_ASSERT_OK(Submit(queue(), {{theirs->get(), 1}},
                        {hal::HostCallCommand{[&] { mine_at = ++order; }}}, {{fence.get(), 1}}));
  SUPA_ASSERT_OK(Submit(other->queue(), {}, {hal::HostCallCommand{[&] { theirs_at = ++order; }}},
                        {{theirs->get(), 1}}));
  SUPA_ASSERT_OK(Submit(other->queue(), {{fence.get(), 1}}, {}, {{theirs->get(), 2}}));
  SUPA_ASSERT_OK((*theirs)->Wait(2, kPatienceNs));
  EXPECT_EQ(theirs_at, 1);
  EXPECT_EQ(mine_at, 2);
}

TEST_F(Fences, GivenAHostSignalThenAQueueOfAnotherDeviceGoesOn) {
  Session* other = OtherSession();
  ASSERT_NE(other, nullptr);
  auto gate = MakeFence();
  auto theirs = other->device().CreateFence(0);
  SUPA_ASSERT_OK(theirs);
  SUPA_ASSERT_OK(Submit(other->queue(), {{gate.get(), 1}}, {}, {{theirs->get(), 1}}));
  SUPA_EXPECT_CODE((*theirs)->Wait(1, 10'000'000), StatusCode::kDeadlineExceeded);
  SUPA_ASSERT_OK(gate->Signal(1));
  SUPA_EXPECT_OK((*theirs)->Wait(1, kPatienceNs));
}

TEST_F(Fences, GivenNoFenceThenInvalidArgument) {
  SUPA_EXPECT_CODE(Submit(queue(), {{nullptr, 1}}, {}, {}), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(Submit(queue(), {}, {}, {{nullptr, 1}}), StatusCode::kInvalidArgument);
}

class ForeignFence : public hal::Fence {
 public:
  uint64_t Value() const override { return 0; }
  Status Wait(uint64_t, int64_t) override { return absl::OkStatus(); }
  Status Signal(uint64_t) override { return absl::OkStatus(); }
};

TEST_F(Fences, GivenAFenceOfAnotherBackendThenInvalidArgument) {
  ForeignFence foreign;
  SUPA_EXPECT_CODE(Submit(queue(), {{&foreign, 1}}, {}, {}), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(Submit(queue(), {}, {}, {{&foreign, 1}}), StatusCode::kInvalidArgument);
}

TEST_F(Fences, GivenManyFencesThenEachHasItsOwnValue) {
  std::vector<std::unique_ptr<hal::Fence>> fences;
  for (uint64_t i = 0; i < 3000; ++i) fences.push_back(MakeFence(i));
  SUPA_ASSERT_OK(fences[1234]->Signal(99999));
  for (uint64_t i = 0; i < fences.size(); ++i) {
    ASSERT_EQ(fences[i]->Value(), i == 1234 ? 99999 : i);
  }
}

}  // namespace
}  // namespace opensupa::conformance
