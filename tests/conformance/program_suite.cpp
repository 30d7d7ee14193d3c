// Programs: loading, symbols, launches of plain-loop and suspending kernels.
#include <atomic>
#include <cstring>

#include "code_objects.h"

namespace opensupa::conformance {
namespace {

using absl::StatusCode;
using Programs = ProgramTest;

struct StoreArgs {
  uint64_t out;
  uint32_t add;
  uint32_t padding = 0;
};

void ExpectCounted(const std::vector<uint8_t>& bytes, uint32_t add) {
  const auto words = As<uint32_t>(bytes);
  for (uint32_t i = 0; i < words.size(); ++i) ASSERT_EQ(words[i], i + add) << i;
}

TEST_F(Programs, GivenALaunchThenEveryThreadOfEveryBlockRuns) {
  for (const char* kernel : {"store", "loop"}) {
    for (uint32_t threads : {1u, 31u, 32u, 33u, 256u, 1024u}) {
      constexpr uint32_t kBlocks = 7;
      const size_t size = 4ull * kBlocks * threads;
      Buffer out = Allocate(size + 4);
      SUPA_ASSERT_OK(
          session().Run(hal::FillCommand{out.address(), 0xffffffff, 4, size / 4 + 1, 1, 0}));
      const StoreArgs args{out.address(), 100};
      SUPA_ASSERT_OK(session().Run(Launch(kernel, kBlocks, threads, ArgsOf(args))));
      ExpectCounted(Download(out, size), 100);
      EXPECT_EQ(As<uint32_t>(Download(out, size + 4)).back(), 0xffffffff);
    }
  }
}

TEST_F(Programs, GivenManyLaunchesThenArgumentsAreNotMixedUp) {
  constexpr uint32_t kLaunches = 5000;
  Buffer out = Allocate(4 * kLaunches);
  std::vector<StoreArgs> args(kLaunches);
  std::vector<hal::Command> batch;
  for (uint32_t i = 0; i < kLaunches; ++i) {
    args[i] = {out.address() + 4 * i, i + 1};
    batch.push_back(Launch("store", 1, 1, ArgsOf(args[i])));
  }
  SUPA_ASSERT_OK(session().Run(batch));
  ExpectCounted(Download(out, 4 * kLaunches), 1);
}

TEST_F(Programs, GivenLargeArgumentsThenManyLaunchesStillRun) {
  constexpr uint32_t kLaunches = 300;
  Buffer out = Allocate(4 * kLaunches);
  for (uint32_t i = 0; i < kLaunches; ++i) {
    std::vector<std::byte> args(30000 + i);
    const StoreArgs head{out.address() + 4 * i, i + 1};
    std::memcpy(args.data(), &head, sizeof(head));
    const hal::Command launch = Launch("store", 1, 1, args);
    SUPA_ASSERT_OK(queue().Submit({}, std::span(&launch, 1), {}));
  }
  SUPA_ASSERT_OK(session().Run(std::span<const hal::Command>{}));
  ExpectCounted(Download(out, 4 * kLaunches), 1);
}

TEST_F(Programs, GivenABarrierThenThreadsSeeEachOthersSharedMemory) {
  for (uint32_t threads : {1u, 32u, 100u, 512u}) {
    Buffer out = Allocate(4 * threads);
    const uint64_t args = out.address();
    hal::DispatchCommand launch = Launch("barrier", 1, threads, ArgsOf(args));
    launch.dynamic_shared_bytes = 4 * threads;
    SUPA_ASSERT_OK(session().Run(launch));
    const auto words = As<uint32_t>(Download(out, 4 * threads));
    for (uint32_t i = 0; i < threads; ++i) ASSERT_EQ(words[i], threads - 1 - i);
  }
}

TEST_F(Programs, GivenVariablesThenRelocationsAndInitialValuesAreRight) {
  Buffer out = Allocate(4096);
  const uint64_t args = out.address();
  SUPA_ASSERT_OK(session().Run(Launch("variable", 1, 1, ArgsOf(args))));
  EXPECT_EQ(As<uint64_t>(Download(out, 8))[0], 42u);

  auto first = device().FindVariable(program(), "first");
  SUPA_ASSERT_OK(first);
  EXPECT_EQ(first->size_bytes, 8u);
  SUPA_ASSERT_OK(session().Run(hal::WriteValueCommand{first->address, 1000, true}));
  SUPA_ASSERT_OK(session().Run(Launch("variable", 1, 1, ArgsOf(args))));
  EXPECT_EQ(As<uint64_t>(Download(out, 8))[0], 1002u);

  auto zeros = device().FindVariable(program(), "zeros");
  SUPA_ASSERT_OK(zeros);
  EXPECT_EQ(*session().Download(zeros->address, 16), std::vector<uint8_t>(16, 0));
  auto pointer = device().FindVariable(program(), "pointer");
  auto second = device().FindVariable(program(), "second");
  EXPECT_EQ(As<uint64_t>(*session().Download(pointer->address, 8))[0], second->address);
}

TEST_F(Programs, GivenTheSameProgramTwiceThenEachHasItsOwnVariables) {
  auto again = device().LoadProgram(TestProgram(device().properties().code_target));
  SUPA_ASSERT_OK(again);
  auto mine = device().FindVariable(program(), "first"),
       theirs = device().FindVariable(*again, "first");
  EXPECT_NE(mine->address, theirs->address);
  SUPA_ASSERT_OK(session().Run(hal::WriteValueCommand{mine->address, 1, true}));
  EXPECT_EQ(As<uint64_t>(*session().Download(theirs->address, 8))[0], 40u);
  SUPA_EXPECT_OK(device().UnloadProgram(*again));
  SUPA_EXPECT_CODE(device().FindKernel(*again, "conformance_store"), StatusCode::kNotFound);
}

TEST_F(Programs, GivenUnknownNamesThenNotFound) {
  SUPA_EXPECT_CODE(device().FindKernel(program(), "nothing"), StatusCode::kNotFound);
  SUPA_EXPECT_CODE(device().FindVariable(program(), "nothing"), StatusCode::kNotFound);
  SUPA_EXPECT_CODE(device().FindKernel(program() + 1000, "conformance_store"),
                   StatusCode::kNotFound);
  SUPA_EXPECT_CODE(device().FindVariable(0, "first"), StatusCode::kNotFound);
  SUPA_EXPECT_CODE(device().UnloadProgram(0), StatusCode::kNotFound);
}

TEST_F(Programs, GivenDamagedProgramsThenTheyAreRefused) {
  const auto good = TestProgram(device().properties().code_target);
  SUPA_EXPECT_CODE(device().LoadProgram({}), StatusCode::kDataLoss);
  SUPA_EXPECT_CODE(device().LoadProgram(std::span(good).first(good.size() / 2)),
                   StatusCode::kDataLoss);
  auto bad = good;
  bad[bad.size() - 1] ^= std::byte{1};
  SUPA_EXPECT_CODE(device().LoadProgram(bad), StatusCode::kDataLoss);
}

TEST_F(Programs, GivenProgramsForOthersThenFailedPrecondition) {
  SUPA_EXPECT_CODE(device().LoadProgram(TestProgram("sparc/reference")),
                   StatusCode::kFailedPrecondition);
  auto object = TestCodeObject(device().properties().code_target);
  object.device_abi += 1;
  SUPA_EXPECT_CODE(device().LoadProgram(binary::Serialize(object)),
                   StatusCode::kFailedPrecondition);
  object = TestCodeObject(device().properties().code_target);
  object.text[0] = std::byte{77};  // the ABI version of the first kernel's descriptor
  SUPA_EXPECT_CODE(device().LoadProgram(binary::Serialize(object)),
                   StatusCode::kFailedPrecondition);
}

TEST_F(Programs, GivenWrongLaunchesThenInvalidArgumentAndTheDeviceGoesOn) {
  Buffer out = Allocate(4096);
  const StoreArgs args{out.address(), 0};
  const hal::DeviceProperties& limits = device().properties();
  std::vector<hal::DispatchCommand> wrong(8, Launch("store", 1, 1, ArgsOf(args)));
  wrong[0].grid.x = 0;
  wrong[1].block.y = 0;
  wrong[2].block = {limits.max_threads_per_block + 1, 1, 1};
  wrong[3].block = {limits.max_threads_per_block, 2, 1};
  wrong[4].grid.y = limits.max_grid_dim.y + 1;
  wrong[5].dynamic_shared_bytes = limits.shared_bytes_per_block_optin + 1;
  wrong[6].kernel = 0;
  std::vector<std::byte> huge(1 << 20);
  wrong[7].args = huge;
  for (const hal::DispatchCommand& one : wrong) {
    const hal::Command command = one;
    SUPA_EXPECT_CODE(queue().Submit({}, std::span(&command, 1), {}), StatusCode::kInvalidArgument);
  }
  SUPA_EXPECT_OK(session().Run(Launch("store", 1, 1, ArgsOf(args))));
}

TEST_F(Programs, GivenPrintfThenTheTextIsOnStdoutAfterPoll) {
  ::testing::internal::CaptureStdout();
  SUPA_EXPECT_OK(session().Run(Launch("print", 1, 3, {})));
  EXPECT_EQ(device().PollFault().kind, hal::FaultKind::kNone);
  const std::string line = "hello from the device\n";
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), line + line + line);
}

