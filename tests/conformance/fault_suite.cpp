// Faults: what kills an address space, how it is told, and that nobody else notices.
#include "code_objects.h"

namespace opensupa::conformance {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Faults : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    device().SetDescribers(
        [](hal::DeviceAddress) { return std::string("16 bytes past the end of allocation A"); },
        [](uint64_t cookie, hal::KernelHandle) {
          return "launch number " + std::to_string(cookie);
        });
  }

  /// Runs `command`, which must kill the address space with `kind`, and checks all that follows.
  hal::FaultReport ExpectFault(const hal::Command& command, hal::FaultKind kind) {
    const Status first = session().Run(command);
    EXPECT_EQ(first.code(), StatusCode::kAborted) << first;
    const hal::FaultReport report = device().PollFault();
    EXPECT_EQ(report.kind, kind) << report.text;
    EXPECT_EQ(first.message(), report.text);
    EXPECT_FALSE(report.text.empty());
    EXPECT_EQ(report.text.back(), '.');
    // From now on everything says the same.
    const Status again = queue().Submit({}, {}, {});
    EXPECT_EQ(again.code(), StatusCode::kAborted) << again;
    EXPECT_EQ(again.message(), report.text);
    auto fence = MakeFence();
    SUPA_EXPECT_CODE(fence->Wait(1, kPatienceNs), StatusCode::kAborted);
    EXPECT_EQ(device().PollFault().text, report.text);
    ExpectOthersLive();
    return report;
  }

  void ExpectOthersLive() {
    Session* other = OtherSession();
    ASSERT_NE(other, nullptr);
    auto buffer = MakeBuffer(other->device(), 4096);
    SUPA_ASSERT_OK(buffer);
    SUPA_EXPECT_OK(other->Run(hal::FillCommand{buffer->address(), 5, 1, 4096, 1, 0}));
    auto same_card = Session::Open(adapter(), 0);
    SUPA_ASSERT_OK(same_card);
    SUPA_EXPECT_OK((*same_card)->Run(std::span<const hal::Command>{}));
    EXPECT_EQ((*same_card)->device().PollFault().kind, hal::FaultKind::kNone);
  }
};

struct PokeArgs {
  uint64_t address;
  uint32_t block = 0;
  uint32_t thread = 0;
};

TEST_F(Faults, GivenAWildWriteThenTheReportTellsTheWholeStory) {
  Buffer buffer = Allocate(4096);
  const PokeArgs args{buffer.address() + 4096 + 16, 3, 17};
  const auto report =
      ExpectFault(Launch("poke", 5, 64, ArgsOf(args)), hal::FaultKind::kIllegalAddress);
  EXPECT_EQ(report.address, args.address);
  EXPECT_EQ(report.cookie, 42u);
  EXPECT_EQ(report.kernel, *device().FindKernel(program(), "conformance_poke"));
  EXPECT_EQ(report.block.x, 3u);
  EXPECT_EQ(report.thread.x, 17u);
  EXPECT_THAT(
      report.text,
      AllOf(HasSubstr(
                "Kernel 'conformance_poke' (block 3,0,0 thread 17,0,0) wrote to device address 0x"),
            HasSubstr("which is 16 bytes past the end of allocation A"),
            HasSubstr("; while running launch number 42.")));
}

TEST_F(Faults, GivenAReadOfUnboundMemoryThenIllegalAddress) {
  Buffer out = Allocate(4096);
  uint64_t gone = 0;
  {
    Buffer freed = Allocate(4096);
    gone = freed.address();
  }
  const uint64_t args[] = {out.address(), gone};
  const auto report =
      ExpectFault(Launch("load", 1, 1, ArgsOf(args)), hal::FaultKind::kIllegalAddress);
  EXPECT_THAT(report.text, HasSubstr("read from device address"));
}

TEST_F(Faults, GivenANullPointerThenIllegalAddress) {
  const PokeArgs args{0};
  const auto report =
      ExpectFault(Launch("poke", 1, 1, ArgsOf(args)), hal::FaultKind::kIllegalAddress);
  EXPECT_EQ(report.address, 0u);
}

TEST_F(Faults, GivenAWriteToReadOnlyMemoryThenIllegalAddress) {
  Buffer buffer = Allocate(4096);
  SUPA_ASSERT_OK(buffer.range->SetAccess(0, 4096, hal::kAccessRead));
  const PokeArgs args{buffer.address()};
  ExpectFault(Launch("poke", 1, 1, ArgsOf(args)), hal::FaultKind::kIllegalAddress);
}

