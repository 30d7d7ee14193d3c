#include "native_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "fake_card.h"
#include "native_device.h"

namespace opensupa::native {
namespace {

using ::testing::HasSubstr;

class NativeQueueTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    auto device = NativeDevice::Open(card_.Open(), "fake");
    ASSERT_TRUE(device.ok()) << device.status();
    device_ = std::move(*device);
    queue_ = *device_->CreateQueue({});
    fence_ = *device_->CreateFence(0);
  }
  void TearDown() override {
    queue_.reset();
    fence_.reset();
    device_.reset();
    EXPECT_EQ(card_.LiveObjects(), 0u);
  }
  Status Submit(std::vector<hal::FencePoint> waits, std::vector<hal::Command> commands,
                std::vector<hal::FencePoint> signals = {}) {
    return queue_->Submit(waits, commands, signals);
  }
  static hal::DispatchCommand Dispatch(uint64_t kernel, std::span<const std::byte> args) {
    hal::DispatchCommand command;
    command.kernel = kernel;
    command.args = args;
    return command;
  }

  FakeCard card_;
  std::unique_ptr<NativeDevice> device_;
  std::unique_ptr<hal::Queue> queue_;
  std::unique_ptr<hal::Fence> fence_;
};

TEST_F(NativeQueueTest, GivenADispatchThenThePacketSaysAllOfIt) {
  const uint64_t args[] = {1, 2, 3};
  hal::DispatchCommand command = Dispatch(0x1234540, std::as_bytes(std::span(args)));
  command.grid = {10, 20, 30};
  command.block = {4, 5, 6};
  command.dynamic_shared_bytes = 777;
  command.cookie = 99;
  ASSERT_TRUE(Submit({}, {command}).ok());
  ASSERT_EQ(card_.Dispatches().size(), 1u);
  const supa_packet_dispatch packet = card_.Dispatches()[0].dispatch;
  EXPECT_EQ(packet.descriptor_va, 0x1234540u);
  EXPECT_EQ(packet.grid[0], 10u);
  EXPECT_EQ(packet.grid[2], 30u);
  EXPECT_EQ(packet.block[1], 5u);
  EXPECT_EQ(packet.dynamic_shared_bytes, 777u);
  EXPECT_EQ(packet.cookie, 99u);
  EXPECT_EQ(std::memcmp(card_.DispatchArgs()[0].data(), args, sizeof(args)), 0);
}

TEST_F(NativeQueueTest, GivenASleepingCardThenEachSubmitRingsOnce) {
  const size_t before = card_.Calls(SUPA_UAPI_DOORBELL);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Submit({}, {Dispatch(64, {})}).ok());
  EXPECT_EQ(card_.Calls(SUPA_UAPI_DOORBELL) - before, 5u);
  ASSERT_TRUE(Submit({}, {}).ok());
  EXPECT_EQ(card_.Calls(SUPA_UAPI_DOORBELL) - before, 5u) << "nothing was written";
}

TEST_F(NativeQueueTest, GivenAnAwakeCardThenSubmitMakesNoCall) {
  card_.awake = true;
  queue_ = *device_->CreateQueue({});
  const size_t before = card_.Calls(SUPA_UAPI_DOORBELL) + card_.Calls(SUPA_UAPI_VM_BIND) +
                        card_.Calls(SUPA_UAPI_EVENT_READ) + card_.Calls(SUPA_UAPI_WAIT_FENCE);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Submit({}, {Dispatch(64, {})}, {{fence_.get(), 1}}).ok());
  EXPECT_EQ(card_.Calls(SUPA_UAPI_DOORBELL) + card_.Calls(SUPA_UAPI_VM_BIND) +
                card_.Calls(SUPA_UAPI_EVENT_READ) + card_.Calls(SUPA_UAPI_WAIT_FENCE),
            before);
  EXPECT_TRUE(fence_->Wait(1, -1).ok());
}

TEST_F(NativeQueueTest, GivenAFullRingThenSubmitWaitsForRoom) {
  card_.paused = true;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_TRUE(card_.Dispatches().empty());
    card_.paused = false;
  });
  const uint64_t args = 5;
  std::vector<hal::Command> batch(3 * PacketRing::kPackets,
                                  Dispatch(64, std::as_bytes(std::span(&args, 1))));
  EXPECT_TRUE(Submit({}, batch, {{fence_.get(), 1}}).ok());
  later.join();
  EXPECT_TRUE(fence_->Wait(1, -1).ok());
  EXPECT_EQ(card_.Dispatches().size(), batch.size());
}

TEST_F(NativeQueueTest, GivenArgumentsOfAllSizesThenNoneIsOverwritten) {
  std::vector<std::vector<std::byte>> args;
  for (uint32_t i = 0; i < 3000; ++i) {
    args.emplace_back(8 + i * 7919 % PacketRing::kMaxArgumentBytes);
    std::memcpy(args.back().data(), &i, sizeof(i));
    args.back().back() = std::byte(i);
    card_.paused = i % 3 != 0;
    if (args.back().size() > 40000) card_.paused = false;
    ASSERT_TRUE(Submit({}, {Dispatch(64, args.back())}).ok());
  }
  card_.paused = false;
  ASSERT_TRUE(Submit({}, {}, {{fence_.get(), 1}}).ok());
  ASSERT_TRUE(fence_->Wait(1, -1).ok());
  const auto seen = card_.DispatchArgs();
  ASSERT_EQ(seen.size(), args.size());
  for (uint32_t i = 0; i < args.size(); ++i) {
    ASSERT_EQ(std::memcmp(seen[i].data(), args[i].data(), std::min<size_t>(64, args[i].size())), 0)
        << i;
  }
}

