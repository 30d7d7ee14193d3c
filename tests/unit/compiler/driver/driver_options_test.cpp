#include "driver_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "opensupa/base/options.h"
#include "opensupa/binary/targets.h"
#include "scratch_files.h"

namespace opensupa::cc {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DriverOptionsTest : public ::testing::Test {
 protected:
  DriverOptions Parse(const std::vector<std::string>& words) {
    StatusOr<DriverOptions> options = ParseDriverOptions(words);
    EXPECT_TRUE(options.ok()) << options.status();
    return options.ok() ? *options : DriverOptions{};
  }
  std::string ErrorOf(const std::vector<std::string>& words) {
    return std::string(ParseDriverOptions(words).status().message());
  }
  /// An empty file whose name ends so.
  std::string File(const std::string& name) { return files_.Write(name, ""); }

  ScratchFiles files_;
};

TEST_F(DriverOptionsTest, TheSuffixDecidesTheLanguage) {
  const std::pair<const char*, Language> kCases[] = {
      {"a.su", Language::kSupa},        {"a.cu", Language::kCuda},
      {"a.cpp", Language::kCxx},        {"a.cc", Language::kCxx},
      {"a.C", Language::kCxx},          {"a.c", Language::kC},
      {"a.s", Language::kOther},        {"a.ll", Language::kOther},
      {"a.o", Language::kLinkerInput},  {"a.a", Language::kLinkerInput},
      {"a.so", Language::kLinkerInput}, {"a.so.1", Language::kLinkerInput}};
  for (const auto& [name, language] : kCases) {
    EXPECT_EQ(Parse({File(name)}).inputs[0].language, language) << name;
  }
}

TEST_F(DriverOptionsTest, TheLanguageOptionHoldsUntilNone) {
  const std::string file = File("a.cpp");
  DriverOptions o = Parse({file, "-x", "supa", file, "-xcuda", file, "-x", "c", file, "-x",
                           "assembler", file, "-x", "none", file});
  ASSERT_EQ(o.inputs.size(), 6u);
  EXPECT_EQ(o.inputs[0].language, Language::kCxx);
  EXPECT_EQ(o.inputs[1].language, Language::kSupa);
  EXPECT_EQ(o.inputs[2].language, Language::kCuda);
  EXPECT_EQ(o.inputs[3].language, Language::kC);
  EXPECT_EQ(o.inputs[4].language, Language::kOther);
  EXPECT_EQ(o.inputs[4].clang_language, "assembler");
  EXPECT_EQ(o.inputs[5].language, Language::kCxx);
}

TEST_F(DriverOptionsTest, TheEarliestPhaseWins) {
  EXPECT_EQ(Parse({}).phase, Phase::kLink);
  EXPECT_EQ(Parse({"-c"}).phase, Phase::kObject);
  EXPECT_EQ(Parse({"-S", "-c"}).phase, Phase::kAssembly);
  EXPECT_EQ(Parse({"-E", "-c"}).phase, Phase::kPreprocess);
  EXPECT_EQ(Parse({"-M"}).phase, Phase::kDependencies);
  EXPECT_EQ(Parse({"-dc"}).phase, Phase::kObject);
  EXPECT_TRUE(Parse({"-dc"}).relocatable);
  EXPECT_EQ(Parse({"--supa-device-only"}).phase, Phase::kObject);
  EXPECT_EQ(Parse({"--supa-device-only", "--supa-link"}).phase, Phase::kLink);
}

TEST_F(DriverOptionsTest, ArchitecturesAreCollectedAndChecked) {
  DriverOptions o =
      Parse({"--supa-gpu-arch=br100,br104", "--supa-gpu-arch=br106", "--supa-gpu-arch=br100"});
  EXPECT_THAT(o.architectures, ElementsAre("br100", "br104", "br106"));
  for (const char* name : {"br100", "br104", "br106", "br110", "br166", "arch_20", "generic"}) {
    EXPECT_TRUE(ParseDriverOptions({{std::string("--supa-gpu-arch=") + name}}).ok()) << name;
  }
  EXPECT_EQ(ErrorOf({"--supa-gpu-arch=sm_90"}),
            "unknown architecture 'sm_90' in --supa-gpu-arch; known are br100, br104, br106, "
            "br110, br166, arch_20, generic");
}

TEST_F(DriverOptionsTest, NativeLevelsAreForTheDefaultEngineUnlessTheyNameOne) {
  const std::string engine = "/" + std::string(binary::kDefaultEngine);
  EXPECT_EQ(options::kEngine.default_value, binary::kDefaultEngine);
  EXPECT_THAT(Parse({}).native_targets, ElementsAre("x86-64-v3" + engine, "x86-64-v4" + engine));
  EXPECT_THAT(Parse({"--supa-native=x86-64-v2,x86-64-v4/fast"}).native_targets,
              ElementsAre("x86-64-v2" + engine, "x86-64-v4/fast"));
  EXPECT_THAT(Parse({"--supa-native=x86-64-v3", "--supa-native=none"}).native_targets, IsEmpty());
  EXPECT_THAT(ErrorOf({"--supa-native=arm"}), HasSubstr("unknown level 'arm'"));
  EXPECT_THAT(ErrorOf({"--supa-native=x86-64-v3/slow"}), HasSubstr("known are x86-64-v2"));
}

TEST_F(DriverOptionsTest, HostOnlyFeaturesDoNotReachTheDevice) {
  DriverOptions o = Parse({"-fsanitize=address", "-fPIC", "-ffast-math", "-fopenmp", "-Wall",
                           "-DX=1", "-march=native", "-fcf-protection"});
  const std::vector<std::string> device = o.WordsFor(kDevice);
  EXPECT_THAT(device, ElementsAre("-ffast-math", "-Wall", "-DX=1", "-march=native"));
  EXPECT_THAT(o.WordsFor(kHost), Contains("-fsanitize=address"));
  EXPECT_THAT(o.WordsFor(kBackend), Contains("-fPIC"));
  EXPECT_THAT(o.WordsFor(kBackend), Not(Contains("-DX=1")));
  EXPECT_THAT(o.WordsFor(kLink),
              ElementsAre("-fsanitize=address", "-fPIC", "-fopenmp", "-march=native"));
}

TEST_F(DriverOptionsTest, LinkItemsKeepTheirOrder) {
  const std::string object = File("a.o");
  DriverOptions o = Parse({"-L/x", object, "-lfoo", "-Wl,-z,now", "-Xlinker", "--as-needed", "-l",
                           "bar", "-lcudart_static", "-lcudadevrt"});
  ASSERT_EQ(o.link_items.size(), 7u);
  EXPECT_THAT(o.link_items[0].words, ElementsAre("-L/x"));
  EXPECT_EQ(o.link_items[1].input_index, 0);
  EXPECT_THAT(o.link_items[2].words, ElementsAre("-lfoo"));
  EXPECT_THAT(o.link_items[3].words, ElementsAre("-Wl,-z,now"));
  EXPECT_THAT(o.link_items[4].words, ElementsAre("-Xlinker", "--as-needed"));
  EXPECT_THAT(o.link_items[5].words, ElementsAre("-lbar"));
  EXPECT_THAT(o.link_items[6].words, ElementsAre("-lcudart"));
  EXPECT_TRUE(o.link_cuda_names);
  EXPECT_FALSE(Parse({"-lcudnn"}).link_cuda_names);
}

TEST_F(DriverOptionsTest, OptionsWithoutEffectAreNoted) {
  DriverOptions o = Parse({"-mllvm", "-br-preallocate-tensor-regs=0", "-use-mira=true", "-Xmira-as",
                           "-x", "-fno-supa-prec-div", "-nosupawrapperinc", "-nogpuinc"});
  ASSERT_EQ(o.notes.size(), 6u);
  EXPECT_EQ(o.notes[0],
            "'-mllvm -br-preallocate-tensor-regs=0' is accepted and has no effect in OpenSUPA");
  EXPECT_THAT(o.passed, IsEmpty());
  EXPECT_THAT(Parse({"-mllvm", "-vectorize-slp=false"}).WordsFor(kBackend),
              ElementsAre("-mllvm", "-vectorize-slp=false"));
}

TEST_F(DriverOptionsTest, NvccSpellingsAreQuiet) {
  DriverOptions o = Parse({"-arch=sm_80",
                           "-gencode",
                           "arch=compute_80,code=sm_80",
                           "--gpu-architecture=sm_70",
                           "-lineinfo",
                           "--expt-relaxed-constexpr",
                           "--extended-lambda",
                           "-rdc=true",
                           "-Xptxas",
                           "-v",
                           "-maxrregcount=64",
                           "--ptxas-options=-v",
                           "-t",
                           "4",
                           "-Xcompiler",
                           "-fPIC,-Wall -fopenmp",
                           "--use_fast_math",
                           "--default-stream",
                           "per-thread",
                           "-std",
                           "c++17"});
  EXPECT_THAT(o.notes, IsEmpty());
  EXPECT_TRUE(o.relocatable);
  EXPECT_TRUE(o.device_line_info);
  EXPECT_THAT(o.WordsFor(kHost), Contains("-fopenmp"));
  EXPECT_THAT(o.WordsFor(kLink), Contains("-fopenmp"));
  EXPECT_THAT(o.WordsFor(kLink), Not(Contains("-Wall")));
  EXPECT_THAT(o.WordsFor(kDevice), Not(Contains("-fPIC")));
  EXPECT_THAT(o.WordsFor(kDevice), Contains("-fgpu-approx-transcendentals"));
  EXPECT_THAT(o.WordsFor(kHost), Contains("-DSUPA_API_PER_THREAD_DEFAULT_STREAM=1"));
  EXPECT_FALSE(Parse({"-rdc=true", "-rdc", "false"}).relocatable);
}

TEST_F(DriverOptionsTest, WhatCannotWorkIsRefusedWithTheReason) {
  EXPECT_THAT(ErrorOf({"-ptx"}), HasSubstr("'-ptx' is not supported: there is no PTX"));
  EXPECT_THAT(ErrorOf({"-dlink"}), HasSubstr("--supa-link --supa-device-only"));
  EXPECT_EQ(ErrorOf({"-rdc=maybe"}), "invalid value 'maybe' in '-rdc=maybe'; it is true or false");
  EXPECT_EQ(ErrorOf({"-Oh"}), "invalid value 'h' in '-Oh'");
  EXPECT_EQ(ErrorOf({"-emit-llvm"}), "-emit-llvm cannot be used when linking");
  EXPECT_EQ(ErrorOf({"/no/such/file.su"}), "no such file or directory: '/no/such/file.su'");
  EXPECT_EQ(ErrorOf({"-"}), "-x is required when the input is standard input");
}

TEST_F(DriverOptionsTest, DeviceCodeIsOptimizedUnlessToldOtherwise) {
  EXPECT_EQ(Parse({}).DeviceOptimizationLevel(), 3);
  EXPECT_EQ(Parse({"-O0"}).DeviceOptimizationLevel(), 0);
  EXPECT_EQ(Parse({"-O"}).DeviceOptimizationLevel(), 1);
  EXPECT_EQ(Parse({"-O2"}).DeviceOptimizationLevel(), 2);
  EXPECT_EQ(Parse({"-Ofast"}).DeviceOptimizationLevel(), 3);
  EXPECT_EQ(Parse({"-O3", "-G"}).DeviceOptimizationLevel(), 0);
}

TEST_F(DriverOptionsTest, DependencyOptionsAreRemembered) {
  DriverOptions o = Parse({"-MMD", "-MF", "x.d", "-MT", "a", "-MQ", "b"});
  EXPECT_EQ(o.phase, Phase::kLink);
  EXPECT_EQ(o.depend_flag, "-MMD");
  EXPECT_EQ(o.depend_file, "x.d");
  ASSERT_EQ(o.depend_targets.size(), 2u);
  EXPECT_EQ(o.depend_targets[1], std::make_pair(std::string("-MQ"), std::string("b")));
}

}  // namespace
TEST_F(DriverOptionsTest, RemarksAreTakenByTheirName) {
  const DriverOptions o =
      Parse({"-c", File("a.su"), "-Rpass=warp", "-Rpass-missed=inline", "-Rpass-analysis=.*"});
  EXPECT_THAT(o.remarks, ElementsAre("passed", "analysis"));
  EXPECT_THAT(o.WordsFor(kBackend), Contains("-Rpass-missed=inline"));
}

}  // namespace opensupa::cc