TEST_F(Faults, GivenAJumpIntoDataThenIllegalAddress) {
  Buffer buffer = Allocate(4096);
  const uint64_t args = buffer.address();
  ExpectFault(Launch("jump", 1, 1, ArgsOf(args)), hal::FaultKind::kIllegalAddress);
}

TEST_F(Faults, GivenAnIllegalInstructionThenIllegalInstruction) {
  ExpectFault(Launch("illegal", 1, 1, {}), hal::FaultKind::kIllegalInstruction);
}

TEST_F(Faults, GivenATrapThenTrap) { ExpectFault(Launch("trap", 2, 2, {}), hal::FaultKind::kTrap); }

TEST_F(Faults, GivenADivisionByZeroThenTrap) {
  const uint64_t args = 0;
  ExpectFault(Launch("divide", 1, 1, ArgsOf(args)), hal::FaultKind::kTrap);
}

TEST_F(Faults, GivenAFailedAssertionThenTheMessageIsInTheReport) {
  const auto report = ExpectFault(Launch("assert", 1, 1, {}), hal::FaultKind::kAssert);
  EXPECT_THAT(report.text, AllOf(HasSubstr("x == 1"), HasSubstr("kernel.su"), HasSubstr("42")));
}

TEST_F(Faults, GivenACopyFromUnboundMemoryThenIllegalAddress) {
  Buffer buffer = Allocate(8192);
  SUPA_ASSERT_OK(buffer.range->Unbind(0, 8192));
  Buffer dst = Allocate(4096);
  const auto report = ExpectFault(hal::CopyCommand{dst.address(), buffer.address(), 4096},
                                  hal::FaultKind::kIllegalAddress);
  EXPECT_THAT(report.text, HasSubstr("A command of queue"));
}

TEST_F(Faults, GivenAFillPastTheEndThenIllegalAddress) {
  Buffer buffer = Allocate(4096);
  ExpectFault(hal::FillCommand{buffer.address(), 1, 1, 4097, 1, 0},
              hal::FaultKind::kIllegalAddress);
}

TEST_F(Faults, GivenALaunchOfNoKernelThenBadCommandOrIllegalAddress) {
  hal::DispatchCommand launch = Launch("store", 1, 1, {});
  Buffer buffer = Allocate(4096);
  SUPA_ASSERT_OK(session().Run(hal::FillCommand{buffer.address(), 0xee, 1, 4096, 1, 0}));
  launch.kernel = buffer.address();
  EXPECT_EQ(session().Run(launch).code(), StatusCode::kAborted);
  const auto report = device().PollFault();
  EXPECT_TRUE(report.kind == hal::FaultKind::kBadCommand ||
              report.kind == hal::FaultKind::kIllegalAddress)
      << report.text;
  ExpectOthersLive();
}

TEST_F(Faults, GivenAFaultThenWaitersOfOtherQueuesAndLaterHostCallsEnd) {
  auto second = MakeQueue();
  auto gate = MakeFence(), done = MakeFence();
  bool ran = false;
  const hal::FencePoint wait{gate.get(), 1}, signal{done.get(), 1};
  const hal::Command call = hal::HostCallCommand{[&] { ran = true; }};
  SUPA_ASSERT_OK(second->Submit(std::span(&wait, 1), std::span(&call, 1), std::span(&signal, 1)));
  SUPA_EXPECT_CODE(session().Run(Launch("illegal", 1, 1, {})), StatusCode::kAborted);
  SUPA_EXPECT_CODE(done->Wait(1, kPatienceNs), StatusCode::kAborted);
  second.reset();
  EXPECT_FALSE(ran);
}

TEST_F(Faults, GivenAFaultWhenClosedAndOpenedThenTheCardWorks) {
  const PokeArgs args{8};
  SUPA_EXPECT_CODE(session().Run(Launch("poke", 1, 1, ArgsOf(args))), StatusCode::kAborted);
  session().Close();
  auto fresh = Session::Open(adapter(), 0);
  SUPA_ASSERT_OK(fresh);
  auto buffer = MakeBuffer((*fresh)->device(), 4096);
  SUPA_ASSERT_OK(buffer);
  SUPA_EXPECT_OK((*fresh)->Run(hal::FillCommand{buffer->address(), 1, 1, 4096, 1, 0}));
}

}  // namespace
}  // namespace opensupa::conformance
