#include "opensupa/spec/error_names.h"

#include <gtest/gtest.h>

namespace opensupa::api {
namespace {

TEST(ErrorNamesTest, GivenCodesWhenNamedThenNameAndTextAreTheirs) {
  EXPECT_STREQ(ErrorName(supaSuccess), "supaSuccess");
  EXPECT_STREQ(ErrorText(supaSuccess), "no error");
  EXPECT_STREQ(ErrorName(supaErrorMemoryAllocation), "supaErrorMemoryAllocation");
  EXPECT_STREQ(ErrorText(supaErrorIllegalAddress), "an illegal memory access was encountered");
  EXPECT_STREQ(ErrorName(SUPA_ERROR_NOT_FOUND), "SUPA_ERROR_NOT_FOUND");
  EXPECT_STREQ(ErrorText(SUPA_ERROR_UNKNOWN), "unknown error");
}

TEST(ErrorNamesTest, GivenNumberThatIsNoCodeWhenNamedThenNull) {
  EXPECT_EQ(ErrorName(static_cast<supaError_t>(10)), nullptr);
  EXPECT_EQ(ErrorText(static_cast<supaError_t>(-1)), nullptr);
  EXPECT_EQ(ErrorName(static_cast<SUresult>(123456)), nullptr);
}

TEST(ErrorNamesTest, GivenSharedNumbersWhenNamedThenBothApisTellTheSame) {
  // The driver's code and the runtime's code of one number describe one condition.
  int shared = 0;
  for (int number = 0; number < 1000; ++number) {
    const char* driver = ErrorText(static_cast<SUresult>(number));
    if (driver == nullptr) continue;
    const char* runtime = ErrorText(static_cast<supaError_t>(number));
    if (number == 202) {  // "context is already current" exists for the driver only
      EXPECT_EQ(runtime, nullptr);
      continue;
    }
    EXPECT_NE(runtime, nullptr) << number;
    ++shared;
  }
  EXPECT_GT(shared, 80);
}

}  // namespace
}  // namespace opensupa::api
