#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "option_table.h"

namespace opensupa::cc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Argument> Parse(const std::vector<std::string>& words) {
  StatusOr<std::vector<Argument>> arguments = ParseArguments(words);
  EXPECT_TRUE(arguments.ok()) << arguments.status();
  return arguments.ok() ? *arguments : std::vector<Argument>{};
}

std::string ErrorOf(const std::vector<std::string>& words) {
  return std::string(ParseArguments(words).status().message());
}

TEST(ArgumentParserTest, ValuesAreTakenFromTheSameWordOrTheNext) {
  std::vector<Argument> arguments =
      Parse({"-Ia", "-I", "b", "-O2", "-ccbin=x", "-ccbin", "y", "--supa-path=/p", "file.su"});
  ASSERT_EQ(arguments.size(), 7u);
  EXPECT_EQ(arguments[0].value, "a");
  EXPECT_EQ(arguments[1].value, "b");
  EXPECT_THAT(arguments[1].words, ElementsAre("-I", "b"));
  EXPECT_EQ(arguments[2].value, "2");
  EXPECT_EQ(arguments[3].value, "x");
  EXPECT_EQ(arguments[4].value, "y");
  EXPECT_EQ(arguments[5].value, "/p");
  EXPECT_EQ(arguments[6].option, nullptr);
  EXPECT_EQ(arguments[6].value, "file.su");
}

TEST(ArgumentParserTest, TheLongestNameWins) {
  EXPECT_EQ(Parse({"-lineinfo"})[0].option->id, OptionId::kLineInfo);
  EXPECT_EQ(Parse({"-lm"})[0].option->id, OptionId::kLibrary);
  EXPECT_EQ(Parse({"-gencode", "arch=compute_80,code=sm_80"})[0].option->id, OptionId::kIgnore);
  EXPECT_EQ(Parse({"-g3"})[0].option->id, OptionId::kDebug);
  EXPECT_EQ(Parse({"-mllvm", "-br-x"})[0].option->id, OptionId::kMllvm);
  EXPECT_EQ(Parse({"-march=native"})[0].option->id, OptionId::kMachine);
  EXPECT_EQ(Parse({"-fmad=false"})[0].option->id, OptionId::kFusedMultiplyAdd);
  EXPECT_EQ(Parse({"-fgpu-rdc"})[0].option->id, OptionId::kRelocatable);
  EXPECT_EQ(Parse({"-Wl,-z,now"})[0].option->id, OptionId::kLinkPass);
  EXPECT_EQ(Parse({"-Wall"})[0].option->id, OptionId::kPass);
}

TEST(ArgumentParserTest, AnUnknownOptionGetsTheNearestName) {
  EXPECT_EQ(ErrorOf({"--supa-gpu-arhc=br100"}),
            "unknown argument '--supa-gpu-arhc=br100'; did you mean '--supa-gpu-arch=br100'?");
  EXPECT_EQ(ErrorOf({"--sve-temps"}),
            "unknown argument '--sve-temps'; did you mean '--save-temps'?");
  EXPECT_EQ(ErrorOf({"--zzzzzzzzzzzzzz"}), "unknown argument: '--zzzzzzzzzzzzzz'");
}

TEST(ArgumentParserTest, AMissingValueIsAnError) {
  EXPECT_EQ(ErrorOf({"a.su", "-o"}), "argument to '-o' is missing (expected 1 value)");
  EXPECT_EQ(ErrorOf({"-Xclang"}), "argument to '-Xclang' is missing (expected 1 value)");
}

TEST(ArgumentParserTest, AfterTwoDashesEverythingIsAFile) {
  std::vector<Argument> arguments = Parse({"--", "-c"});
  ASSERT_EQ(arguments.size(), 1u);
  EXPECT_EQ(arguments[0].option, nullptr);
  EXPECT_EQ(arguments[0].value, "-c");
}

TEST(ArgumentParserTest, ASingleDashIsStandardInput) { EXPECT_EQ(Parse({"-"})[0].option, nullptr); }

TEST(ArgumentParserTest, NoNameAndFormStandsTwiceInTheTable) {
  std::set<std::pair<std::string, int>> seen;
  for (const OptionSpec& spec : OptionTable()) {
    EXPECT_TRUE(seen.emplace(spec.name, static_cast<int>(spec.form)).second) << spec.name;
    EXPECT_EQ(spec.name[0], '-') << spec.name;
  }
}

TEST(ArgumentParserTest, TheHelpListsDocumentedOptionsAndNoReplacements) {
  const std::string help = HelpText();
  for (const char* name : {"--supa-gpu-arch=", "-fgpu-rdc", "-MF <file>", "--save-temps",
                           "--supa-link", "-ccbin=<compiler>", "-Wl,<arg>"}) {
    EXPECT_THAT(help, HasSubstr(name));
  }
  EXPECT_THAT(help, ::testing::Not(HasSubstr("--include-path")));
  EXPECT_THAT(help, ::testing::Not(HasSubstr("--cubin")));
}

}  // namespace
}  // namespace opensupa::cc