TEST_F(Programs, GivenAKernelThatWaitsForTheHostThenTheHostCanAnswer) {
  Buffer flag = Allocate(4096, hal::Placement::kHost);
  if (!device().properties().unified_host_mapping) GTEST_SKIP() << "no unified mapping";
  auto* word = reinterpret_cast<uint32_t*>(flag.address());
  std::atomic_ref<uint32_t>(*word).store(0);
  auto fence = MakeFence();
  const uint64_t args = flag.address();
  const hal::Command launch = Launch("spin", 1, 1, ArgsOf(args));
  const hal::FencePoint done{fence.get(), 1};
  SUPA_ASSERT_OK(queue().Submit({}, std::span(&launch, 1), std::span(&done, 1)));
  std::atomic_ref<uint32_t>(*word).store(1);
  SUPA_EXPECT_OK(fence->Wait(1, kPatienceNs));
}

TEST_F(Programs, GivenAKernelThatWaitsForAHostCallOfAnotherQueueThenBothEnd) {
  if (!device().properties().unified_host_mapping) GTEST_SKIP() << "no unified mapping";
  Buffer flag = Allocate(4096, hal::Placement::kHost);
  auto* word = reinterpret_cast<uint32_t*>(flag.address());
  std::atomic_ref<uint32_t>(*word).store(0);
  auto spinning = MakeFence(), called = MakeFence();
  auto other = MakeQueue();
  const uint64_t args = flag.address();
  const hal::Command launch = Launch("spin", 1, 1, ArgsOf(args));
  const hal::Command call =
      hal::HostCallCommand{[word] { std::atomic_ref<uint32_t>(*word).store(1); }};
  const hal::FencePoint spun{spinning.get(), 1}, set{called.get(), 1};
  SUPA_ASSERT_OK(queue().Submit({}, std::span(&launch, 1), std::span(&spun, 1)));
  SUPA_ASSERT_OK(other->Submit({}, std::span(&call, 1), std::span(&set, 1)));
  SUPA_EXPECT_OK(spinning->Wait(1, kPatienceNs));
  SUPA_EXPECT_OK(called->Wait(1, kPatienceNs));
}

}  // namespace
}  // namespace opensupa::conformance
