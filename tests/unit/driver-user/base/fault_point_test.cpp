#include "opensupa/base/fault_point.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace opensupa::fault {
namespace {

using ::testing::HasSubstr;

TEST(FaultPoint, GivenNoPlanThenNothingFails) {
  Disarm();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Check("test.point").ok());
}

TEST(FaultPoint, GivenThirdArmedThenOnlyTheThirdFailsAndNamesItsPoint) {
  Arm(3, absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Check("test.first").ok());
  EXPECT_TRUE(Check("test.second").ok());
  EXPECT_FALSE(Fired());
  const Status third = Check("test.third");
  EXPECT_EQ(third.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(third.message()), HasSubstr("test.third"));
  EXPECT_THAT(std::string(third.message()), HasSubstr("number 3"));
  EXPECT_TRUE(Fired());
  EXPECT_TRUE(Check("test.fourth").ok());
  EXPECT_EQ(Disarm(), 4u);
  EXPECT_TRUE(Check("test.fifth").ok());
}

TEST(FaultPoint, GivenManyThreadsThenExactlyOneCheckFails) {
  Arm(500);
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&failures] {
      for (int i = 0; i < 1000; ++i) failures += !Check("test.threads").ok();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures.load(), 1);
  EXPECT_EQ(Disarm(), 4000u);
}

Status Guarded(bool* reached) {
  OPENSUPA_FAULT_POINT("test.macro");
  *reached = true;
  return absl::OkStatus();
}

TEST(FaultPoint, GivenTheMacroThenTheFunctionReturnsTheError) {
  bool reached = false;
  Arm(1);
  EXPECT_EQ(Guarded(&reached).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(reached);
  EXPECT_TRUE(Guarded(&reached).ok());
  EXPECT_TRUE(reached);
  Disarm();
}

}  // namespace
}  // namespace opensupa::fault