TEST_F(NativeQueueTest, GivenTooManyArgumentBytesThenInvalidArgument) {
  std::vector<std::byte> args(PacketRing::kMaxArgumentBytes + 1);
  const Status status = Submit({}, {Dispatch(64, args)});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("131073 bytes of arguments"));
  EXPECT_TRUE(card_.Dispatches().empty());
}

TEST_F(NativeQueueTest, GivenADoorbellThatFailsOnceThenTheWorkRuns) {
  card_.fail_errno = 5;
  card_.fail_op = SUPA_UAPI_DOORBELL;
  EXPECT_FALSE(Submit({}, {Dispatch(64, {})}).ok()) << "it never works";
  card_.fail_op = -1;
  EXPECT_TRUE(Submit({}, {}, {{fence_.get(), 1}}).ok());
  EXPECT_TRUE(fence_->Wait(1, -1).ok());
}

TEST_F(NativeQueueTest, GivenAFenceReachedThenNoWaitPacketIsNeeded) {
  card_.paused = true;
  ASSERT_TRUE(fence_->Signal(4).ok());
  auto done = *device_->CreateFence(0);
  ASSERT_TRUE(Submit({{fence_.get(), 4}}, {}, {{done.get(), 1}}).ok());
  card_.paused = false;
  EXPECT_TRUE(done->Wait(1, 0).ok());
}

TEST_F(NativeQueueTest, GivenADeadAddressSpaceThenEverythingTellsTheFirstFault) {
  supa_uapi_event event{};
  event.type = SUPA_UAPI_EVENT_TRAP;
  event.descriptor_va = 64;
  card_.Kill(event);
  event.type = SUPA_UAPI_EVENT_ASSERT;
  card_.Kill(event);
  for (int i = 0; i < 2; ++i) {
    const Status status = Submit({}, {Dispatch(64, {})});
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    EXPECT_THAT(std::string(status.message()), HasSubstr("stopped with a trap"));
    EXPECT_EQ(fence_->Wait(1, -1).message(), status.message());
  }
  EXPECT_EQ(device_->PollFault().kind, hal::FaultKind::kTrap);
}

TEST_F(NativeQueueTest, GivenADeathWithoutAReasonThenTheTextSaysSo) {
  supa_uapi_event event{};
  event.type = SUPA_UAPI_EVENT_PRINTF;
  card_.Kill(event);
  EXPECT_THAT(std::string(fence_->Wait(1, -1).message()), HasSubstr("gave no reason"));
  EXPECT_EQ(device_->PollFault().kind, hal::FaultKind::kDeviceLost);
}

TEST_F(NativeQueueTest, GivenAFullRingThenTheWaitIsForAboutHalfOfIt) {
  card_.awake = true;
  queue_ = *device_->CreateQueue({});
  card_.paused = true;
  std::thread submitter([&] {
    for (uint32_t i = 0; i < PacketRing::kPackets; ++i) {
      ASSERT_TRUE(Submit({}, {Dispatch(64, {})}).ok());
    }
  });
  while (card_.WaitedValues().empty()) std::this_thread::yield();
  card_.paused = false;
  submitter.join();
  const std::vector<uint64_t> waited = card_.WaitedValues();
  EXPECT_GE(waited.front(), PacketRing::kPackets / 4);
  EXPECT_LE(waited.front(), PacketRing::kPackets * 3 / 4);
  EXPECT_LE(waited.size(), 3u);
}

TEST_F(NativeQueueTest, GivenADeathWhileTheRingIsFullThenSubmitEnds) {
  card_.paused = true;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    supa_uapi_event event{};
    event.type = SUPA_UAPI_EVENT_TRAP;
    card_.Kill(event);
  });
  std::vector<hal::Command> batch(3 * PacketRing::kPackets, Dispatch(64, {}));
  EXPECT_EQ(Submit({}, batch).code(), absl::StatusCode::kAborted);
  later.join();
}

TEST_F(NativeQueueTest, GivenPrintfEventsThenPollWritesThemInOrder) {
  for (const char* text : {"one ", "two ", "three\n"}) {
    supa_uapi_event event{};
    event.type = SUPA_UAPI_EVENT_PRINTF;
    event.text_bytes = static_cast<uint32_t>(std::strlen(text));
    std::memcpy(event.text, text, event.text_bytes);
    card_.Tell(event);
  }
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(device_->PollFault().kind, hal::FaultKind::kNone);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "one two three\n");
}

TEST_F(NativeQueueTest, GivenHostCallsThenTheyRunOnceAndInOrder) {
  std::vector<int> seen;
  std::vector<hal::Command> batch;
  for (int i = 0; i < 50; ++i)
    batch.push_back(hal::HostCallCommand{[&seen, i] { seen.push_back(i); }});
  ASSERT_TRUE(Submit({}, batch, {{fence_.get(), 1}}).ok());
  ASSERT_TRUE(fence_->Wait(1, -1).ok());
  ASSERT_EQ(seen.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[i], i);
}

TEST_F(NativeQueueTest, GivenObjectsThatOutliveTheDeviceThenTheyStillGiveBackWhatTheyHold) {
  auto memory = *device_->CreateMemory({4096, hal::Placement::kDevice, false});
  auto range = *device_->ReserveRange(4096, 0, 0);
  ASSERT_TRUE(range->Bind(0, memory.get(), 0, 4096, hal::kAccessRead).ok());
  ASSERT_TRUE(Submit({}, {hal::HostCallCommand{[] {}}}).ok());
  device_.reset();
  memory.reset();
  range.reset();
}

}  // namespace
}  // namespace opensupa::native
