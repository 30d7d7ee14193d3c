#include "opensupa/hal/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "opensupa/base/fault_point.h"

namespace opensupa::hal {
namespace {

using ::testing::HasSubstr;

class CountingAdapter : public Adapter {
 public:
  CountingAdapter(std::string backend, uint32_t count)
      : backend_(std::move(backend)), count_(count) {}
  const std::string& backend() const override { return backend_; }
  uint32_t DeviceCount() const override { return count_; }
  StatusOr<DeviceProperties> GetProperties(uint32_t) const override { return DeviceProperties{}; }
  StatusOr<std::unique_ptr<Device>> OpenDevice(uint32_t) override {
    return absl::UnimplementedError("This adapter only counts.");
  }

 private:
  std::string backend_;
  uint32_t count_;
};

StatusOr<std::unique_ptr<Adapter>> MakeCounting(const std::vector<DeviceSpec>& specs) {
  uint32_t count = 0;
  for (const DeviceSpec& spec : specs) count += spec.count;
  return std::make_unique<CountingAdapter>(specs.front().backend, count);
}

StatusOr<std::unique_ptr<Adapter>> MakeBroken(const std::vector<DeviceSpec>&) {
  return absl::UnavailableError("The broken backend is broken.");
}

void RegisterTestBackends() {
  RegisterBackend({"one", "counts", MakeCounting});
  RegisterBackend({"two", "counts", MakeCounting});
  RegisterBackend({"broken", "fails", MakeBroken});
}

TEST(ParseDeviceList, GivenEmptyTextThenEmptyList) {
  EXPECT_TRUE(ParseDeviceList("")->empty());
  EXPECT_TRUE(ParseDeviceList("  ")->empty());
}

TEST(ParseDeviceList, GivenSeveralEntriesThenKeepsOrderAndCounts) {
  auto specs = ParseDeviceList("emu:BR106M*2, null:NULL0 ,emu:BR166");
  ASSERT_TRUE(specs.ok()) << specs.status();
  ASSERT_EQ(specs->size(), 3u);
  EXPECT_EQ((*specs)[0].backend, "emu");
  EXPECT_EQ((*specs)[0].model, "BR106M");
  EXPECT_EQ((*specs)[0].count, 2u);
  EXPECT_EQ((*specs)[1].backend, "null");
  EXPECT_EQ((*specs)[1].model, "NULL0");
  EXPECT_EQ((*specs)[1].count, 1u);
  EXPECT_EQ((*specs)[2].model, "BR166");
}

TEST(ParseDeviceList, GivenWrongEntryThenErrorNamesIt) {
  for (const char* bad : {"emu", "emu:", ":BR104", "emu:BR104*0", "emu:BR104*65", "emu:BR104*x",
                          "emu:BR104*", "emu:BR104*-1", "emu:BR 104", "emu:A:B"}) {
    auto specs = ParseDeviceList(std::string("emu:BR166,") + bad);
    ASSERT_EQ(specs.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(specs.status().message()), HasSubstr(std::string("'") + bad + "'"));
  }
  EXPECT_FALSE(ParseDeviceList("emu:BR166,").ok());
}

TEST(Discover, GivenMixedListThenAdaptersInOrderOfFirstMention) {
  RegisterTestBackends();
  Discovery found = Discover("two:A,one:B*3,two:C*2");
  EXPECT_TRUE(found.rejected.empty());
  ASSERT_EQ(found.adapters.size(), 2u);
  EXPECT_EQ(found.adapters[0]->backend(), "two");
  EXPECT_EQ(found.adapters[0]->DeviceCount(), 3u);
  EXPECT_EQ(found.adapters[1]->backend(), "one");
  EXPECT_EQ(found.adapters[1]->DeviceCount(), 3u);
}

TEST(Discover, GivenFailingOrUnknownBackendThenRejectedAndOthersStay) {
  RegisterTestBackends();
  Discovery found = Discover("broken:A*2,nowhere:B,one:C");
  ASSERT_EQ(found.adapters.size(), 1u);
  ASSERT_EQ(found.rejected.size(), 2u);
  EXPECT_EQ(found.rejected[0].spec, "broken:A*2");
  EXPECT_THAT(std::string(found.rejected[0].reason.message()), HasSubstr("is broken"));
  EXPECT_EQ(found.rejected[1].reason.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(found.rejected[1].reason.message()), HasSubstr("'nowhere'"));
  EXPECT_THAT(std::string(found.rejected[1].reason.message()), HasSubstr("one, two"));
}

TEST(Discover, GivenUnreadableListThenOneRejectionAndNoAdapter) {
  Discovery found = Discover("junk");
  EXPECT_TRUE(found.adapters.empty());
  ASSERT_EQ(found.rejected.size(), 1u);
  EXPECT_EQ(found.rejected[0].spec, "junk");
}

TEST(Discover, GivenInjectedFailureThenRejection) {
  RegisterTestBackends();
  fault::Arm(1);
  Discovery found = Discover("one:A");
  fault::Disarm();
  EXPECT_TRUE(found.adapters.empty());
  ASSERT_EQ(found.rejected.size(), 1u);
  EXPECT_EQ(found.rejected[0].reason.code(), absl::StatusCode::kResourceExhausted);
}

TEST(RegisterBackend, GivenTheSameNameTwiceThenTheLaterOneStands) {
  RegisterBackend({"twice", "first", MakeBroken});
  RegisterBackend({"twice", "second", MakeCounting});
  int seen = 0;
  for (const Backend& backend : RegisteredBackends()) seen += std::string(backend.name) == "twice";
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(Discover("twice:A").adapters.size(), 1u);
}

}  // namespace
}  // namespace opensupa::hal
