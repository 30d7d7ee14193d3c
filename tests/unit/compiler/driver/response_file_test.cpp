#include "response_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch_files.h"

namespace opensupa::cc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ResponseFileTest, QuotesAndBackslashesKeepWordsTogether) {
  EXPECT_THAT(SplitWords("a  'b c'\n\"d \\\" e\"\tf\\ g '' -DX='\"s\"'"),
              ElementsAre("a", "b c", "d \" e", "f g", "", "-DX=\"s\""));
  EXPECT_TRUE(SplitWords(" \n ").empty());
}

TEST(ResponseFileTest, FilesAreReadRecursively) {
  ScratchFiles files;
  const std::string inner = files.Write("inner", "-c 'x y.su'");
  const std::string outer = files.Write("outer", "-O2 @" + inner);
  StatusOr<std::vector<std::string>> words =
      ExpandResponseFiles(std::vector<std::string>{"-v", "@" + outer, "-g"});
  ASSERT_TRUE(words.ok());
  EXPECT_THAT(*words, ElementsAre("-v", "-O2", "-c", "x y.su", "-g"));
}

TEST(ResponseFileTest, AMissingFileLeavesTheWordAlone) {
  StatusOr<std::vector<std::string>> words =
      ExpandResponseFiles(std::vector<std::string>{"@/no/such", "@"});
  ASSERT_TRUE(words.ok());
  EXPECT_THAT(*words, ElementsAre("@/no/such", "@"));
}

TEST(ResponseFileTest, AFileThatNamesItselfIsAnError) {
  ScratchFiles files;
  const std::string path = files.Path("self");
  files.Write("self", "@" + path);
  EXPECT_THAT(
      std::string(ExpandResponseFiles(std::vector<std::string>{"@" + path}).status().message()),
      HasSubstr("probably names itself"));
}

}  // namespace
}  // namespace opensupa::cc
