#include "opensupa/base/status.h"

#include <memory>
#include <string>

#include "absl/strings/cord.h"
#include "gtest/gtest.h"

namespace opensupa {
namespace {

TEST(WithContext, GivenAnErrorThenTheTextGrowsAndCodeAndPayloadStay) {
  Status status = absl::NotFoundError("Stream 4 does not exist.");
  status.SetPayload("test", absl::Cord("payload"));
  const Status longer = WithContext(WithContext(status, "copying"), "running a test");
  EXPECT_EQ(longer.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(std::string(longer.message()),
            "Stream 4 does not exist.; while copying; while running a test");
  EXPECT_EQ(longer.GetPayload("test").value(), "payload");
  EXPECT_TRUE(WithContext(absl::OkStatus(), "nothing").ok());
}

StatusOr<std::unique_ptr<int>> Make(bool good) {
  if (!good) return absl::InvalidArgumentError("bad");
  return std::make_unique<int>(5);
}

Status Use(bool good, int* value) {
  SUPA_ASSIGN_OR_RETURN(std::unique_ptr<int> made, Make(good));
  *value = *made;
  SUPA_RETURN_IF_ERROR_CONTEXT(absl::OkStatus(), "never");
  return absl::OkStatus();
}

TEST(StatusMacros, GivenValuesThenTheyAreMovedOutAndErrorsReturn) {
  int value = 0;
  EXPECT_TRUE(Use(true, &value).ok());
  EXPECT_EQ(value, 5);
  EXPECT_EQ(Use(false, &value).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace opensupa
