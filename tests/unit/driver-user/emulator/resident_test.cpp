// Blocks in flight together: blocks that wait for each other, cooperative grids, clusters,
// deadlocks.

#include <atomic>
#include <string>

#include "card_fixture.h"

// GCC defines a macro, clang has a feature.
#if defined(__has_feature)
#define OPENSUPA_TEST_TSAN __has_feature(thread_sanitizer)
#elif defined(__SANITIZE_THREAD__)
#define OPENSUPA_TEST_TSAN 1
#else
#define OPENSUPA_TEST_TSAN 0
#endif

namespace opensupa::emu {
namespace {

using abi::MeetOp;

struct MeetArgs {
  std::atomic<uint32_t>* flags;
  uint64_t* out;
  uint64_t parameter;
};

const abi::Hooks& HooksOf(abi::ThreadContext* context) { return *context->block->hooks; }

class Resident : public ::testing::Test {
 protected:
  MeetArgs* Args(uint64_t flags, uint64_t outs, uint64_t parameter = 0) {
    auto* args = space_.Allocate<MeetArgs>(1);
    args->flags = space_.Allocate<std::atomic<uint32_t>>(flags);
    args->out = space_.Allocate<uint64_t>(outs);
    args->parameter = parameter;
    return args;
  }

  uint64_t Kernel(void (*entry)(abi::ThreadContext*), uint32_t static_shared_bytes = 0) {
    return space_.MakeKernel(entry, false, sizeof(MeetArgs), static_shared_bytes);
  }

