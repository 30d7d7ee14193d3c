#include "opensupa/null/null_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "opensupa/base/fault_point.h"

namespace opensupa::null {
namespace {

using ::testing::HasSubstr;

TEST(NullAdapter, GivenSpecsThenItHasAsManyDevices) {
  auto adapter = MakeNullAdapter({{"null", "NULL0", 2}, {"null", "NULL0", 1}});
  ASSERT_TRUE(adapter.ok()) << adapter.status();
  EXPECT_EQ((*adapter)->DeviceCount(), 3u);
  EXPECT_EQ((*adapter)->backend(), "null");
  EXPECT_NE((*adapter)->GetProperties(0)->uuid, (*adapter)->GetProperties(2)->uuid);
  EXPECT_EQ((*adapter)->OpenDevice(3).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(NullAdapter, GivenAnotherModelThenTheErrorNamesIt) {
  auto adapter = MakeNullAdapter({{"null", "NULL1", 1}});
  EXPECT_EQ(adapter.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(adapter.status().message()), HasSubstr("'NULL1'"));
}

TEST(NullAdapter, GivenItIsRegisteredThenDiscoverFindsIt) {
  hal::RegisterBackend(kNullBackend);
  const hal::Discovery found = hal::Discover("null:NULL0*2");
  EXPECT_TRUE(found.rejected.empty());
  ASSERT_EQ(found.adapters.size(), 1u);
  EXPECT_EQ(found.adapters[0]->DeviceCount(), 2u);
}

class NullDeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    adapter_ = *MakeNullAdapter({{"null", "NULL0", 1}});
    device_ = *adapter_->OpenDevice(0);
  }
  std::unique_ptr<hal::Adapter> adapter_;
  std::unique_ptr<hal::Device> device_;
};

TEST_F(NullDeviceTest, GivenProgramsThenItSaysThatItRunsNone) {
  EXPECT_EQ(device_->properties().code_target, hal::kNoCodeTarget);
  const auto loaded = device_->LoadProgram({});
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(loaded.status().message()), HasSubstr("null backend"));
  EXPECT_EQ(device_->FindKernel(1, "k").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(device_->FindVariable(1, "v").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(device_->UnloadProgram(1).code(), absl::StatusCode::kNotFound);
}

TEST_F(NullDeviceTest, GivenADispatchThenTheBatchIsRefusedBeforeAnyOfItRuns) {
  auto queue = *device_->CreateQueue({});
  auto fence = *device_->CreateFence(0);
  bool called = false;
  hal::DispatchCommand dispatch;
  dispatch.kernel = 64;
  const hal::Command batch[] = {hal::HostCallCommand{[&] { called = true; }}, dispatch};
  EXPECT_EQ(queue->Submit({}, batch, {}).code(), absl::StatusCode::kUnimplemented);
  const hal::FencePoint done{fence.get(), 1};
  ASSERT_TRUE(queue->Submit({}, {}, std::span(&done, 1)).ok());
  ASSERT_TRUE(fence->Wait(1, -1).ok());
  EXPECT_FALSE(called);
}

TEST_F(NullDeviceTest, GivenMoreBatchesThanAQueueHoldsThenSubmitWaitsForRoom) {
  auto queue = *device_->CreateQueue({});
  auto fence = *device_->CreateFence(0);
  int calls = 0;
  const hal::Command call = hal::HostCallCommand{[&] { ++calls; }};
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(queue->Submit({}, std::span(&call, 1), {}).ok());
  const hal::FencePoint done{fence.get(), 1};
  ASSERT_TRUE(queue->Submit({}, {}, std::span(&done, 1)).ok());
  ASSERT_TRUE(fence->Wait(1, -1).ok());
  EXPECT_EQ(calls, 3000);
}

TEST_F(NullDeviceTest, GivenInjectedFailuresThenEachCallReturnsThem) {
  int host = 0;
  auto fails = [](auto call) {
    fault::Arm(1);
    const bool failed = !call();
    fault::Disarm();
    return failed;
  };
  EXPECT_TRUE(fails([&] { return device_->CreateMemory({4096}).ok(); }));
  EXPECT_TRUE(fails([&] { return device_->ReserveRange(4096, 0, 0).ok(); }));
  EXPECT_TRUE(fails([&] { return device_->CreateQueue({}).ok(); }));
  EXPECT_TRUE(fails([&] { return device_->CreateFence(0).ok(); }));
  EXPECT_TRUE(fails([&] { return device_->RegisterHost(&host, 4).ok(); }));
  EXPECT_EQ(device_->QueryMemory()->free_bytes, device_->QueryMemory()->total_bytes);
}

}  // namespace
}  // namespace opensupa::null
