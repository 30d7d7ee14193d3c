#include "opensupa/core/runtime.h"

#include "core_fixture.h"
#include "opensupa/core/thread_state.h"

namespace opensupa::rt {
namespace {

using testing::HasCode;
using ::testing::HasSubstr;
using testing::ScopedVariable;

int CountWith(const char* devices) {
  testing::RegisterFakeBackend();
  ScopedVariable list("OPENSUPA_DEVICES", devices);
  Runtime runtime;
  runtime.Initialize().IgnoreError();
  return runtime.device_count();
}

TEST(RuntimeTest, GivenDeviceListThenItsDevicesAreThere) {
  EXPECT_EQ(CountWith("fake:F0*3"), 3);
  EXPECT_EQ(CountWith("fake:F0,null:NULL0"), 2);
  EXPECT_EQ(CountWith(""), 0);
}

TEST(RuntimeTest, GivenNoDeviceThenEveryCallSaysSoAndWhy) {
  ScopedVariable list("OPENSUPA_DEVICES", "nothing:X");
  Runtime runtime;
  const Status status = runtime.Initialize();
  EXPECT_THAT(status, HasCode(supaErrorNoDevice));
  EXPECT_THAT(std::string(status.message()), HasSubstr("nothing"));
  EXPECT_THAT(runtime.Device(0).status(), HasCode(supaErrorNoDevice));
  EXPECT_EQ(runtime.device_count(), 0);
}

TEST(RuntimeTest, GivenOrdinalOutOfRangeThenInvalidDevice) {
  testing::RegisterFakeBackend();
  ScopedVariable list("OPENSUPA_DEVICES", "fake:F0*2");
  Runtime runtime;
  EXPECT_TRUE(runtime.Device(1).ok());
  EXPECT_THAT(runtime.Device(2).status(), HasCode(supaErrorInvalidDevice));
  EXPECT_THAT(runtime.Device(-1).status(), HasCode(supaErrorInvalidDevice));
}

TEST(RuntimeTest, VisibleDevicesChooseAndOrder) {
  const auto count = [](const char* visible) {
    ScopedVariable variable("SUPA_VISIBLE_DEVICES", visible);
    return CountWith("fake:F0*3");
  };
  EXPECT_EQ(count("2,0"), 2);
  EXPECT_EQ(count("0"), 1);
  EXPECT_EQ(count(""), 0);
  EXPECT_EQ(count("1,7,0"), 1);
  EXPECT_EQ(count("-1"), 0);
  EXPECT_EQ(count("0,0"), 1);
  ScopedVariable cuda("CUDA_VISIBLE_DEVICES", "1");
  EXPECT_EQ(CountWith("fake:F0*3"), 1);
  EXPECT_EQ(count("0,1"), 2) << "SUPA_VISIBLE_DEVICES comes before CUDA_VISIBLE_DEVICES";
}

TEST(RuntimeTest, GivenPrimaryContextThenItIsMadeOnceUntilReset) {
  testing::RegisterFakeBackend();
  ScopedVariable list("OPENSUPA_DEVICES", "fake:F0");
  Runtime runtime;
  DeviceSlot& slot = **runtime.Device(0);
  std::shared_ptr<Context> first = *runtime.Primary(slot);
  EXPECT_EQ(*runtime.Primary(slot), first);
  EXPECT_EQ(runtime.contexts().Find(first->handle()), first);
  runtime.ResetPrimary(slot);
  runtime.ResetPrimary(slot);
  EXPECT_TRUE(first->destroyed());
  EXPECT_EQ(runtime.contexts().Find(first->handle()), nullptr);
  EXPECT_THAT(runtime.FindContextById(first->id()).status(), HasCode(supaErrorDeviceUninitialized));
}

TEST(RuntimeTest, GivenFailureOfTheFirstStartThenTheNextWorks) {
  testing::RegisterFakeBackend();
  ScopedVariable list("OPENSUPA_DEVICES", "fake:F0");
  Runtime runtime;
  fault::Arm(1);
  EXPECT_FALSE(runtime.Initialize().ok());
  fault::Disarm();
  EXPECT_TRUE(runtime.Initialize().ok());
  EXPECT_EQ(runtime.device_count(), 1);
}

class ThreadStateTest : public testing::CoreTest {
 protected:
  void SetUp() override {
    Thread() = ThreadState();
    CoreTest::SetUp();
  }
  void TearDown() override { Thread() = ThreadState(); }
};

TEST_F(ThreadStateTest, GivenNothingCurrentThenTheRuntimeMakesThePrimaryContextCurrent) {
  EXPECT_THAT(DriverContext(runtime()).status(), HasCode(supaErrorDeviceUninitialized));
  EXPECT_EQ(*RuntimeContext(runtime()), &context());
  EXPECT_EQ(*DriverContext(runtime()), &context());
  EXPECT_EQ(CurrentDevice(), 0);
}

TEST_F(ThreadStateTest, GivenDeviceOfTheThreadThenItsPrimaryContextIsUsed) {
  Thread().device = 1;
  EXPECT_EQ(*RuntimeContext(runtime()), &other());
  EXPECT_EQ(CurrentDevice(), 1);
}

TEST_F(ThreadStateTest, GivenResetThenBothApisFindTheFreshPrimaryContext) {
  ASSERT_TRUE(RuntimeContext(runtime()).ok());
  DeviceSlot& slot = **runtime().Device(0);
  runtime().ResetPrimary(slot);
  EXPECT_THAT(DriverContext(runtime()).status(), HasCode(supaErrorContextIsDestroyed));
  Context* fresh = *RuntimeContext(runtime());
  EXPECT_NE(fresh, &context());
  EXPECT_EQ(*DriverContext(runtime()), fresh);
}

TEST_F(ThreadStateTest, GivenHandlesThenStreamsAreFoundAndForeignOnesRefused) {
  EXPECT_EQ(*FindStream(context(), nullptr), context().legacy_stream());
  EXPECT_EQ(*FindStream(context(), supaStreamLegacy), context().legacy_stream());
  EXPECT_EQ(*FindStream(context(), supaStreamPerThread), *context().PerThreadStream());
  auto stream = NewStream();
  auto* handle = reinterpret_cast<SUstream_st*>(stream.get());
  EXPECT_THAT(FindStream(context(), handle).status(), HasCode(supaErrorInvalidResourceHandle));
  runtime().streams().Insert(handle, stream);
  EXPECT_EQ(*FindStream(context(), handle), stream);
  EXPECT_EQ(*FindStream(other(), handle), stream);
  EXPECT_THAT(FindOwnStream(other(), handle).status(), HasCode(supaErrorInvalidResourceHandle));
  EXPECT_THAT(FindEvent(runtime(), reinterpret_cast<SUevent_st*>(handle)).status(),
              HasCode(supaErrorInvalidResourceHandle));
}

}  // namespace
}  // namespace opensupa::rt
