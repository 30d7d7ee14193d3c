// The calls of libsupacc's C ABI that prepare, link and check device code, end to end.

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "image_runner.h"
#include "opensupa/binary/fat_binary.h"
#include "opensupa/compiler/supacc.h"

namespace opensupa::cc::testing {
namespace {

using ::testing::HasSubstr;

/// Owns what a call put out.
class Output {
 public:
  Output() = default;
  ~Output() { supacc_release(&output_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  supacc_output* get() { return &output_; }
  std::string log() const { return output_.log == nullptr ? "(null log)" : output_.log; }
  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(output_.data), output_.size_bytes};
  }
  std::string_view text() const {
    return {static_cast<const char*>(output_.data), output_.size_bytes};
  }

 private:
  supacc_output output_ = {};
};

/// What Clang's frontend writes for a device half, in short.
std::vector<std::byte> ClangBitcode(const std::string& body,
                                    const std::vector<std::string>& kernels) {
  return Assemble(
      "target datalayout = \"e-i64:64-i128:128-v16:16-v32:32-n16:32:64\"\n"
      "target triple = \"nvptx64-nvidia-cuda\"\n" +
      body + KernelAnnotations(kernels));
}

supacc_buffer BufferOf(std::span<const std::byte> bytes, const char* name) {
  return {bytes.data(), bytes.size(), name};
}

constexpr char kStoreKernel[] = R"(
define dso_local void @k(ptr noundef %out) {
  store i32 7, ptr %out
  ret void
}
)";

TEST(SupaccCalls, FinalizedCodeCarriesNativeImagesThatRun) {
  const auto bitcode = ClangBitcode(kStoreKernel, {"k"});
  const supacc_buffer input = BufferOf(bitcode, "store.su");
  const std::string target = HostTargetName();
  const std::string options =
      R"({"opt_level":2,"source":"store.su","architectures":["br106"],"native_targets":[")" +
      target + "\"]}";
  Output output;
  ASSERT_EQ(supacc_finalize_device(&input, options.c_str(), output.get()), SUPACC_OK)
      << output.log();
  const auto fat_binary = binary::ParseFatBinary(output.bytes());
  ASSERT_TRUE(fat_binary.ok()) << fat_binary.status();
  EXPECT_FALSE(fat_binary->relocatable);
  ASSERT_EQ(fat_binary->kernels.size(), 1u);
  EXPECT_EQ(fat_binary->kernels[0].name, "k");
  EXPECT_EQ(fat_binary->kernels[0].args_size_bytes, 8u);
  const auto* native = binary::FindNative(*fat_binary, target);
  ASSERT_NE(native, nullptr);
  ImageRunner runner(native->code_object);
  int out = 0;
  runner.Run("k", 1, &out);
  EXPECT_EQ(out, 7);
  // What was finalized satisfies the rules and compiles later as well.
  const supacc_buffer portable = BufferOf(fat_binary->bitcode, "store.su");
  Output verified;
  EXPECT_EQ(supacc_verify(&portable, verified.get()), SUPACC_OK) << verified.log();
  EXPECT_EQ(CompileBitcode(fat_binary->bitcode, target).status, SUPACC_OK);
}

TEST(SupaccCalls, OtherFormsCanBeEmitted) {
  const auto bitcode = ClangBitcode(kStoreKernel, {"k"});
  const supacc_buffer input = BufferOf(bitcode, "store.su");
  Output text;
  ASSERT_EQ(supacc_finalize_device(&input, R"({"emit":"ir"})", text.get()), SUPACC_OK);
  EXPECT_THAT(std::string(text.text()), HasSubstr("define"));
  EXPECT_THAT(std::string(text.text()), HasSubstr("supa.device_ir"));
  Output portable;
  ASSERT_EQ(supacc_finalize_device(&input, R"({"emit":"bitcode"})", portable.get()), SUPACC_OK);
  EXPECT_EQ(CompileBitcode(portable.bytes(), HostTargetName()).status, SUPACC_OK);
  Output wrong;
  EXPECT_EQ(supacc_finalize_device(&input, R"({"emit":"poem"})", wrong.get()),
            SUPACC_ERROR_INVALID);
  EXPECT_THAT(wrong.log(), HasSubstr("emit"));
}

TEST(SupaccCalls, RelocatableImagesAreLinked) {
  const auto caller = ClangBitcode(R"(
declare i32 @answer()
define dso_local void @k(ptr noundef %out) {
  %v = call i32 @answer()
  store i32 %v, ptr %out
  ret void
}
)",
                                   {"k"});
  const auto callee = ClangBitcode("define i32 @answer() {\n  ret i32 42\n}\n", {});
  const supacc_buffer inputs[] = {BufferOf(caller, "caller.su"), BufferOf(callee, "callee.su")};
  Output finalized[2];
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(supacc_finalize_device(&inputs[i], R"({"relocatable":true})", finalized[i].get()),
              SUPACC_OK)
        << finalized[i].log();
  }
  const supacc_buffer images[] = {BufferOf(finalized[0].bytes(), "caller.su"),
                                  BufferOf(finalized[1].bytes(), "callee.su")};
  Output linked;
  ASSERT_EQ(supacc_link(images, 2, "", linked.get()), SUPACC_OK) << linked.log();
  const auto fat_binary = binary::ParseFatBinary(linked.bytes());
  ASSERT_TRUE(fat_binary.ok()) << fat_binary.status();
  const CompileResult compiled = CompileBitcode(fat_binary->bitcode, HostTargetName());
  ASSERT_EQ(compiled.status, SUPACC_OK) << compiled.log;
  ImageRunner runner(compiled.bytes);
  int out = 0;
  runner.Run("k", 1, &out);
  EXPECT_EQ(out, 42);
  Output incomplete;
  EXPECT_EQ(supacc_link(images, 1, "", incomplete.get()), SUPACC_ERROR_LINK);
  EXPECT_THAT(incomplete.log(), HasSubstr("answer"));
}

TEST(SupaccCalls, BrokenRulesAndForeignBytesAreRefused) {
  const auto unstamped = ClangBitcode(kStoreKernel, {"k"});
  const supacc_buffer input = BufferOf(unstamped, "store.su");
  Output verified;
  EXPECT_EQ(supacc_verify(&input, verified.get()), SUPACC_ERROR_INVALID);
  EXPECT_FALSE(verified.log().empty());
  Output linked;
  EXPECT_EQ(supacc_link(&input, 1, "", linked.get()), SUPACC_ERROR_INVALID);
  EXPECT_THAT(linked.log(), HasSubstr("store.su"));
  Output embedded;
  const std::string garbage = "garbage";
  const supacc_buffer bad = {garbage.data(), garbage.size(), "bad.bc"};
  EXPECT_EQ(supacc_embed_host(&bad, nullptr, "", embedded.get()), SUPACC_ERROR_INVALID);
  EXPECT_THAT(embedded.log(), HasSubstr("bad.bc"));
}

}  // namespace
}  // namespace opensupa::cc::testing
