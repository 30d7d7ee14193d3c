// What adapters and devices say about themselves, and what the unsupported list says about tests.
#include "hal_fixture.h"

namespace opensupa::conformance {
namespace {

using Devices = HalTest;

TEST_F(Devices, GivenAnOpenDeviceThenItsPropertiesAreTheAdapters) {
  auto listed = adapter().GetProperties(0);
  SUPA_ASSERT_OK(listed);
  const hal::DeviceProperties& open = device().properties();
  EXPECT_EQ(open.backend, adapter().backend());
  EXPECT_EQ(open.name, listed->name);
  EXPECT_EQ(open.uuid, listed->uuid);
  EXPECT_FALSE(open.name.empty());
  EXPECT_FALSE(open.model.empty());
  EXPECT_GT(open.memory_bytes, 0u);
  EXPECT_EQ(open.page_bytes & (open.page_bytes - 1), 0u);
  EXPECT_GT(open.multiprocessors, 0u);
  EXPECT_GT(open.max_threads_per_block, 0u);
}

TEST_F(Devices, GivenTwoDevicesThenTheyAreToldApart) {
  ASSERT_GE(adapter().DeviceCount(), 2u);
  EXPECT_NE(adapter().GetProperties(0)->uuid, adapter().GetProperties(1)->uuid);
}

TEST_F(Devices, GivenAnIndexPastTheEndThenInvalidArgument) {
  const uint32_t past = adapter().DeviceCount();
  SUPA_EXPECT_CODE(adapter().GetProperties(past), absl::StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(adapter().OpenDevice(past), absl::StatusCode::kInvalidArgument);
}

TEST_F(Devices, GivenTheSameCardOpenedTwiceThenBothWork) {
  auto second = Session::Open(adapter(), 0);
  SUPA_ASSERT_OK(second);
  auto buffer = MakeBuffer((*second)->device(), 4096);
  SUPA_ASSERT_OK(buffer);
  SUPA_EXPECT_OK((*second)->Run(hal::FillCommand{buffer->address(), 7, 1, 4096, 1, 0}));
  Buffer own = Allocate(4096);
  SUPA_EXPECT_OK(session().Run(hal::FillCommand{own.address(), 9, 1, 4096, 1, 0}));
  EXPECT_EQ(*(*second)->Download(buffer->address(), 1), std::vector<uint8_t>{7});
  EXPECT_EQ(Download(own, 1), std::vector<uint8_t>{9});
}

TEST_F(Devices, GivenNoFaultThenPollSaysNone) {
  EXPECT_EQ(device().PollFault().kind, hal::FaultKind::kNone);
  EXPECT_EQ(device().PollFault().text, "");
}

TEST(UnsupportedList, NamesOnlyTestsThatExist) {
  const auto* unit = ::testing::UnitTest::GetInstance();
  for (const auto& [key, reason] : Backend().unsupported) {
    bool found = false;
    for (int s = 0; s < unit->total_test_suite_count(); ++s) {
      const auto* suite = unit->GetTestSuite(s);
      found |= key == suite->name();
      for (int t = 0; t < suite->total_test_count(); ++t) {
        found |= key == std::string(suite->name()) + "." + suite->GetTestInfo(t)->name();
      }
    }
    EXPECT_TRUE(found) << "'" << key << "' is no test";
    EXPECT_FALSE(reason.empty());
  }
}

}  // namespace
}  // namespace opensupa::conformance
