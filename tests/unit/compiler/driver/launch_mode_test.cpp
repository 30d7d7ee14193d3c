#include "launch_mode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace opensupa::cc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LaunchCommand Parse(const std::vector<std::string>& words) {
  StatusOr<LaunchCommand> command = ParseLaunch(words);
  EXPECT_TRUE(command.ok()) << command.status();
  return command.ok() ? *command : LaunchCommand{};
}

TEST(LaunchModeTest, AKernelFileBecomesACommandOfBrcc) {
  LaunchCommand command = Parse({"-fgpu-rdc", "--", "ccache", "/usr/bin/c++", "-DX", "-x", "c++",
                                 "-o", "dir/a.su.o", "-c", "my file.su"});
  EXPECT_TRUE(command.is_kernel_file);
  EXPECT_THAT(command.words, ElementsAre("-fgpu-rdc", "-Wno-unknown-warning-option", "-DX", "-o",
                                         "dir/a.su.o", "-c", "my file.su"));
}

TEST(LaunchModeTest, OtherFilesStayWithTheCompiler) {
  LaunchCommand command =
      Parse({"-fgpu-rdc", "--", "c++", "-DX=a.su", "-o", "a.su.o", "-c", "a.cpp"});
  // An option that names a kernel file does not make the command one for brcc.
  command = Parse({"--", "c++", "-DX=a.su", "-c", "a.cpp"});
  EXPECT_FALSE(command.is_kernel_file);
  EXPECT_THAT(command.words, ElementsAre("c++", "-DX=a.su", "-c", "a.cpp"));
}

TEST(LaunchModeTest, WrongUseIsExplained) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"c++", "a.su"}, {"--"}, {"--", "-c"}}) {
    EXPECT_THAT(std::string(ParseLaunch(words).status().message()),
                HasSubstr("usage: brcc --supa-launch"));
  }
}

}  // namespace
}  // namespace opensupa::cc
