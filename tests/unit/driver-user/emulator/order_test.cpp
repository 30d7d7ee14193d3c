// In which order the reference engine runs the threads of a block, and how threads that come apart
// find each other.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "card_fixture.h"
#include "gmock/gmock.h"

namespace opensupa::emu {
namespace {

using abi::BarrierOp;
using abi::WarpOp;
using ::testing::HasSubstr;

struct Args {
  uint64_t* out;
  uint64_t* next;
};

const abi::Hooks& HooksOf(const abi::ThreadContext* context) { return *context->block->hooks; }

/// Every thread notes its place in the order, before and after a barrier.
void NoteOrder(abi::ThreadContext* context) {
  const auto& args = ArgsOf<Args>(context);
  args.out[(*args.next)++] = context->linear_tid;
  HooksOf(context).block_barrier(context, 0, BarrierOp::kPlain, 0, nullptr);
  args.out[(*args.next)++] = context->linear_tid;
}

std::vector<uint64_t> OrderWithSeed(const char* seed, uint32_t threads) {
  setenv("OPENSUPA_EMU_SEED", seed, 1);
  std::vector<uint64_t> order;
  {
    TestSpace space;  // the only client, so the cards start anew with this seed
    TestQueue queue(space);
    auto* args = space.Allocate<Args>(1);
    *args = {space.Allocate<uint64_t>(2 * threads), space.Allocate<uint64_t>(1)};
    queue.Dispatch(space.MakeKernel(&NoteOrder, false, sizeof(Args)), args, {1, 1, 1},
                   {threads, 1, 1});
    EXPECT_EQ(queue.Finish(), 0);
    order.assign(args->out, args->out + 2 * threads);
  }
  unsetenv("OPENSUPA_EMU_SEED");
  return order;
}

TEST(Order, GivenNoSeedThenThreadsRunInAscendingOrder) {
  const std::vector<uint64_t> order = OrderWithSeed("0", 70);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.begin() + 70));
  EXPECT_EQ(order[70], 69u) << "the thread that completes the barrier goes on at once";
  EXPECT_TRUE(std::is_sorted(order.begin() + 71, order.end()));
}

TEST(Order, GivenASeedThenTheOrderIsAnotherAndTheSameEachTime) {
  const std::vector<uint64_t> order = OrderWithSeed("5", 70);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.begin() + 70));
  EXPECT_EQ(order, OrderWithSeed("5", 70));
  EXPECT_NE(order, OrderWithSeed("6", 70));
  std::vector<uint64_t> sorted(order.begin(), order.begin() + 70);
  std::sort(sorted.begin(), sorted.end());
  for (uint64_t i = 0; i < 70; ++i) EXPECT_EQ(sorted[i], i);
}

TEST(Order, GivenASeedThatIsNoNumberThenTheCardDoesNotOpen) {
  setenv("OPENSUPA_EMU_SEED", "many", 1);
  const auto port = OpenCard("BR106M", 0);
  unsetenv("OPENSUPA_EMU_SEED");
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(std::string(port.status().message()), HasSubstr("OPENSUPA_EMU_SEED"));
}

/// Lanes part three ways and ask who is with them.
void AskActive(abi::ThreadContext* context) {
  const uint32_t lane = context->linear_tid % 32;
  uint64_t& out = ArgsOf<Args>(context).out[context->linear_tid];
  if (lane % 4 == 0) {
    out = HooksOf(context).active_mask(context, 111, nullptr);
  } else if (lane % 4 == 1) {
    out = HooksOf(context).active_mask(context, 222, nullptr);
    // A second time, now with a smaller group.
    if (lane < 8) out = HooksOf(context).active_mask(context, 333, nullptr);
  } else if (lane % 4 == 2) {
    // Stands at a barrier of the warp meanwhile.
    HooksOf(context).warp_exchange(context, 0xffffffff, WarpOp::kSync, 0, 0, nullptr);
    return;
  } else {
    return;
  }
  HooksOf(context).warp_exchange(context, 0xffffffff, WarpOp::kSync, 0, 0, nullptr);
}

