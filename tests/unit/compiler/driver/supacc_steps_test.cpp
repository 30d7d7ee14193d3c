#include "supacc_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "file_io.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/binary/fat_binary.h"
#include "scratch_files.h"
#include "supacc_library.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SupaccStepsTest : public ::testing::Test {
 protected:
  SupaccStepsTest() { setenv("OPENSUPA_COMPILER_LIBRARY", FAKE_SUPACC, 1); }
  ~SupaccStepsTest() override { unsetenv("OPENSUPA_COMPILER_LIBRARY"); }

  int Run(const std::vector<std::string>& words) {
    ::testing::internal::CaptureStderr();
    const int code = RunSupaccStep(words);
    error_ = ::testing::internal::GetCapturedStderr();
    return code;
  }
  std::string FatBinary(bool relocatable) {
    binary::FatBinary fat_binary;
    fat_binary.relocatable = relocatable;
    std::vector<std::byte> bytes = binary::Serialize(fat_binary);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  ScratchFiles files_;
  std::string error_;
};

TEST_F(SupaccStepsTest, FinalizeAndEmbedWriteWhatTheLibraryGives) {
  const std::string input = files_.Write("in", "bits");
  EXPECT_EQ(Run({"-supacc-finalize", "{}", input, "-o", files_.Path("out")}), 0);
  EXPECT_EQ(*ReadFile(files_.Path("out")), "finalized:bits");
  EXPECT_EQ(Run({"-supacc-embed", "{}", input, "-o", files_.Path("out")}), 0);
  EXPECT_EQ(*ReadFile(files_.Path("out")), "embedded :bits");
  const std::string device = files_.Write("device", "kernels");
  EXPECT_EQ(Run({"-supacc-embed", "{}", input, device, "-o", files_.Path("out")}), 0);
  EXPECT_EQ(*ReadFile(files_.Path("out")), "embedded kernels:bits");
  EXPECT_EQ(error_, "");
}

TEST_F(SupaccStepsTest, AFailureShowsTheReasonAndWritesNothing) {
  const std::string input = files_.Write("in", "bits");
  EXPECT_EQ(Run({"-supacc-finalize", "{\"fail\":1}", input, "-o", files_.Path("out")}), 1);
  EXPECT_EQ(error_, "brcc: error: the fake was told to fail\n");
  EXPECT_FALSE(FileExists(files_.Path("out")));
}

TEST_F(SupaccStepsTest, ExplainAsksForTheTargetThatItIsGiven) {
  const std::string input = files_.Write("in.supafb", FatBinary(/*relocatable=*/false));
  EXPECT_EQ(Run({"-supacc-explain", "x86-64-v3/fast", input, "-o", files_.Path("out")}), 0);
  EXPECT_EQ(*ReadFile(files_.Path("out")), "[{\"target\":\"x86-64-v3/fast\"}]");
}

TEST_F(SupaccStepsTest, LinkTakesFatBinariesFromFiles) {
  const std::string a = files_.Write("a.supafb", FatBinary(true));
  const std::string b = files_.Write("b.supafb", FatBinary(true));
  EXPECT_EQ(Run({"-supacc-link", "{}", "-o", files_.Path("out"), a, b}), 0);
  EXPECT_THAT(*ReadFile(files_.Path("out")), StartsWith("linked 2:SUPAFATB"));
}

TEST_F(SupaccStepsTest, LinkNeedsDeviceCode) {
  const std::string archive = files_.Write("x.a", "!<arch>\n");
  EXPECT_EQ(Run({"-supacc-link", "{}", "-o", files_.Path("out"), archive}), 1);
  EXPECT_THAT(error_, HasSubstr("none of the 1 files given to --supa-link has device code"));
  const std::string text = files_.Write("x.txt", "hello");
  EXPECT_EQ(Run({"-supacc-link", "{}", "-o", files_.Path("out"), text}), 1);
  EXPECT_THAT(error_, HasSubstr("is neither an ELF file, an archive, nor a fat binary"));
}

TEST_F(SupaccStepsTest, ADamagedFatBinaryIsNamed) {
  std::string damaged = FatBinary(true);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  const std::string path = files_.Write("a.supafb", damaged);
  EXPECT_EQ(Run({"-supacc-link", "{}", "-o", files_.Path("out"), path}), 1);
  EXPECT_THAT(error_, HasSubstr("is corrupt"));
  EXPECT_THAT(error_, HasSubstr(path));
}

TEST_F(SupaccStepsTest, AMissingLibraryIsNamed) {
  setenv("OPENSUPA_COMPILER_LIBRARY", "/no/such/libsupacc.so", 1);
  EXPECT_EQ(Run({"-supacc-embed", "{}", files_.Write("in", ""), "-o", files_.Path("out")}), 1);
  EXPECT_THAT(error_, HasSubstr("cannot open the compiler library: /no/such/libsupacc.so"));
}

TEST_F(SupaccStepsTest, ALibraryOfAnotherVersionIsRefused) {
  StatusOr<SupaccLibrary> library = SupaccLibrary::Open(FAKE_SUPACC_OTHER_VERSION);
  EXPECT_EQ(library.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(library.status().message()), HasSubstr("speaks version 99"));
}

TEST_F(SupaccStepsTest, EveryOutsideCallMayFail) {
  const std::string input = files_.Write("in", "bits");
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 100u);
    fault::Arm(n);
    const int code = Run({"-supacc-finalize", "{}", input, "-o", files_.Path("out")});
    const bool fired = fault::Fired();
    fault::Disarm();
    EXPECT_EQ(code, fired ? 1 : 0);
    if (!fired) break;
    EXPECT_THAT(error_, HasSubstr("error: "));
    EXPECT_EQ(files_.Count(), 1u);
  }
}

TEST_F(SupaccStepsTest, WrongUseIsExplained) {
  EXPECT_EQ(Run({"-supacc-embed"}), 1);
  EXPECT_THAT(error_, HasSubstr("usage: brcc -supacc-embed OPTIONS INPUT... -o OUTPUT"));
  EXPECT_TRUE(IsSupaccStep("-supacc-link"));
  EXPECT_FALSE(IsSupaccStep("-c"));
}

}  // namespace
}  // namespace opensupa::cc
