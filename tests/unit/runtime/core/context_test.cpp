#include "opensupa/core/context.h"

#include <thread>

#include "core_fixture.h"

namespace opensupa::rt {
namespace {

using testing::CoreTest;
using testing::HasCode;
using ::testing::HasSubstr;

class ContextTest : public CoreTest {};

hal::FaultReport IllegalAddress() {
  hal::FaultReport report;
  report.kind = hal::FaultKind::kIllegalAddress;
  report.text = "Kernel 'k' wrote to 0x10.";
  return report;
}

TEST_F(ContextTest, GivenFaultThenEveryLaterCallOfTheContextTellsIt) {
  const uint64_t address = *context().Allocate(100);
  device().Fault(IllegalAddress());
  EXPECT_THAT(context().Synchronize(), HasCode(supaErrorIllegalAddress));
  EXPECT_TRUE(context().poisoned());
  EXPECT_THAT(context().Allocate(1).status(), HasCode(supaErrorIllegalAddress));
  EXPECT_THAT(context().Free(address), HasCode(supaErrorIllegalAddress));
  EXPECT_THAT(legacy().Drain(), HasCode(supaErrorIllegalAddress));
  EXPECT_THAT(std::string(context().CheckHealth().message()),
              HasSubstr("Kernel 'k' wrote to 0x10."));
}

TEST_F(ContextTest, GivenFaultThenOtherContextsGoOn) {
  device().Fault(IllegalAddress());
  EXPECT_THAT(context().Poll(), HasCode(supaErrorIllegalAddress));
  EXPECT_TRUE(other().Synchronize().ok());
  EXPECT_TRUE(other().Allocate(100).ok());
}

TEST_F(ContextTest, GivenSubmitIntoADeadAddressSpaceThenTheFaultIsTheError) {
  device().Fault(IllegalAddress());
  EXPECT_THAT(legacy().Submit(hal::HostCallCommand{[] {}}), HasCode(supaErrorIllegalAddress));
}

TEST_F(ContextTest, GivenWaiterWhenTheFaultComesThenItReturnsTheFault) {
  device().Pause();
  ASSERT_TRUE(legacy().Submit(hal::HostCallCommand{[] {}}).ok());
  std::thread faulter([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    device().Fault(IllegalAddress());
  });
  EXPECT_THAT(legacy().Drain(), HasCode(supaErrorIllegalAddress));
  faulter.join();
}

TEST_F(ContextTest, GivenResetThenAFreshContextWorksAndTheOldOneIsDestroyed) {
  device().Fault(IllegalAddress());
  EXPECT_FALSE(context().Poll().ok());
  DeviceSlot& slot = **runtime().Device(0);
  runtime().ResetPrimary(slot);
  std::shared_ptr<Context> fresh = *runtime().Primary(slot);
  EXPECT_NE(fresh.get(), &context());
  EXPECT_EQ(fresh->handle(), context().handle());
  EXPECT_TRUE(fresh->Allocate(100).ok());
  EXPECT_THAT(context().CheckHealth(), HasCode(supaErrorContextIsDestroyed));
}

TEST_F(ContextTest, GivenDestroyedContextThenItsHandlesAreStaleAndItsMemoryIsFree) {
  const uint64_t small = *context().Allocate(100), large = *context().Allocate(1 << 20);
  auto stream = NewStream();
  runtime().streams().Insert(stream.get(), stream);
  runtime().ResetPrimary(**runtime().Device(0));
  EXPECT_EQ(runtime().streams().Find(stream.get()), nullptr);
  EXPECT_EQ(runtime().addresses().Find(small), nullptr);
  EXPECT_EQ(runtime().addresses().Find(large), nullptr);
  EXPECT_EQ(device().memories.load(), 0);
  EXPECT_TRUE(device().registered.empty());
  EXPECT_THAT(stream->Submit(hal::HostCallCommand{[] {}}), HasCode(supaErrorContextIsDestroyed));
}

TEST_F(ContextTest, GivenFreeThenItWaitsForTheWorkUnderWay) {
  const uint64_t address = *context().Allocate(100);
  bool ran = false;
  device().Pause();
  ASSERT_TRUE(legacy().Submit(hal::HostCallCommand{[&] { ran = true; }}).ok());
  std::thread resumer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    device().Resume();
  });
  EXPECT_TRUE(context().Free(address).ok());
  EXPECT_TRUE(ran);
  resumer.join();
}

