// The n-th call to the outside fails, for n = 1, 2, 3, ...: an error comes back, nothing crashes,
// hangs or is lost.
#include "code_objects.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::conformance {
namespace {

using Injection = HalTest;

/// Opens, allocates, copies, calls the host, registers, loads and launches where that is supported.
Status UseEverything(hal::Adapter& adapter) {
  HostPages pages(8192);  // it and `called` outlive the work that uses them
  bool called = false;
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<hal::Device> device, adapter.OpenDevice(0));
  SUPA_ASSIGN_OR_RETURN(Buffer buffer, MakeBuffer(*device, 8192));
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<hal::Fence> fence, device->CreateFence(0));
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<hal::Queue> queue, device->CreateQueue({}));
  SUPA_RETURN_IF_ERROR(device->RegisterHost(pages.data(), pages.size()));
  const hal::Command batch[] = {hal::FillCommand{buffer.address(), 3, 1, 8192, 1, 0},
                                hal::CopyCommand{pages.address(), buffer.address(), 8192},
                                hal::HostCallCommand{[&] { called = true; }}};
  hal::FencePoint done{fence.get(), 1};
  SUPA_RETURN_IF_ERROR(queue->Submit({}, batch, std::span(&done, 1)));
  SUPA_RETURN_IF_ERROR(fence->Wait(1, kPatienceNs));
  if (!called || pages.data()[8191] != 3) return absl::InternalError("The batch did not run.");
  SUPA_RETURN_IF_ERROR(buffer.range->SetAccess(0, 8192, hal::kAccessRead));
  SUPA_RETURN_IF_ERROR(buffer.range->SetAccess(0, 8192, kReadWrite));
  const auto code = TestProgram(device->properties().code_target);
  auto program = device->LoadProgram(code);
  if (!absl::IsUnimplemented(program.status())) {
    SUPA_RETURN_IF_ERROR(program.status());
    hal::DispatchCommand launch;
    SUPA_ASSIGN_OR_RETURN(launch.kernel, device->FindKernel(*program, "conformance_store"));
    const uint64_t args[] = {buffer.address(), 9};
    launch.args = ArgsOf(args);
    launch.block = {64, 1, 1};
    const hal::Command command = launch;
    done.value = 2;
    SUPA_RETURN_IF_ERROR(queue->Submit({}, std::span(&command, 1), std::span(&done, 1)));
    SUPA_RETURN_IF_ERROR(fence->Wait(2, kPatienceNs));
    SUPA_RETURN_IF_ERROR(device->UnloadProgram(*program));
  }
  SUPA_RETURN_IF_ERROR(fence->Signal(10));
  SUPA_RETURN_IF_ERROR(buffer.range->Unbind(0, 8192));
  SUPA_RETURN_IF_ERROR(device->UnregisterHost(pages.data()));
  return device->QueryMemory().status();
}

TEST_F(Injection, GivenTheNthFailureThenItComesBackAndNothingIsLost) {
  SUPA_ASSERT_OK(UseEverything(adapter()));  // what is made once per process exists after this
  auto before = device().QueryMemory();
  SUPA_ASSERT_OK(before);
  uint64_t failures = 0;
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 2000u) << "the injected failure never ends";
    fault::Arm(n);
    const Status status = UseEverything(adapter());
    const bool fired = fault::Fired();
    fault::Disarm();
    if (!fired) {
      SUPA_EXPECT_OK(status);
      break;
    }
    failures += !status.ok();
    // A failure on the card's side of the port comes back as an errno, without its text; one in the
    // middle of device work kills the address space.
    if (!status.ok() && !absl::IsAborted(status)) {
      EXPECT_THAT(std::string(status.message()),
                  ::testing::AnyOf(::testing::HasSubstr("Injected failure number"),
                                   ::testing::HasSubstr(" with errno ")));
    }
    auto after = device().QueryMemory();
    SUPA_ASSERT_OK(after);
    ASSERT_EQ(after->free_bytes, before->free_bytes) << "lost at failure " << n << ": " << status;
  }
  EXPECT_GT(failures, 3u) << "hardly any call passes a fault point";
  SUPA_EXPECT_OK(session().Run(std::span<const hal::Command>{}));
}

}  // namespace
}  // namespace opensupa::conformance
