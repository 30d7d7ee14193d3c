#include "opensupa/core/error.h"

#include <gtest/gtest.h>

namespace opensupa::rt {
namespace {

TEST(ErrorTest, GivenCodeThenStatusCarriesItThroughAddedContext) {
  const Status status =
      WithContext(MakeError(supaErrorInvalidPitchValue, "The pitch is odd."), "copying a box");
  EXPECT_EQ(RuntimeCode(status), supaErrorInvalidPitchValue);
  EXPECT_NE(status.message().find("The pitch is odd."), std::string::npos);
  EXPECT_NE(status.message().find("while copying a box"), std::string::npos);
}

TEST(ErrorTest, GivenOkThenBothCodesAreSuccess) {
  EXPECT_EQ(RuntimeCode(absl::OkStatus()), supaSuccess);
  EXPECT_EQ(DriverCode(absl::OkStatus()), SUPA_SUCCESS);
  EXPECT_TRUE(WithCode(absl::OkStatus(), supaErrorUnknown).ok());
}

TEST(ErrorTest, GivenStatusWithoutCodeThenTheCanonicalCodeDecides) {
  EXPECT_EQ(RuntimeCode(absl::InvalidArgumentError("x")), supaErrorInvalidValue);
  EXPECT_EQ(RuntimeCode(absl::ResourceExhaustedError("x")), supaErrorMemoryAllocation);
  EXPECT_EQ(RuntimeCode(absl::UnimplementedError("x")), supaErrorNotSupported);
  EXPECT_EQ(RuntimeCode(absl::DataLossError("x")), supaErrorInvalidKernelImage);
  EXPECT_EQ(RuntimeCode(absl::InternalError("x")), supaErrorUnknown);
}

TEST(ErrorTest, GivenCodeOfTheRuntimeOnlyThenTheDriverHasOneThatSaysTheSame) {
  EXPECT_EQ(DriverCode(MakeError(supaErrorInvalidConfiguration, "x")), SUPA_ERROR_INVALID_VALUE);
  EXPECT_EQ(DriverCode(MakeError(supaErrorInvalidMemcpyDirection, "x")), SUPA_ERROR_INVALID_VALUE);
  EXPECT_EQ(DriverCode(MakeError(supaErrorInvalidSymbol, "x")), SUPA_ERROR_NOT_FOUND);
  EXPECT_EQ(DriverCode(MakeError(supaErrorDeviceUninitialized, "x")), SUPA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(DriverCode(MakeError(supaErrorIllegalAddress, "x")), SUPA_ERROR_ILLEGAL_ADDRESS);
}

TEST(ErrorTest, GivenNewCodeThenItReplacesTheOld) {
  const Status status = WithCode(absl::NotFoundError("No kernel."), supaErrorInvalidDeviceFunction);
  EXPECT_EQ(RuntimeCode(status), supaErrorInvalidDeviceFunction);
  EXPECT_EQ(status.message(), "No kernel.");
}

TEST(ErrorTest, OnlyFaultsAreSticky) {
  EXPECT_TRUE(IsSticky(supaErrorIllegalAddress));
  EXPECT_TRUE(IsSticky(supaErrorAssert));
  EXPECT_FALSE(IsSticky(supaErrorInvalidValue));
  EXPECT_FALSE(IsSticky(supaErrorNotReady));
}

}  // namespace
}  // namespace opensupa::rt