TEST_F(ContextTest, GivenBadPointersThenFreeSaysWhatTheyAre) {
  const uint64_t address = *context().Allocate(1 << 20);
  const Status inside = context().Free(address + 16);
  EXPECT_THAT(inside, HasCode(supaErrorInvalidValue));
  EXPECT_THAT(std::string(inside.message()), HasSubstr("16 bytes into"));
  EXPECT_TRUE(context().Free(address).ok());
  const Status twice = context().Free(address);
  EXPECT_THAT(twice, HasCode(supaErrorInvalidValue));
  EXPECT_THAT(std::string(twice.message()), HasSubstr("freed"));
  EXPECT_THAT(context().Free(0x1234567), HasCode(supaErrorInvalidValue));
}

TEST_F(ContextTest, GivenMemoryOfAnotherContextThenFreeFindsTheOwner) {
  const uint64_t address = *other().Allocate(1 << 20);
  EXPECT_TRUE(context().Free(address).ok());
  EXPECT_EQ(other_device().memories.load(), 0);
}

TEST_F(ContextTest, GivenFreeInStreamOrderThenTheMemoryGoesOnceTheStreamIsThere) {
  const uint64_t address = *context().Allocate(1 << 20);
  device().Pause();
  ASSERT_TRUE(legacy().Submit(hal::HostCallCommand{[] {}}).ok());
  ASSERT_TRUE(context().FreeAsync(address, legacy()).ok());
  EXPECT_EQ(device().memories.load(), 1);
  EXPECT_THAT(context().FreeAsync(address, legacy()), HasCode(supaErrorInvalidValue));
  device().Resume();
  EXPECT_TRUE(context().Synchronize().ok());
  EXPECT_EQ(device().memories.load(), 0);
}

TEST_F(ContextTest, GivenThreadsThenEachHasADefaultStreamOfItsOwn) {
  const uint64_t mine = (*context().PerThreadStream())->id();
  EXPECT_EQ((*context().PerThreadStream())->id(), mine);
  uint64_t theirs = mine;
  std::thread thread([&] {
    theirs = (*context().PerThreadStream())->id();
    context().ReleasePerThreadStream(std::this_thread::get_id());
  });
  thread.join();
  EXPECT_NE(theirs, mine);
}

TEST_F(ContextTest, GivenPeersThenAccessIsEnabledOnceAndNeverToItself) {
  EXPECT_TRUE(context().EnablePeer(other()).ok());
  EXPECT_THAT(context().EnablePeer(other()), HasCode(supaErrorPeerAccessAlreadyEnabled));
  EXPECT_THAT(context().EnablePeer(context()), HasCode(supaErrorInvalidDevice));
  EXPECT_TRUE(context().DisablePeer(other()).ok());
  EXPECT_THAT(context().DisablePeer(other()), HasCode(supaErrorPeerAccessNotEnabled));
}

TEST_F(ContextTest, GivenEveryFailureInTurnThenContextCreationLeavesNothing) {
  DeviceSlot& slot = **runtime().Device(0);
  runtime().ResetPrimary(slot);
  const size_t open = testing::OpenFakeDevices().size();
  for (uint64_t n = 1;; ++n) {
    fault::Arm(n);
    StatusOr<std::shared_ptr<Context>> made = Context::Create(runtime(), slot, false, 0);
    const bool fired = fault::Fired();
    fault::Disarm();
    EXPECT_EQ(made.ok(), !fired);
    if (made.ok()) {
      (*made)->Destroy();
      made = absl::UnknownError("");
    }
    EXPECT_EQ(testing::OpenFakeDevices().size(), open) << "after failure " << n;
    if (!fired) break;
  }
}

}  // namespace
}  // namespace opensupa::rt
