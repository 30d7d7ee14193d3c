#include "opensupa/passes/shadow_accesses.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "ir_text.h"
#include "opensupa/passes/bitcode.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Parse;
using testing::ParseDevice;

/// A shadow, a variable that the host has too, a managed one, and code that uses them.
std::string HostModule(const char* code) {
  return absl::StrCat(R"(
@plain = internal global [4 x i32] undef
@both = internal global i32 7
@managed = internal global i32 undef
@name = private constant [2 x i8] c"n\00"
@tag = private constant [13 x i8] c"supa.managed\00", section "llvm.metadata"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @managed, ptr @tag, ptr null, i32 1, ptr null }], section "llvm.metadata"
declare void @__cudaRegisterVar(ptr, ptr, ptr, ptr, i32, i64, i32, i32)
declare void @take(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define internal void @__cuda_register_globals(ptr %h) {
  call void @__cudaRegisterVar(ptr %h, ptr @plain, ptr @name, ptr @name, i32 0, i64 4, i32 0, i32 0)
  call void @__cudaRegisterVar(ptr %h, ptr @both, ptr @name, ptr @name, i32 0, i64 4, i32 0, i32 0)
  call void @__cudaRegisterVar(ptr %h, ptr @managed, ptr @name, ptr @name, i32 0, i64 4, i32 0, i32 0)
  ret void
}
define void @user(ptr %p, i64 %i) {
)",
                      code, "  ret void\n}\n");
}

class ShadowAccessesTest : public ::testing::Test {
 protected:
  std::vector<ShadowAccess> Find(const char* code) {
    return FindShadowAccesses(*Parse(context_, HostModule(code)));
  }
  llvm::LLVMContext context_;
};

TEST_F(ShadowAccessesTest, GivenAddressesAndVariablesOfTheHostThenNothingIsFound) {
  EXPECT_THAT(Find("  call void @take(ptr @plain)\n"
                   "  store ptr @plain, ptr %p\n"
                   "  %a = load i32, ptr @both\n"
                   "  store i32 %a, ptr @managed\n"),
              IsEmpty());
}

TEST_F(ShadowAccessesTest, GivenAReadOfAComputedElementThenItIsFound) {
  const auto found = Find(
      "  %e = getelementptr [4 x i32], ptr @plain, i64 0, i64 %i\n"
      "  %a = load i32, ptr %e\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].function, "`user`");
  EXPECT_EQ(found[0].variable, "`plain`");
  EXPECT_FALSE(found[0].writes);
  const std::string text = FormatShadowAccesses(found, "a.su");
  EXPECT_THAT(text, HasSubstr("a.su: warning: host function `user` reads the device variable"));
  EXPECT_THAT(text, HasSubstr("a.su: note: hint: use supaMemcpyFromSymbol"));
}

TEST_F(ShadowAccessesTest, GivenAWriteOrACopyThenItIsFound) {
  for (const char* code :
       {"  store i32 3, ptr getelementptr (i32, ptr @plain, i64 2)\n",
        "  call void @llvm.memcpy.p0.p0.i64(ptr @plain, ptr %p, i64 8, i1 0)\n"}) {
    const auto found = Find(code);
    ASSERT_EQ(found.size(), 1u) << code;
    EXPECT_TRUE(found[0].writes);
  }
  const auto found = Find("  call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr @plain, i64 8, i1 0)\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].writes);
}

TEST_F(ShadowAccessesTest, GivenAThreadLocalInDeviceBitcodeThenReadingNamesIt) {
  const auto good = ParseDevice(context_, "@x = addrspace(1) global i32 3\n");
  const std::vector<std::byte> bytes = WriteBitcode(*good);
  EXPECT_TRUE(ReadDeviceModule(bytes, "good", context_).ok());
  const auto bad = ParseDevice(context_, "@x = thread_local addrspace(1) global i32 3\n");
  const auto read = ReadDeviceModule(WriteBitcode(*bad), "bad", context_);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(std::string(read.status().message()), HasSubstr("Variable `x` is thread_local"));
  EXPECT_FALSE(ReadDeviceModule(std::span(bytes).first(bytes.size() / 2), "cut", context_).ok());
}

}  // namespace
}  // namespace opensupa::cc
