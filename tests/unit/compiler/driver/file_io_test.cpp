#include "file_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch_files.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;

TEST(FileIoTest, WhatIsWrittenIsRead) {
  ScratchFiles files;
  const std::string content("a\0b\n", 4);
  ASSERT_TRUE(WriteFile(files.Path("x"), content.data(), content.size()).ok());
  ASSERT_TRUE(WriteFile(files.Path("x"), content.data(), content.size()).ok());
  EXPECT_EQ(*ReadFile(files.Path("x")), content);
  EXPECT_EQ(files.Count(), 1u);  // no temporary file stays
}

TEST(FileIoTest, FailuresNameTheFileAndTheReason) {
  ScratchFiles files;
  Status status = ReadFile(files.Path("none")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("none': No such file or directory"));
  status = WriteFile(files.Path("no/folder"), "x", 1);
  EXPECT_THAT(std::string(status.message()), HasSubstr("No such file or directory"));
  EXPECT_FALSE(ReadFile(files.Path("")).ok());  // a folder
}

TEST(FileIoTest, ADeviceIsNotReplaced) {
  EXPECT_TRUE(WriteFile("/dev/null", "x", 1).ok());
  EXPECT_TRUE(FileExists("/dev/null"));
  EXPECT_EQ(*ReadFile("/dev/null"), "");
}

TEST(FileIoTest, NamesAreTakenApart) {
  EXPECT_EQ(BaseName("a/b.su"), "b.su");
  EXPECT_EQ(DirectoryName("a/b.su"), "a");
  EXPECT_EQ(DirectoryName("b.su"), ".");
  EXPECT_EQ(WithoutExtension("a.d/b.x.su"), "a.d/b.x");
  EXPECT_EQ(Extension("a.d/b"), "");
  EXPECT_EQ(Extension("b.tar.gz"), ".gz");
}

}  // namespace
}  // namespace opensupa::cc