TEST(Order, GivenDivergedLanesThenActiveMaskIsWhoAskedAtTheSamePlace) {
  TestSpace space;
  TestQueue queue(space);
  auto* args = space.Allocate<Args>(1);
  args->out = space.Allocate<uint64_t>(96);
  queue.Dispatch(space.MakeKernel(&AskActive, false, sizeof(Args)), args, {1, 1, 1}, {80, 1, 1});
  ASSERT_EQ(queue.Finish(), 0) << space.NextFault().text;
  for (uint64_t thread = 0; thread < 80; ++thread) {
    const uint64_t lane = thread % 32;
    const uint64_t live = thread < 64 ? 0xffffffffu : 0xffffu;
    if (lane % 4 == 0) {
      EXPECT_EQ(args->out[thread], 0x11111111u & live) << thread;
    } else if (lane % 4 == 1) {
      EXPECT_EQ(args->out[thread], lane < 8 ? 0x22u : 0x22222222u & live) << thread;
    }
  }
}

/// The first thread waits, by yielding, for what the last one writes.
void SpinForLast(abi::ThreadContext* context) {
  auto& args = ArgsOf<Args>(context);
  if (context->linear_tid + 1 == context->block->block_dim.x) {
    args.out[0] = 7;
  } else {
    while (*const_cast<volatile uint64_t*>(&args.out[0]) == 0) HooksOf(context).yield(context);
    ++args.out[1];
  }
}

TEST(Order, GivenThreadsThatSpinThenYieldLetsTheOthersRun) {
  TestSpace space;
  TestQueue queue(space);
  auto* args = space.Allocate<Args>(1);
  args->out = space.Allocate<uint64_t>(2);
  queue.Dispatch(space.MakeKernel(&SpinForLast, false, sizeof(Args)), args, {1, 1, 1}, {100, 1, 1});
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_EQ(args->out[1], 99u);
}

void Part(abi::ThreadContext* context) {
  if (context->linear_tid < 3) {
    HooksOf(context).block_barrier(context, 4, BarrierOp::kPlain, 0, nullptr);
  } else if (context->linear_tid == 33) {
    HooksOf(context).warp_exchange(context, 0x6, WarpOp::kShflDown, 0, 1, nullptr);
  }
}

TEST(Order, GivenThreadsThatWaitApartThenTheEventSaysWhoWaitsWhere) {
  TestSpace space;
  TestQueue queue(space);
  // Thread 34 ends, so 33 goes on alone; the three at the barrier are all that is left: no
  // deadlock.
  const uint64_t kernel = space.MakeKernel(&Part, false);
  queue.Dispatch(kernel, nullptr, {1, 1, 1}, {64, 1, 1});
  ASSERT_EQ(queue.Finish(), 0) << space.NextFault().text;
  const uint64_t bad = space.MakeKernel(
      +[](abi::ThreadContext* context) {
        const uint32_t tid = context->linear_tid;
        if (tid < 3) HooksOf(context).block_barrier(context, 4, BarrierOp::kPlain, 0, nullptr);
        if (tid == 3) HooksOf(context).warp_exchange(context, 0xff, WarpOp::kBallot, 1, 0, nullptr);
      },
      false);
  queue.Dispatch(bad, nullptr, {1, 1, 1}, {8, 1, 1});
  EXPECT_EQ(queue.Finish(), -ECANCELED);
  const supa_uapi_event event = space.NextFault();
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_BARRIER_DEADLOCK);
  const std::string text(event.text, event.text_bytes);
  EXPECT_THAT(text, HasSubstr("3 wait at barrier 4 (first is thread (0,0,0))"));
  EXPECT_THAT(text, HasSubstr("1 waits at ballot with mask 0x000000ff in warp 0"));
  EXPECT_THAT(text, HasSubstr("thread (3,0,0)"));
}

}  // namespace
}  // namespace opensupa::emu
