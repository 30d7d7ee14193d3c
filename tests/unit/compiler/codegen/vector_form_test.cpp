// What the code generator gets for kernels that run as vectors, as text.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "image_runner.h"
#include "opensupa/compiler/supacc.h"

namespace opensupa::cc::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDeclarations[] = R"(
declare i32 @__su_tid_x()
declare i32 @__su_tid_y()
declare i32 @__su_ctaid_x()
declare i32 @__su_barrier(i32, i32, i32)
@tile = internal addrspace(3) global [256 x float] undef
)";

/// The IR that becomes code for AVX-512, which this host need not have.
std::string TextOf(const std::string& body) {
  const std::filesystem::path folder =
      std::filesystem::path(::testing::TempDir()) /
      ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::filesystem::create_directories(folder);
  const auto bitcode = Assemble(DeviceHeader() + kDeclarations + body + KernelAnnotations({"k"}));
  const CompileResult result = CompileBitcode(
      bitcode, "x86-64-v4/fast", R"({"opt_level":2,"dump_folder":")" + folder.string() + R"("})");
  EXPECT_EQ(result.status, SUPACC_OK) << result.log;
  std::ifstream file(folder / "test.ll");
  std::stringstream text;
  text << file.rdbuf();
  std::filesystem::remove_all(folder);
  return text.str();
}

// Loads in[block * 256 + thread].
constexpr char kLoad[] = R"(
  %t = call i32 @__su_tid_x()
  %b = call i32 @__su_ctaid_x()
  %first = mul i32 %b, 256
  %i = add i32 %first, %t
  %from = getelementptr float, ptr %in, i32 %i
  %value = load float, ptr %from
)";

// Turns 256 values round through shared memory.
constexpr char kTurn[] = R"(
  %place = getelementptr [256 x float], ptr addrspace(3) @tile, i32 0, i32 %t
  store float %value, ptr addrspace(3) %place
  %met = call i32 @__su_barrier(i32 0, i32 0, i32 0)
  %back = sub i32 255, %t
  %other = getelementptr [256 x float], ptr addrspace(3) @tile, i32 0, i32 %back
  %theirs = load float, ptr addrspace(3) %other
  %to = getelementptr float, ptr %out, i32 %i
  store float %theirs, ptr %to
  ret void
})";

std::string Turn() { return std::string("define void @k(ptr %in, ptr %out) {") + kLoad + kTurn; }

constexpr char kProduct[] = R"(
define void @k(ptr %a, ptr %b, ptr %c) {
entry:
  %x = call i32 @__su_tid_x()
  %y = call i32 @__su_tid_y()
  %row = mul i32 %y, 1000
  br label %loop
loop:
  %k = phi i32 [ 0, %entry ], [ %next, %loop ]
  %sum = phi float [ 0.0, %entry ], [ %more, %loop ]
  %ai = add i32 %row, %k
  %ap = getelementptr float, ptr %a, i32 %ai
  %av = load float, ptr %ap
  %bk = mul i32 %k, 1000
  %bi = add i32 %bk, %x
  %bp = getelementptr float, ptr %b, i32 %bi
  %bv = load float, ptr %bp
  %product = fmul contract float %av, %bv
  %more = fadd contract float %sum, %product
  %next = add i32 %k, 1
  %again = icmp ult i32 %next, 1000
  br i1 %again, label %loop, label %done
done:
  %ci = add i32 %row, %x
  %cp = getelementptr float, ptr %c, i32 %ci
  store float %more, ptr %cp
  ret void
})";

constexpr char kTotal[] = R"(
define void @k(ptr %total, ptr %in) {
  %t = call i32 @__su_tid_x()
  %from = getelementptr i32, ptr %in, i32 %t
  %value = load i32, ptr %from
  %old = atomicrmw add ptr %total, i32 %value monotonic
  ret void
})";

constexpr char kRuns[] = R"(
define void @k(ptr %start, ptr %index, ptr %value, ptr %out) {
entry:
  %t = call i32 @__su_tid_x()
  %sp = getelementptr i32, ptr %start, i32 %t
  %s = load i32, ptr %sp
  %ep = getelementptr i32, ptr %sp, i32 1
  %e = load i32, ptr %ep
  br label %loop
loop:
  %j = phi i32 [ %s, %entry ], [ %next, %loop ]
  %sum = phi float [ 0.0, %entry ], [ %more, %loop ]
  %ip = getelementptr i32, ptr %index, i32 %j
  %i = load i32, ptr %ip
  %vp = getelementptr float, ptr %value, i32 %i
  %v = load float, ptr %vp
  %more = fadd float %sum, %v
  %next = add i32 %j, 1
  %again = icmp slt i32 %next, %e
  br i1 %again, label %loop, label %done
done:
  %op = getelementptr float, ptr %out, i32 %t
  store float %more, ptr %op
  ret void
})";

TEST(VectorForm, BlocksThatWaitWithinPrefetchForLaterOnes) {
  EXPECT_THAT(TextOf(Turn()), HasSubstr("call void @llvm.prefetch"));
}

TEST(VectorForm, PrefetchesKeepNoStoreFromBypassingTheCaches) {
  EXPECT_THAT(TextOf(Turn()), HasSubstr("!nontemporal"));
}

TEST(VectorForm, BlocksThatRunAsStripsDoNot) {
  const std::string text = TextOf(std::string("define void @k(ptr %in, ptr %out) {") + kLoad + R"(
  %to = getelementptr float, ptr %out, i32 %i
  store float %value, ptr %to
  ret void
})");
  EXPECT_THAT(text, Not(HasSubstr("call void @llvm.prefetch")));
  EXPECT_THAT(text, ContainsRegex("load <[0-9]+ x float>"));
}

TEST(VectorForm, RowsOfATileShareWhatTheyLoad) {
  // Eight rows: one load of b[k][column] for eight multiplications with a[row][k].
  const std::string text = TextOf(kProduct);
  EXPECT_THAT(text, HasSubstr("@llvm.fma.v128f32"));
}

TEST(VectorForm, LanesThatUpdateOnePlaceDoSoOnce) {
  const std::string text = TextOf(kTotal);
  EXPECT_THAT(text, HasSubstr("@llvm.vector.reduce.add"));
  EXPECT_THAT(text, HasSubstr("atomicrmw add"));
}

TEST(VectorForm, LanesWithRunsOfTheirOwnGatherNothing) {
  const std::string text = TextOf(kRuns);
  EXPECT_THAT(text, Not(HasSubstr("masked.gather")));
}

TEST(VectorForm, EveryTargetHasCode) {
  for (const std::string& body :
       {Turn(), std::string(kProduct), std::string(kTotal), std::string(kRuns)}) {
    const auto bitcode = Assemble(DeviceHeader() + kDeclarations + body + KernelAnnotations({"k"}));
    for (const char* level : {"x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"}) {
      const CompileResult result =
          CompileBitcode(bitcode, std::string(level) + "/fast", R"({"opt_level":2})");
      EXPECT_EQ(result.status, SUPACC_OK) << level << ": " << result.log << body;
      EXPECT_FALSE(result.bytes.empty());
    }
  }
}

}  // namespace
}  // namespace opensupa::cc::testing
