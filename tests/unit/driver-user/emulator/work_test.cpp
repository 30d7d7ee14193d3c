// Work that succeeds: copies, fills, kernels, fences.

#include <chrono>
#include <cstdio>
#include <thread>

#include "card_fixture.h"

namespace opensupa::emu {
namespace {

struct AddArgs {
  const float* a;
  const float* b;
  float* c;
  uint64_t count;
};

void VectorAdd(abi::ThreadContext* context) {
  const auto& args = ArgsOf<AddArgs>(context);
  ForEachThread(context, [&] {
    const uint64_t i = GlobalIndex(context);
    if (i < args.count) args.c[i] = args.a[i] + args.b[i];
  });
}

void Nothing(abi::ThreadContext*) {}

TEST(EmulatorWork, GivenTwoVectorsWhenAddedByPlainLoopThenSumIsExact) {
  TestSpace space;
  TestQueue queue(space);
  constexpr uint64_t kCount = 100'003;
  auto* a = space.Allocate<float>(kCount);
  auto* b = space.Allocate<float>(kCount);
  auto* c = space.Allocate<float>(kCount);
  for (uint64_t i = 0; i < kCount; ++i) {
    a[i] = static_cast<float>(i);
    b[i] = static_cast<float>(2 * i);
  }
  auto* args = space.Allocate<AddArgs>(1);
  *args = {a, b, c, kCount};
  const uint64_t kernel = space.MakeKernel(&VectorAdd, true, sizeof(AddArgs));
  queue.Dispatch(kernel, args, {(kCount + 255) / 256, 1, 1}, {256, 1, 1});
  ASSERT_EQ(queue.Finish(), 0);
  for (uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(c[i], static_cast<float>(3 * i)) << i;
}

TEST(EmulatorWork, GivenLargeBufferWhenCopiedThenEveryByteArrives) {
  TestSpace space;
  TestQueue queue(space, 0, SUPA_UAPI_QUEUE_COPY);
  constexpr uint64_t kBytes = (8u << 20) + 4095;
  auto* from = space.Allocate<uint8_t>(kBytes);
  auto* to = space.Allocate<uint8_t>(kBytes);
  for (uint64_t i = 0; i < kBytes; ++i) from[i] = static_cast<uint8_t>(i * 31 + i / 4096);
  queue.Copy(Va(to) + 1, Va(from), kBytes - 1);
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_EQ(std::memcmp(to + 1, from, kBytes - 1), 0);
  EXPECT_EQ(to[0], 0);
}

TEST(EmulatorWork, GivenEachElementSizeWhenFilledThenOnlyRowsAreWritten) {
  TestSpace space;
  TestQueue queue(space);
  for (uint32_t bytes : {1u, 2u, 4u, 8u}) {
    auto* data = space.Allocate<uint8_t>(64 * 10);
    const uint64_t value = 0x1122334455667788ull;
    queue.Fill(Va(data), value, bytes, 16 / bytes, 10, 64);
    ASSERT_EQ(queue.Finish(), 0);
    for (uint32_t row = 0; row < 10; ++row) {
      for (uint32_t i = 0; i < 64; ++i) {
        const uint8_t expected = i < 16 ? static_cast<uint8_t>(value >> (8 * (i % bytes))) : 0;
        ASSERT_EQ(data[row * 64 + i], expected) << bytes << " " << row << " " << i;
      }
    }
  }
  // One long row, cut into parts inside.
  constexpr uint64_t kCount = 300'001;
  auto* words = space.Allocate<uint32_t>(kCount + 1);
  queue.Fill(Va(words), 77, 4, kCount);
  ASSERT_EQ(queue.Finish(), 0);
  for (uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(words[i], 77u) << i;
  EXPECT_EQ(words[kCount], 0u);
}

TEST(EmulatorWork, GivenPartOfVolumeWhenCopiedThenNeighboursStay) {
  TestSpace space;
  TestQueue queue(space);
  constexpr uint64_t kPitch = 40, kRows = 7, kSlices = 3;
  auto* from = space.Allocate<uint8_t>(kPitch * kRows * kSlices);
  auto* to = space.Allocate<uint8_t>(64 * kRows * kSlices);
  for (uint64_t i = 0; i < kPitch * kRows * kSlices; ++i) from[i] = static_cast<uint8_t>(i + 1);
  auto* rect = space.Allocate<supa_copy_rect>(1);
  *rect = {.dst_va = Va(to) + 2,
           .src_va = Va(from) + 5,
           .dst_pitch_bytes = 64,
           .src_pitch_bytes = kPitch,
           .dst_slice_bytes = 64 * kRows,
           .src_slice_bytes = kPitch * kRows,
           .width_bytes = 11,
           .height = 4,
           .depth = 3};
  supa_packet packet = Packet(SUPA_PACKET_COPY_RECT);
  packet.copy_rect.rect_va = Va(rect);
  queue.Write(packet);
  ASSERT_EQ(queue.Finish(), 0);
  for (uint64_t z = 0; z < kSlices; ++z) {
    for (uint64_t y = 0; y < kRows; ++y) {
      for (uint64_t x = 0; x < 64; ++x) {
        const bool inside = x >= 2 && x < 13 && y < 4;
        const uint8_t expected = inside ? from[z * kPitch * kRows + y * kPitch + x + 3] : 0;
        ASSERT_EQ(to[(z * kRows + y) * 64 + x], expected) << x << " " << y << " " << z;
      }
    }
  }
}

TEST(EmulatorWork, GivenChainOfQueuesWhenEachWaitsForTheOneBeforeThenOrderHolds) {
  TestSpace space;
  constexpr int kQueues = 64;
  std::vector<std::unique_ptr<TestQueue>> queues;
  for (int i = 0; i < kQueues; ++i) queues.push_back(std::make_unique<TestQueue>(space));
  auto* values = space.Allocate<uint64_t>(kQueues + 1);
  values[0] = 42;
  // The last is submitted first, so all of them wait.
  for (int i = kQueues - 1; i > 0; --i) {
    queues[i]->WaitFor(queues[i - 1]->fence(), 1);
    queues[i]->Copy(Va(values + i + 1), Va(values + i), 8);
    queues[i]->Submit();
  }
  EXPECT_EQ(space.Wait(queues[kQueues - 1]->fence(), 1, 20'000'000), -ETIME);
  queues[0]->Copy(Va(values + 1), Va(values), 8);
  queues[0]->Submit();
  ASSERT_EQ(space.Wait(queues[kQueues - 1]->fence(), 1, -1), 0);
  EXPECT_EQ(values[kQueues], 42u);
}

TEST(EmulatorWork, GivenQueuesThatWaitForEachOtherInTurnsThenNoneIsStuck) {
  TestSpace space;
  TestQueue ping(space), pong(space);
  auto* ball = space.Allocate<uint64_t>(2);
  constexpr uint64_t kTurns = 300;
  std::thread writer([&] {
    for (uint64_t i = 1; i <= kTurns; ++i) {
      ping.WaitFor(ball + 1, i - 1);
      ping.Signal(ball, i);
      ping.Ring();
    }
    ping.Submit();
  });
  for (uint64_t i = 1; i <= kTurns; ++i) {
    pong.WaitFor(ball, i);
    pong.Signal(ball + 1, i);
    pong.Ring();
  }
  const uint64_t last = pong.Submit();
  EXPECT_EQ(space.Wait(pong.fence(), last, -1), 0);
  writer.join();
  EXPECT_EQ(space.Wait(ping.fence(), 1, -1), 0);
  EXPECT_EQ(ball[0], kTurns);
}

TEST(EmulatorWork, GivenWaitOnHostFenceWhenHostWritesAndRingsThenQueueGoesOn) {
  TestSpace space;
  TestQueue queue(space);
  auto* gate = space.Allocate<uint64_t>(1);
  queue.WaitFor(gate, 5, SUPA_WAIT_EQUAL);
  queue.Submit();
  EXPECT_EQ(space.Wait(queue.fence(), 1, 5'000'000), -ETIME);
  __atomic_store_n(gate, 5, __ATOMIC_RELEASE);
  supa_uapi_doorbell bell{};
  EXPECT_EQ(space.Call(SUPA_UAPI_DOORBELL, bell), 0);
  EXPECT_EQ(space.Wait(queue.fence(), 1, -1), 0);
}

TEST(EmulatorWork, GivenTwoCardsWhenOneWaitsForTheOtherThenFenceCrosses) {
  TestSpace first("BR106M", 0), second("BR166", 1);
  TestQueue producer(first), consumer(second);
  // The second card reaches the fence of the first as user memory.
  ASSERT_EQ(second.BindUser(producer.fence(), 4096, kReadWrite), 0);
  consumer.WaitFor(producer.fence(), 1);
  consumer.Submit();
  EXPECT_EQ(second.Wait(consumer.fence(), 1, 5'000'000), -ETIME);
  producer.Submit();
  EXPECT_EQ(second.Wait(consumer.fence(), 1, -1), 0);
}

TEST(EmulatorWork, GivenTimestampsAroundSleepThenTheyDifferByIt) {
  TestSpace space;
  TestQueue queue(space);
  auto* stamps = space.Allocate<uint64_t>(2);
  queue.Timestamp(stamps);
  ASSERT_EQ(queue.Finish(), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  queue.Timestamp(stamps + 1);
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_GE(stamps[1] - stamps[0], 5'000'000u);
  EXPECT_LT(stamps[1] - stamps[0], 5'000'000'000u);
}

TEST(EmulatorWork, Given32BitFenceThenOnly32BitsAreWrittenAndCompared) {
  TestSpace space;
  TestQueue queue(space);
  auto* words = space.Allocate<uint32_t>(2);
  words[1] = 0xabcdef01;
  supa_packet packet = Packet(SUPA_PACKET_SIGNAL);
  packet.header.flags = SUPA_VALUE_32BIT;
  packet.fence.address = Va(words);
  packet.fence.value = 0x1'0000'0007;
  queue.Write(packet);
  packet.header.type = SUPA_PACKET_WAIT;
  packet.header.flags = SUPA_VALUE_32BIT | SUPA_WAIT_EQUAL;
  queue.Write(packet);
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_EQ(words[0], 7u);
  EXPECT_EQ(words[1], 0xabcdef01u);
}

TEST(EmulatorWork, LatencyOfLaunchAndWaitIsPrinted) {
  TestSpace space;
  TestQueue queue(space);
  const uint64_t kernel = space.MakeKernel(&Nothing, true);
  constexpr int kRounds = 2000;
  for (int warm = 0; warm < 2; ++warm) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i) {
      queue.Dispatch(kernel, nullptr, {1, 1, 1}, {32, 1, 1});
      ASSERT_EQ(queue.Finish(), 0);
    }
    const double us =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    std::printf("launch and wait: %.2f us\n", us / kRounds);
  }
}

}  // namespace
}  // namespace opensupa::emu
