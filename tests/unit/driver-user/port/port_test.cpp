#include "opensupa/port/port.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/port/recording.h"

namespace opensupa::port {
namespace {

using ::testing::HasSubstr;

/// Answers every call with `result`, after writing a handle into BO_CREATE.
class FakePort final : public Port {
 public:
  explicit FakePort(int result) : result_(result) {}
  int Call(uint32_t op, void* arg, uint32_t) override {
    ++calls;
    if (op == SUPA_UAPI_BO_CREATE) static_cast<supa_uapi_bo_create*>(arg)->handle = 77;
    return result_;
  }
  std::string name() const override { return "fake#0"; }
  int calls = 0;

 private:
  const int result_;
};

TEST(Ops, GivenEveryOpThenItHasANameAndASize) {
  for (uint32_t op = 0; op < SUPA_UAPI_OP_COUNT; ++op) {
    EXPECT_STRNE(OpName(op), "UNKNOWN") << op;
    EXPECT_GT(OpStructBytes(op), 0u) << op;
    EXPECT_EQ(OpStructBytes(op) % 8, 0u) << "the struct of " << OpName(op) << " has hidden padding";
  }
  EXPECT_STREQ(OpName(SUPA_UAPI_OP_COUNT), "UNKNOWN");
  EXPECT_EQ(OpStructBytes(999), 0u);
}

TEST(CallChecked, GivenErrnosThenEachHasItsStatusCode) {
  const std::pair<int, absl::StatusCode> pairs[] = {
      {-EINVAL, absl::StatusCode::kInvalidArgument},
      {-ENOMEM, absl::StatusCode::kResourceExhausted},
      {-ETIME, absl::StatusCode::kDeadlineExceeded},
      {-ECANCELED, absl::StatusCode::kAborted},
      {-ENODEV, absl::StatusCode::kUnavailable},
      {-EBUSY, absl::StatusCode::kFailedPrecondition},
      {-ENOENT, absl::StatusCode::kNotFound},
      {-EAGAIN, absl::StatusCode::kUnavailable},
  };
  for (const auto& [error, code] : pairs) {
    FakePort port(error);
    supa_uapi_doorbell doorbell{};
    const Status status = CallChecked(port, SUPA_UAPI_DOORBELL, doorbell);
    EXPECT_EQ(status.code(), code) << error;
    EXPECT_THAT(std::string(status.message()), HasSubstr("DOORBELL"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("fake#0"));
  }
}

TEST(CallChecked, GivenAnInjectedFailureThenThePortIsNotCalled) {
  FakePort port(0);
  supa_uapi_doorbell doorbell{};
  fault::Arm(1);
  EXPECT_EQ(CallChecked(port, SUPA_UAPI_DOORBELL, doorbell).code(),
            absl::StatusCode::kResourceExhausted);
  fault::Disarm();
  EXPECT_EQ(port.calls, 0);
  EXPECT_TRUE(CallChecked(port, SUPA_UAPI_DOORBELL, doorbell).ok());
}

class RecordingTest : public ::testing::Test {
 protected:
  void TearDown() override { std::remove(path_.c_str()); }
  const std::string path_ = ::testing::TempDir() + "/opensupa_port_test.rec";
};

TEST_F(RecordingTest, GivenCallsThenTheFileHoldsThemInOrderBeforeAndAfter) {
  {
    auto recorder = MakeRecordingPort(std::make_unique<FakePort>(0), path_);
    ASSERT_TRUE(recorder.ok()) << recorder.status();
    supa_uapi_bo_create create{};
    create.size_bytes = 8192;
    EXPECT_EQ((*recorder)->Call(SUPA_UAPI_BO_CREATE, &create, sizeof(create)), 0);
    EXPECT_EQ(create.handle, 77u);
    supa_uapi_doorbell doorbell{};
    EXPECT_EQ((*recorder)->Call(SUPA_UAPI_DOORBELL, &doorbell, sizeof(doorbell)), 0);
  }
  const auto recording = ReadRecording(path_);
  ASSERT_TRUE(recording.ok()) << recording.status();
  EXPECT_EQ(recording->name, "fake#0");
  ASSERT_EQ(recording->calls.size(), 2u);
  const RecordedCall& create = recording->calls[0];
  EXPECT_EQ(create.header.op, uint32_t{SUPA_UAPI_BO_CREATE});
  ASSERT_EQ(create.in.size(), sizeof(supa_uapi_bo_create));
  EXPECT_EQ(reinterpret_cast<const supa_uapi_bo_create*>(create.in.data())->handle, 0u);
  EXPECT_EQ(reinterpret_cast<const supa_uapi_bo_create*>(create.out.data())->handle, 77u);
  EXPECT_EQ(recording->calls[1].header.op, uint32_t{SUPA_UAPI_DOORBELL});
}

TEST_F(RecordingTest, GivenAnUnwritablePathThenAnErrorNamesIt) {
  const auto recorder =
      MakeRecordingPort(std::make_unique<FakePort>(0), "/nowhere/at/all/recording");
  ASSERT_FALSE(recorder.ok());
  EXPECT_THAT(std::string(recorder.status().message()), HasSubstr("/nowhere/at/all/recording"));
}

TEST_F(RecordingTest, GivenDamagedFilesThenTheyAreRefused) {
  {
    auto recorder = MakeRecordingPort(std::make_unique<FakePort>(0), path_);
    ASSERT_TRUE(recorder.ok());
    supa_uapi_bo_create create{};
    (*recorder)->Call(SUPA_UAPI_BO_CREATE, &create, sizeof(create));
  }
  std::ifstream in(path_, std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto write = [this](const std::string& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  };
  size_t refused = 0;
  for (size_t length = 0; length < good.size(); ++length) {
    write(good.substr(0, length));
    const auto recording = ReadRecording(path_);
    if (recording.ok()) {
      EXPECT_TRUE(recording->calls.empty()) << "a call cut off at " << length << " was read";
    } else {
      EXPECT_EQ(recording.status().code(), absl::StatusCode::kDataLoss) << length;
      ++refused;
    }
  }
  EXPECT_GE(refused + 1, good.size());
  std::string other = good;
  other[8] = 9;  // the version
  write(other);
  EXPECT_EQ(ReadRecording(path_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadRecording("/nowhere/x").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace opensupa::port