  TestSpace space_;
  TestQueue queue_{space_};
};

/// The first block goes on only after the last one has run, and the other way round.
void WaitForNextBlock(abi::ThreadContext* context) {
  const auto& args = ArgsOf<MeetArgs>(context);
  const uint32_t block = context->block->block_idx.x, blocks = context->block->grid_dim.x;
  if (context->linear_tid == 0) args.flags[block].store(1);
  while (args.flags[(block + 1) % blocks].load() == 0) HooksOf(context).yield(context);
  args.out[block * 3 + context->linear_tid] = block;
}

TEST_F(Resident, GivenBlocksThatSpinOnEachOtherThenAllEnd) {
  constexpr uint32_t kBlocks = 300;
  MeetArgs* args = Args(kBlocks, kBlocks * 3);
  queue_.Dispatch(Kernel(&WaitForNextBlock), args, {kBlocks, 1, 1}, {3, 1, 1});
  ASSERT_EQ(queue_.Finish(), 0) << space_.NextFault().text;
  for (uint64_t i = 0; i < kBlocks * 3; ++i) ASSERT_EQ(args->out[i], i / 3);
}

/// Each phase reads what another block wrote in the one before.
void GridPhases(abi::ThreadContext* context) {
  const auto& args = ArgsOf<MeetArgs>(context);
  const uint32_t threads = context->block->grid_dim.x * context->block->block_dim.x;
  const uint32_t me =
      context->block->block_idx.x * context->block->block_dim.x + context->linear_tid;
  uint64_t value = me;
  for (uint64_t phase = 0; phase < args.parameter; ++phase) {
    uint64_t* row = args.out + phase % 2 * threads;
    row[me] = value;
    if (phase % 3 == 0) {
      HooksOf(context).grid_barrier(context, MeetOp::kArrive, nullptr);
      HooksOf(context).grid_barrier(context, MeetOp::kWait, nullptr);
    } else {
      HooksOf(context).grid_barrier(context, MeetOp::kArriveAndWait, nullptr);
    }
    value = row[(me + 37) % threads] + 1;
  }
  args.out[2 * threads + me] = value;
}

TEST_F(Resident, GivenACooperativeGridThenAllThreadsMeet) {
  constexpr uint32_t kBlocks = 50, kThreads = 33, kPhases = 7, kAll = kBlocks * kThreads;
  MeetArgs* args = Args(1, 3 * kAll, kPhases);
  queue_.Dispatch(Kernel(&GridPhases), args, {kBlocks, 1, 1}, {kThreads, 1, 1}, 0, 0, true);
  ASSERT_EQ(queue_.Finish(), 0) << space_.NextFault().text;
  for (uint64_t i = 0; i < kAll; ++i) {
    ASSERT_EQ(args->out[2 * kAll + i], (i + 37 * kPhases) % kAll + kPhases) << i;
  }
}

void GridBarrierOnce(abi::ThreadContext* context) {
  if (context->block->block_idx.x == ArgsOf<MeetArgs>(context).parameter) return;
  if (context->linear_tid == 5) {
    HooksOf(context).block_barrier(context, 0, abi::BarrierOp::kPlain, 0, "other.su:3");
  }
  HooksOf(context).grid_barrier(context, MeetOp::kArriveAndWait, "kernel.su:12");
}

TEST_F(Resident, GivenABlockThatLeavesThenTheGridIsDeadlocked) {
  queue_.Dispatch(Kernel(&GridBarrierOnce), Args(1, 1, 3), {5, 1, 1}, {4, 1, 1}, 0, 9, true);
  ASSERT_LT(queue_.Finish(), 0);
  const supa_uapi_event fault = space_.NextFault();
  EXPECT_EQ(fault.type, uint32_t{SUPA_UAPI_EVENT_BARRIER_DEADLOCK});
  EXPECT_STREQ(
      fault.text,
      "No thread of the block can go on: 4 wait at the barrier of the grid at kernel.su:12 "
      "(first is thread (0,0,0)). Of the 5 blocks of the grid, 1 have ended without coming "
      "there.");
}

TEST_F(Resident, GivenAThreadThatDoesNotComeThenItsBlockIsDeadlocked) {
  queue_.Dispatch(Kernel(&GridBarrierOnce), Args(1, 1, 3), {3, 1, 1}, {8, 1, 1}, 0, 9, true);
  ASSERT_LT(queue_.Finish(), 0);
  const supa_uapi_event fault = space_.NextFault();
  EXPECT_EQ(fault.type, uint32_t{SUPA_UAPI_EVENT_BARRIER_DEADLOCK});
  EXPECT_STREQ(
      fault.text,
      "No thread of the block can go on: 1 waits at barrier 0 at other.su:3 (first is "
      "thread (5,0,0)), 7 wait at the barrier of the grid at kernel.su:12 (first is thread "
      "(0,0,0)).");
}

TEST_F(Resident, GivenAnOrdinaryLaunchThenTheGridBarrierIsRefused) {
  queue_.Dispatch(Kernel(&GridBarrierOnce), Args(1, 1, 3), {2, 1, 1}, {2, 1, 1});
  ASSERT_LT(queue_.Finish(), 0);
  EXPECT_NE(std::string(space_.NextFault().text).find("launched cooperatively"), std::string::npos);
}

TEST_F(Resident, GivenMoreBlocksThanTheCardHoldsThenTheCooperativeGridIsRefused) {
  queue_.Dispatch(Kernel(&GridBarrierOnce), Args(1, 1, 3), {100000, 1, 1}, {1024, 1, 1}, 0, 0,
                  true);
  ASSERT_LT(queue_.Finish(), 0);
  const supa_uapi_event fault = space_.NextFault();
  EXPECT_EQ(fault.type, uint32_t{SUPA_UAPI_EVENT_BAD_PACKET});
  EXPECT_NE(std::string(fault.text).find("cooperative grid of 100000"), std::string::npos);
}

/// Each block writes into the shared memory of the next one of its cluster.
void ClusterRing(abi::ThreadContext* context) {
  const auto& args = ArgsOf<MeetArgs>(context);
  const abi::BlockContext& block = *context->block;
  const uint32_t ranks = block.cluster_dim.x * block.cluster_dim.y;
  const uint32_t rank = block.cluster_block_idx.x + block.cluster_block_idx.y * block.cluster_dim.x;
  const uint64_t linear = block.block_idx.x + block.block_idx.y * block.grid_dim.x;
  auto* mine = reinterpret_cast<uint64_t*>(block.shared_base) + context->linear_tid;
  auto* next = static_cast<uint64_t*>(
      HooksOf(context).cluster_map_shared(context, mine, (rank + 1) % ranks));
  HooksOf(context).cluster_barrier(context, MeetOp::kArriveAndWait, nullptr);
  *next = linear * 100 + context->linear_tid;
  HooksOf(context).cluster_barrier(context, MeetOp::kArrive, nullptr);
  HooksOf(context).cluster_barrier(context, MeetOp::kWait, nullptr);
  args.out[linear * block.block_dim.x + context->linear_tid] = *mine;
  if (HooksOf(context).cluster_map_shared(context, mine, ranks) != nullptr) args.flags[0] = 1;
}

TEST_F(Resident, GivenClustersThenTheirBlocksShareMemory) {
  MeetArgs* args = Args(1, 6 * 4 * 40);
  queue_.Dispatch(Kernel(&ClusterRing, 40 * 8), args, {6, 4, 1}, {40, 1, 1}, 0, 0, false,
                  {3, 2, 1});
  ASSERT_EQ(queue_.Finish(), 0) << space_.NextFault().text;
  EXPECT_EQ(args->flags[0].load(), 0u);
  for (uint32_t y = 0; y < 4; ++y) {
    for (uint32_t x = 0; x < 6; ++x) {
      const uint32_t before = (x % 3 + y % 2 * 3 + 5) % 6;
      const uint64_t writer = (x / 3 * 3 + before % 3) + (y / 2 * 2 + before / 3) * 6;
      for (uint64_t t = 0; t < 40; ++t) {
        ASSERT_EQ(args->out[(x + y * 6) * 40 + t], writer * 100 + t) << x << "," << y;
      }
    }
  }
}

void LeaveCluster(abi::ThreadContext* context) {
  if (context->block->cluster_block_idx.x == 1) return;
  // One lane waits for another, which goes to the cluster's barrier.
  if (context->block->cluster_block_idx.x == 2 && context->linear_tid == 0 &&
      ArgsOf<MeetArgs>(context).parameter == 1) {
    HooksOf(context).warp_exchange(context, 0x3, abi::WarpOp::kSync, 0, 0, "k.su:7");
  }
  HooksOf(context).cluster_barrier(context, MeetOp::kArriveAndWait, "k.su:9");
}

TEST_F(Resident, GivenABlockThatLeftThenTheRestOfTheClusterGoesOn) {
  queue_.Dispatch(Kernel(&LeaveCluster), Args(1, 1), {8, 1, 1}, {2, 1, 1}, 0, 0, false, {4, 1, 1});
  EXPECT_EQ(queue_.Finish(), 0) << space_.NextFault().text;
}

TEST_F(Resident, GivenAWarpThatHangsThenItsClusterIsDeadlocked) {
  queue_.Dispatch(Kernel(&LeaveCluster), Args(1, 1, 1), {8, 1, 1}, {64, 1, 1}, 0, 0, false,
                  {4, 1, 1});
  ASSERT_LT(queue_.Finish(), 0);
  const supa_uapi_event fault = space_.NextFault();
  EXPECT_NE(std::string(fault.text).find("mask 0x00000003"), std::string::npos);
}

TEST_F(Resident, GivenAClusterThatDoesNotFitThenItIsRefused) {
  queue_.Dispatch(Kernel(&LeaveCluster), Args(1, 1), {9, 1, 1}, {2, 1, 1}, 0, 0, false, {4, 1, 1});
  ASSERT_LT(queue_.Finish(), 0);
  EXPECT_EQ(space_.NextFault().type, uint32_t{SUPA_UAPI_EVENT_BAD_PACKET});
}

void SpinOnMemory(abi::ThreadContext* context) {
  const auto& args = ArgsOf<MeetArgs>(context);
  args.flags[1].store(1);
  while (args.flags[0].load() == 0) HooksOf(context).yield(context);
}

TEST_F(Resident, GivenAKernelThatSpinsThenOtherQueuesRun) {
  MeetArgs* args = Args(2, 1);
  TestQueue other(space_);
  queue_.Dispatch(Kernel(&SpinOnMemory), args, {4, 1, 1}, {2, 1, 1});
  const uint64_t done = queue_.Submit();
  while (args->flags[1].load() == 0) sched_yield();
  other.Fill(Va(args->flags), 1, 4, 1);
  // A wait with an end does not run the fill by itself.
  EXPECT_EQ(space_.Wait(other.fence(), other.Submit()), 0);
  EXPECT_EQ(space_.Wait(queue_.fence(), done), 0);
}

TEST_F(Resident, GivenAQueueThatIsDestroyedThenItsSpinningKernelEnds) {
  MeetArgs* args = Args(2, 1);
  TestQueue other(space_);
  other.Dispatch(Kernel(&SpinOnMemory), args, {4, 1, 1}, {2, 1, 1});
  other.Submit();
  while (args->flags[1].load() == 0) sched_yield();
  EXPECT_EQ(other.Destroy(), 0);
  EXPECT_EQ(space_.NextFault().type, 0u);
}

void RunForEver(abi::ThreadContext* context) {
  ArgsOf<MeetArgs>(context).flags[1].store(1);
  while (true) asm volatile("");
}

TEST_F(Resident, GivenAQueueThatIsDestroyedThenItsEndlessKernelEnds) {
#if OPENSUPA_TEST_TSAN
  GTEST_SKIP() << "the thread sanitizer holds back signals of threads that call nothing";
#endif
  for (const bool loop : {false, true}) {
    MeetArgs* args = Args(2, 1);
    TestQueue other(space_);
    other.Dispatch(space_.MakeKernel(&RunForEver, loop, sizeof(MeetArgs)), args, {4, 1, 1},
                   {2, 1, 1});
    other.Submit();
    while (args->flags[1].load() == 0) sched_yield();
    EXPECT_EQ(other.Destroy(), 0);
    EXPECT_EQ(space_.NextFault().type, 0u);
  }
}

}  // namespace
}  // namespace opensupa::emu
