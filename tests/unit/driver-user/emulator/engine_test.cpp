// The reference engine: threads that meet at barriers and in warps, and what happens when they go
// wrong. Kernels are functions of this test, called as generated code is.

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>

#include "card_fixture.h"

namespace opensupa::emu {
namespace {

using abi::BarrierOp;
using abi::WarpOp;

struct OutArgs {
  uint64_t* out;
  uint64_t value;
};

void ReduceInBlock(abi::ThreadContext* context) {
  const auto& args = ArgsOf<OutArgs>(context);
  auto* scratch = reinterpret_cast<uint64_t*>(context->block->shared_base);
  const uint32_t me = context->linear_tid, count = context->block->block_dim.x;
  const abi::Hooks& hooks = *context->block->hooks;
  scratch[me] = GlobalIndex(context);
  for (uint32_t half = count / 2; half > 0; half /= 2) {
    hooks.block_barrier(context, 0, BarrierOp::kPlain, 0, nullptr);
    if (me < half) scratch[me] += scratch[me + half];
  }
  const uint32_t odd = hooks.block_barrier(context, 0, BarrierOp::kCount, me & 1, nullptr);
  if (me == 0) args.out[context->block->block_idx.x] = scratch[0] * 1000 + odd;
}

TEST(Engine, GivenBarriersThenEveryRoundIsSeenByAll) {
  TestSpace space;
  TestQueue queue(space);
  constexpr uint32_t kBlocks = 37;
  auto* args = space.Allocate<OutArgs>(1);
  args->out = space.Allocate<uint64_t>(kBlocks);
  const uint64_t kernel = space.MakeKernel(&ReduceInBlock, false, sizeof(OutArgs), 1024 * 8);
  for (uint32_t threads : {1u, 2u, 64u, 1024u}) {
    queue.Dispatch(kernel, args, {kBlocks, 1, 1}, {threads, 1, 1});
    ASSERT_EQ(queue.Finish(), 0) << space.NextFault().text;
    for (uint64_t b = 0; b < kBlocks; ++b) {
      const uint64_t sum = threads * (threads - 1ull) / 2 + b * threads * threads;
      ASSERT_EQ(args->out[b], sum * 1000 + threads / 2) << threads << " threads, block " << b;
    }
  }
}

void WarpOperations(abi::ThreadContext* context) {
  const auto& args = ArgsOf<OutArgs>(context);
  const abi::Hooks& hooks = *context->block->hooks;
  const uint32_t lane = context->linear_tid % 32;
  uint64_t* out = args.out + context->linear_tid * 8;
  const auto exchange = [&](uint32_t mask, WarpOp op, uint64_t value, uint32_t param) {
    return hooks.warp_exchange(context, mask, op, value, param, nullptr);
  };
  constexpr uint32_t kAll = 0xffffffffu;
  out[0] = exchange(kAll, WarpOp::kShflIdx, lane * 10, 5 | 32 << 8);
  out[1] = exchange(kAll, WarpOp::kShflUp, lane, 1 | 8 << 8);
  out[2] = exchange(kAll, WarpOp::kShflDown, lane, 2 | 16 << 8);
  out[3] = exchange(kAll, WarpOp::kShflXor, lane, 3 | 32 << 8);
  out[4] = exchange(kAll, WarpOp::kBallot, lane % 5 == 0, 0);
  out[5] = exchange(kAll, WarpOp::kReduceAddU32, lane, 0);
  out[6] = exchange(kAll, WarpOp::kMatchAny, lane / 8, 0);
  if (lane < 16) {
    out[7] = exchange(0x0000ffffu, WarpOp::kReduceMaxU32, lane, 0);
  } else {
    out[7] = exchange(0xffff0000u, WarpOp::kReduceMinU32, lane, 0);
  }
}

TEST(Engine, GivenWarpOperationsThenEveryLaneSeesItsValue) {
  TestSpace space;
  TestQueue queue(space);
  auto* args = space.Allocate<OutArgs>(1);
  args->out = space.Allocate<uint64_t>(64 * 8);
  queue.Dispatch(space.MakeKernel(&WarpOperations, false, sizeof(OutArgs)), args, {1, 1, 1},
                 {64, 1, 1});
  ASSERT_EQ(queue.Finish(), 0) << space.NextFault().text;
  uint64_t ballot = 0;
  for (int lane = 0; lane < 32; lane += 5) ballot |= 1ull << lane;
  for (uint64_t thread = 0; thread < 64; ++thread) {
    const uint64_t lane = thread % 32, *out = args->out + thread * 8;
    EXPECT_EQ(out[0], 50u);
    EXPECT_EQ(out[1], lane % 8 == 0 ? lane : lane - 1);
    EXPECT_EQ(out[2], lane % 16 < 14 ? lane + 2 : lane);
    EXPECT_EQ(out[3], lane ^ 3);
    EXPECT_EQ(out[4], ballot);
    EXPECT_EQ(out[5], 31u * 32 / 2);
    EXPECT_EQ(out[6], 0xffull << (lane / 8 * 8));
    EXPECT_EQ(out[7], lane < 16 ? 15u : 16u);
  }
}

/// Two warps hand over through barriers 1 and 2; a third, of 8 threads, counts as whole.
void NamedBarriers(abi::ThreadContext* context) {
  const abi::Hooks& hooks = *context->block->hooks;
  uint64_t* out = ArgsOf<OutArgs>(context).out;
  const uint32_t tid = context->linear_tid;
  volatile uint64_t* shared = reinterpret_cast<uint64_t*>(context->block->shared_base);
  if (tid < 32) {
    hooks.named_barrier(context, 1, abi::MeetOp::kArriveAndWait, 64, nullptr);
    out[tid] = shared[tid];
    hooks.named_barrier(context, 2, abi::MeetOp::kArrive, 96, nullptr);
  } else if (tid < 64) {
    shared[tid - 32] = tid;
    hooks.named_barrier(context, 1, abi::MeetOp::kArrive, 64, nullptr);
    hooks.named_barrier(context, 2, abi::MeetOp::kArriveAndWait, 96, nullptr);
    out[tid] = out[tid - 32] + 1;
  } else {
    hooks.named_barrier(context, 2, abi::MeetOp::kArriveAndWait, 96, nullptr);
    out[tid] = out[tid - 64] + 2;
  }
  hooks.cluster_barrier(context, abi::MeetOp::kArrive, nullptr);
  shared[64 + tid] = 0;
  hooks.cluster_barrier(context, abi::MeetOp::kWait, nullptr);
  hooks.named_barrier(context, 3, abi::MeetOp::kArriveAndWait, 0, nullptr);
}

TEST(Engine, GivenNamedBarriersThenOnlyTheirThreadsMeet) {
  TestSpace space;
  TestQueue queue(space);
  auto* args = space.Allocate<OutArgs>(1);
  args->out = space.Allocate<uint64_t>(72);
  queue.Dispatch(space.MakeKernel(&NamedBarriers, false, sizeof(OutArgs), 8 * 136), args, {1, 1, 1},
                 {72, 1, 1});
  ASSERT_EQ(queue.Finish(), 0) << space.NextFault().text;
  for (uint32_t i = 0; i < 72; ++i) {
    EXPECT_EQ(args->out[i], 32 + i % 32 + i / 32) << "thread " << i;
  }
}

void LeaveEarly(abi::ThreadContext* context) {
  if (context->linear_tid % 3 == 0) return;
  const abi::Hooks& hooks = *context->block->hooks;
  ArgsOf<OutArgs>(context).out[context->linear_tid] =
      hooks.block_barrier(context, 0, BarrierOp::kCount, 1, nullptr);
}

TEST(Engine, GivenThreadsThatLeftThenTheOthersDoNotWaitForThem) {
  TestSpace space;
  TestQueue queue(space);
  auto* args = space.Allocate<OutArgs>(1);
  args->out = space.Allocate<uint64_t>(100);
  queue.Dispatch(space.MakeKernel(&LeaveEarly, false, sizeof(OutArgs)), args, {1, 1, 1},
                 {100, 1, 1});
  ASSERT_EQ(queue.Finish(), 0) << space.NextFault().text;
  EXPECT_EQ(args->out[1], 66u);
  EXPECT_EQ(args->out[3], 0u);
}

void WaitAlone(abi::ThreadContext* context) {
  const abi::Hooks& hooks = *context->block->hooks;
  if (context->linear_tid == 0) {
    hooks.block_barrier(context, 1, BarrierOp::kPlain, 0, nullptr);
  } else {
    hooks.block_barrier(context, 2, BarrierOp::kPlain, 0, nullptr);
  }
}

/// Not looked at by ThreadSanitizer, for which the blocks' faulting stores would be a race.
__attribute__((no_sanitize("thread"))) void Null(abi::ThreadContext* context) {
  *reinterpret_cast<volatile int*>(ArgsOf<OutArgs>(context).value) = 1;
}

void Trap(abi::ThreadContext* context) { context->block->hooks->trap(context); }

void Print(abi::ThreadContext* context) {
  struct {
    int number;
    double real;
    const char* text;
  } args = {42, 2.5, "words"};
  context->block->hooks->vprintf(context, "%d %5.2f %s %%\n", &args);
}

struct FaultCase {
  const char* name;
  void (*kernel)(abi::ThreadContext*);
  bool loop;
  uint64_t value;
  uint32_t event;
};

class EngineFault : public ::testing::TestWithParam<FaultCase> {};

TEST_P(EngineFault, GivenABadKernelThenItsAddressSpaceDiesAndOthersLive) {
  TestSpace space, other;
  TestQueue queue(space), other_queue(other);
  auto* args = space.Allocate<OutArgs>(1);
  args->value = GetParam().value;
  const uint64_t kernel = space.MakeKernel(GetParam().kernel, GetParam().loop, sizeof(OutArgs));
  queue.Dispatch(kernel, args, {3, 1, 1}, {4, 1, 1}, 0, /*cookie=*/99);
  EXPECT_EQ(queue.Finish(), -ECANCELED);
  const supa_uapi_event event = space.NextFault();
  EXPECT_EQ(event.type, GetParam().event) << event.text;
  EXPECT_EQ(event.cookie, 99u);
  EXPECT_EQ(event.descriptor_va, kernel);
  // The control page follows the death of the address space.
  for (int i = 0; i < 1000; ++i) {
    if (__atomic_load_n(&queue.control().error, __ATOMIC_ACQUIRE) != 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_NE(__atomic_load_n(&queue.control().error, __ATOMIC_ACQUIRE), 0u);
  queue.Dispatch(kernel, args, {1, 1, 1}, {1, 1, 1});
  EXPECT_EQ(queue.Finish(), -ECANCELED) << "a dead address space takes no more work";
  auto* word = other.Allocate<uint64_t>(1);
  other_queue.Fill(Va(word), 7, 8, 1);
  EXPECT_EQ(other_queue.Finish(), 0);
  EXPECT_EQ(*word, 7u);
}

INSTANTIATE_TEST_SUITE_P(
    All, EngineFault,
    ::testing::Values(
        FaultCase{"NullWrite", &Null, true, 0, SUPA_UAPI_EVENT_PAGE_FAULT},
        FaultCase{"NonCanonical", &Null, true, 0x8000000000000000ull, SUPA_UAPI_EVENT_PAGE_FAULT},
        FaultCase{"NullInFiber", &Null, false, 8, SUPA_UAPI_EVENT_PAGE_FAULT},
        FaultCase{"Trap", &Trap, true, 0, SUPA_UAPI_EVENT_TRAP},
        FaultCase{"Deadlock", &WaitAlone, false, 0, SUPA_UAPI_EVENT_BARRIER_DEADLOCK}),
    [](const auto& info) { return info.param.name; });

TEST(Engine, GivenPrintfThenTheTextComesAsEvents) {
  TestSpace space;
  TestQueue queue(space);
  queue.Dispatch(space.MakeKernel(&Print, true), space.Allocate<OutArgs>(1), {2, 1, 1}, {1, 1, 1});
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_EQ(space.NextFault().type, 0u);
  EXPECT_EQ(space.printed, "42  2.50 words %\n42  2.50 words %\n");
}

}  // namespace
}  // namespace opensupa::emu
