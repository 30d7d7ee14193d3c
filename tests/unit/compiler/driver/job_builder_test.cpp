#include "job_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "scratch_files.h"

namespace opensupa::cc {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class JobBuilderTest : public ::testing::Test {
 protected:
  JobBuilderTest() {
    toolchain_.brcc = "/t/bin/brcc";
    toolchain_.root = "/t";
    toolchain_.include_dir = "/t/include";
    toolchain_.library_dir = "/t/lib";
    toolchain_.clang = "/clang++";
    toolchain_.host_compiler = "/clang++";
  }

  std::vector<Job> Build(const std::vector<std::string>& words) {
    StatusOr<DriverOptions> options = ParseDriverOptions(words);
    EXPECT_TRUE(options.ok()) << options.status();
    options_ = *options;
    StatusOr<std::vector<Job>> jobs = JobBuilder(options_, toolchain_, "/s").Build();
    status_ = jobs.status();
    return jobs.ok() ? *jobs : std::vector<Job>{};
  }
  std::string File(const std::string& name) { return files_.Write(name, ""); }

  ScratchFiles files_;
  Toolchain toolchain_;
  DriverOptions options_;
  Status status_;
};

/// The word after `flag`, or empty.
std::string ValueOf(const Job& job, const std::string& flag) {
  auto it = std::find(job.words.begin(), job.words.end(), flag);
  return it == job.words.end() || it + 1 == job.words.end() ? "" : *(it + 1);
}

TEST_F(JobBuilderTest, AKernelFileTakesFiveCommands) {
  std::vector<Job> jobs = Build({"-c", "-O2", File("a.su"), "-o", "x.o"});
  ASSERT_EQ(jobs.size(), 5u);
  EXPECT_THAT(jobs[0].words,
              AllOf(Contains("--cuda-device-only"), Contains("-O2"),
                    Contains("-disable-llvm-passes"), Contains("opensupa/device/prelude.h")));
  EXPECT_EQ(jobs[1].words[1], "-supacc-finalize");
  EXPECT_EQ(jobs[1].words[3], ValueOf(jobs[0], "-o"));
  EXPECT_THAT(jobs[2].words, Contains("--cuda-host-only"));
  EXPECT_EQ(jobs[2].independent_of, 2);
  EXPECT_EQ(jobs[3].words[1], "-supacc-embed");
  EXPECT_EQ(jobs[3].words[3], ValueOf(jobs[2], "-o"));
  EXPECT_EQ(jobs[3].words[4], ValueOf(jobs[1], "-o"));
  EXPECT_THAT(jobs[4].words, AllOf(Contains("ir"), Contains("-c"), Contains("-O2"),
                                   Contains(ValueOf(jobs[3], "-o"))));
  EXPECT_EQ(ValueOf(jobs[4], "-o"), "x.o");
  for (const Job& job : jobs) EXPECT_EQ(job.diagnostic_group, 0);
}

TEST_F(JobBuilderTest, TheHalvesShareTheUnitId) {
  const std::string file = File("a.su");
  std::vector<Job> jobs = Build({"-c", "-fgpu-rdc", file});
  const auto unit_id = [](const Job& job) {
    for (const std::string& word : job.words) {
      if (word.rfind("-cuid=", 0) == 0) return word;
    }
    return std::string();
  };
  EXPECT_NE(unit_id(jobs[0]), "");
  EXPECT_EQ(unit_id(jobs[0]), unit_id(jobs[2]));
  EXPECT_NE(unit_id(jobs[0]), unit_id(Build({"-c", "-fgpu-rdc", File("b.su")})[0]));
  EXPECT_NE(unit_id(jobs[0]), unit_id(Build({"-c", "-fgpu-rdc", "-DX", file})[0]));
  EXPECT_THAT(jobs[1].words[2], HasSubstr("\"relocatable\":true"));
  EXPECT_THAT(jobs[3].words[2], HasSubstr("\"relocatable\":true"));
}

TEST_F(JobBuilderTest, ArchitecturesDefineMacrosInBothHalves) {
  std::vector<Job> jobs = Build({"-c", "--supa-gpu-arch=br110,arch_20", File("a.su")});
  for (size_t i : {0, 2}) {
    EXPECT_THAT(jobs[i].words, AllOf(Contains("-D__BR110_ARCH__=1"), Contains("-D__BR_ARCH_20__=1"),
                                     Not(Contains("-D__BR100_ARCH__=1"))));
  }
  EXPECT_THAT(jobs[1].words[2], HasSubstr("\"architectures\":[\"br110\",\"arch_20\"]"));
}

TEST_F(JobBuilderTest, OnlyCudaFilesGetTheCudaNames) {
  EXPECT_THAT(Build({"-c", File("a.cu")})[0].words, Contains("-DOPENSUPA_CUDA_SOURCE=1"));
  EXPECT_THAT(Build({"-c", File("a.su")})[0].words, Not(Contains("-DOPENSUPA_CUDA_SOURCE=1")));
}

TEST_F(JobBuilderTest, OneHalfAlone) {
  std::vector<Job> device = Build({"--supa-device-only", "-c", File("a.su")});
  ASSERT_EQ(device.size(), 2u);
  EXPECT_EQ(ValueOf(device[1], "-o"), "a.supafb");
  std::vector<Job> host = Build({"--supa-host-only", "-c", File("a.su")});
  ASSERT_EQ(host.size(), 3u);
  EXPECT_THAT(host[0].words, Not(Contains("-fcuda-include-gpubinary")));
  EXPECT_EQ(ValueOf(host[2], "-o"), "a.o");
}

TEST_F(JobBuilderTest, DeviceIrAsTextAndAsBitcode) {
  std::vector<Job> text = Build({"--supa-device-only", "-S", "-emit-llvm", File("a.su")});
  EXPECT_THAT(text[1].words[2], HasSubstr("\"emit\":\"ir\""));
  EXPECT_EQ(ValueOf(text[1], "-o"), "a-supa-device.ll");
  std::vector<Job> bitcode = Build({"--supa-device-only", "-c", "-emit-llvm", File("a.su")});
  EXPECT_THAT(bitcode[1].words[2], HasSubstr("\"emit\":\"bitcode\""));
  EXPECT_EQ(ValueOf(bitcode[1], "-o"), "a-supa-device.bc");
}

TEST_F(JobBuilderTest, HostAssemblyAndIr) {
  EXPECT_EQ(ValueOf(Build({"-S", File("a.su")})[4], "-o"), "a.s");
  std::vector<Job> jobs = Build({"-S", "-emit-llvm", File("a.su")});
  EXPECT_EQ(ValueOf(jobs[4], "-o"), "a.ll");
  EXPECT_THAT(jobs[4].words, AllOf(Contains("-S"), Contains("-emit-llvm")));
}

TEST_F(JobBuilderTest, PreprocessingTakesTheHostHalfUnlessToldOtherwise) {
  std::vector<Job> jobs = Build({"-E", File("a.su")});
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_THAT(jobs[0].words, AllOf(Contains("-E"), Contains("--cuda-host-only")));
  EXPECT_THAT(Build({"-E", "--supa-device-only", File("a.su")})[0].words,
              Contains("--cuda-device-only"));
  jobs = Build({"-MM", "-MF", "x.d", "-MT", "t", File("a.su")});
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(ValueOf(jobs[0], "-MF"), "x.d");
  EXPECT_EQ(ValueOf(jobs[0], "-MT"), "t");
  EXPECT_THAT(jobs[0].words, AllOf(Contains("-MM"), Contains("--cuda-host-only")));
}

TEST_F(JobBuilderTest, TheDependencyFileIsNamedAfterTheOutput) {
  std::vector<Job> jobs = Build({"-c", "-MMD", File("a.su"), "-o", "dir/x.o"});
  EXPECT_EQ(ValueOf(jobs[2], "-MF"), "dir/x.d");
  EXPECT_EQ(ValueOf(jobs[2], "-MQ"), "dir/x.o");
  jobs = Build({"-c", "-MD", File("a.su")});
  EXPECT_EQ(ValueOf(jobs[2], "-MF"), "a.d");
  EXPECT_EQ(ValueOf(jobs[2], "-MQ"), "a.o");
  EXPECT_THAT(jobs[0].words, Not(Contains("-MD")));
}

TEST_F(JobBuilderTest, ThePlainLanguagesNeedOneCommand) {
  std::vector<Job> jobs = Build({"-c", "-std=c++20", File("a.cpp"), File("b.c")});
  ASSERT_EQ(jobs.size(), 2u);
  EXPECT_EQ(ValueOf(jobs[0], "-x"), "c++");
  EXPECT_THAT(jobs[0].words, Contains("-std=c++20"));
  EXPECT_EQ(ValueOf(jobs[1], "-x"), "c");
  EXPECT_THAT(jobs[1].words, Not(Contains("-std=c++20")));
}

TEST_F(JobBuilderTest, LinkingKeepsTheOrderAndAddsTheRuntime) {
  std::vector<Job> jobs = Build({File("a.o"), "-lx", File("b.su"), File("c.o"), "-o", "p"});
  ASSERT_EQ(jobs.size(), 7u);
  const Job& link = jobs[5];
  std::vector<std::string> order;
  for (const std::string& word : link.words) {
    for (const char* end : {"a.o", "-lx", "/s/1-b.o", "c.o", "-lsupart", "-lsupa", "/t/lib"}) {
      if (word.size() >= std::string(end).size() &&
          word.compare(word.size() - std::string(end).size(), std::string::npos, end) == 0) {
        order.push_back(end);
        break;
      }
    }
  }
  EXPECT_THAT(order, ::testing::ElementsAre("/t/lib", "a.o", "-lx", "/s/1-b.o", "c.o", "-lsupart",
                                            "-lsupa", "/t/lib"));
  EXPECT_EQ(jobs[6].words[1], "-supacc-check-link");
  EXPECT_EQ(jobs[6].words[2], "p");
}

TEST_F(JobBuilderTest, AGnuHostCompilerGetsNoClangOptions) {
  toolchain_.host_compiler = "/g++";
  toolchain_.host_is_clang = false;
  std::vector<Job> jobs = Build({"-Xclang", "-x", "-mllvm", "-y", File("a.cpp"), File("b.su")});
  EXPECT_EQ(jobs[0].words[0], "/g++");
  EXPECT_THAT(jobs[0].words, Not(Contains("-Xclang")));
  EXPECT_THAT(jobs[0].words, Not(Contains("-mllvm")));
  EXPECT_EQ(jobs[1].words[0], "/clang++");  // kernel files stay with clang
  EXPECT_EQ(jobs[6].words[0], "/g++");
}

TEST_F(JobBuilderTest, ACDriverIsToldToLinkTheCxxLibrary) {
  toolchain_.host_links_cxx = false;
  EXPECT_THAT(Build({File("a.o")})[0].words, Contains("-lstdc++"));
}

TEST_F(JobBuilderTest, DeviceLinkOfObjects) {
  std::vector<Job> jobs = Build({"--supa-link", "--supa-device-only", File("a.o"), File("b.su")});
  ASSERT_EQ(jobs.size(), 3u);
  EXPECT_EQ(jobs[2].words[1], "-supacc-link");
  EXPECT_EQ(ValueOf(jobs[2], "-o"), "dlink.supafb");
  EXPECT_EQ(jobs[2].words.back(), "/s/1-b.supafb");
  EXPECT_EQ(ValueOf(jobs[1], "-o"), "/s/1-b.supafb");
}

TEST_F(JobBuilderTest, ImpossibleRequestsAreRefused) {
  Build({"-c"});
  EXPECT_EQ(std::string(status_.message()), "no input files");
  Build({"-c", File("a.su"), File("b.su"), "-o", "x"});
  EXPECT_EQ(std::string(status_.message()),
            "cannot specify -o when generating multiple output files");
  Build({"-c", "-x", "supa", "-"});
  EXPECT_THAT(std::string(status_.message()), HasSubstr("cannot be standard input"));
}

TEST_F(JobBuilderTest, KeptIntermediateFilesHaveNamesThatTellWhatTheyAre) {
  options_ = *ParseDriverOptions(std::vector<std::string>{"--save-temps", File("a.su")});
  std::vector<Job> jobs = *JobBuilder(options_, toolchain_, ".").Build();
  EXPECT_EQ(ValueOf(jobs[0], "-o"), "a-device.bc");
  EXPECT_EQ(ValueOf(jobs[1], "-o"), "a.supafb");
  EXPECT_EQ(ValueOf(jobs[2], "-o"), "a-host.bc");
  EXPECT_EQ(ValueOf(jobs[3], "-o"), "a-host-supa.bc");
  EXPECT_EQ(ValueOf(jobs[4], "-o"), "a.o");
}

TEST_F(JobBuilderTest, FilesOfOneNameDoNotMeet) {
  std::filesystem::create_directory(files_.Path("d"));
  options_ =
      *ParseDriverOptions(std::vector<std::string>{"--save-temps", File("a.su"), File("d/a.su")});
  std::vector<Job> jobs = *JobBuilder(options_, toolchain_, ".").Build();
  EXPECT_NE(ValueOf(jobs[0], "-o"), ValueOf(jobs[5], "-o"));
}

TEST(JobTest, WordsArePrintedInQuotes) {
  EXPECT_EQ(FormatJob({{"a b", "c\"d", "$e"}, -1, ""}), R"( "a b" "c\"d" "\$e")");
}

}  // namespace
}  // namespace opensupa::cc
