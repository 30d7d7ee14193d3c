// Arguments, shared memory, device variables and stacks of compiled kernels.

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "image_runner.h"

namespace opensupa::cc::testing {
namespace {

using ::testing::ElementsAre;

constexpr char kIndexDeclarations[] = "declare i32 @__su_tid_x()\n";

TEST(CodegenMemory, ArgumentsOfEveryKindAreReadAtTheirOffsets) {
  const auto code = CompileText(R"(
%struct.S = type { i32, [5 x i32] }
define void @k(i8 %a, double %b, i16 %c, ptr byval(%struct.S) align 4 %s, ptr %out) {
  %s1 = getelementptr %struct.S, ptr %s, i32 0, i32 1, i32 4
  %old = load i32, ptr %s1
  store i32 77, ptr %s1
  %new = load i32, ptr %s1
  %a1 = sext i8 %a to i32
  %b1 = fptosi double %b to i32
  %c1 = sext i16 %c to i32
  store i32 %a1, ptr %out
  %p1 = getelementptr i32, ptr %out, i32 1
  store i32 %b1, ptr %p1
  %p2 = getelementptr i32, ptr %out, i32 2
  store i32 %c1, ptr %p2
  %p3 = getelementptr i32, ptr %out, i32 3
  store i32 %old, ptr %p3
  %p4 = getelementptr i32, ptr %out, i32 4
  store i32 %new, ptr %p4
  ret void
}
)",
                                {"k"});
  struct S {
    int a;
    int b[5];
  };
  ImageRunner runner(code);
  std::array<int, 5> out = {};
  // Three threads: each must see the parameter as it was passed, though each writes to it.
  runner.Run("k", 3, int8_t{-3}, 2.5, int16_t{-300}, S{1, {2, 3, 4, 5, 6}}, out.data());
  EXPECT_THAT(out, ElementsAre(-3, 2, -300, 6, 77));
}

TEST(CodegenMemory, ReadOnlyStructParameterIsIndexedDynamically) {
  const auto code = CompileText(std::string(kIndexDeclarations) + R"(
%struct.T = type { [8 x i32] }
define void @k(ptr byval(%struct.T) align 4 %t, ptr %out) {
  %x = call i32 @__su_tid_x()
  %q = getelementptr %struct.T, ptr %t, i32 0, i32 0, i32 %x
  %v = load i32, ptr %q
  %p = getelementptr i32, ptr %out, i32 %x
  store i32 %v, ptr %p
  ret void
}
)",
                                {"k"});
  struct T {
    int v[8];
  };
  ImageRunner runner(code);
  std::array<int, 8> out = {};
  runner.Run("k", 8, T{{9, 8, 7, 6, 5, 4, 3, 2}}, out.data());
  EXPECT_THAT(out, ElementsAre(9, 8, 7, 6, 5, 4, 3, 2));
}

// What is stored and never read would go otherwise.
constexpr char kKeepEverything[] = R"({"opt_level":0})";

TEST(CodegenMemory, SharedVariablesOfOneKernelDoNotOverlapAndDynamicFollows) {
  const auto code = CompileText(R"(
@a = internal addrspace(3) global [3 x i32] undef, align 4
@b = internal addrspace(3) global i64 undef, align 8
@only2 = internal addrspace(3) global [100 x i32] undef, align 4
@dyn = external addrspace(3) global [0 x i32], align 4
define void @use(ptr %out) noinline {
  store i32 11, ptr addrspacecast (ptr addrspace(3) @a to ptr)
  store i64 22, ptr addrspace(3) @b
  store i32 33, ptr addrspace(3) @dyn
  %a = ptrtoint ptr addrspace(3) @a to i64
  %b = ptrtoint ptr addrspace(3) @b to i64
  %d = ptrtoint ptr addrspace(3) @dyn to i64
  store i64 %a, ptr %out
  %p1 = getelementptr i64, ptr %out, i32 1
  store i64 %b, ptr %p1
  %p2 = getelementptr i64, ptr %out, i32 2
  store i64 %d, ptr %p2
  ret void
}
define void @k1(ptr %out) {
  call void @use(ptr %out)
  ret void
}
define void @k2(ptr %out) {
  call void @use(ptr %out)
  store i32 5, ptr addrspace(3) getelementptr ([100 x i32], ptr addrspace(3) @only2, i32 0, i32 99)
  ret void
}
define void @k3(ptr %out) {
  store i32 6, ptr addrspace(3) @only2
  ret void
}
)",
                                {"k1", "k2", "k3"}, kKeepEverything);
  ImageRunner runner(code);
  std::array<int64_t, 3> where = {};
  std::vector<std::byte> args;
  ImageRunner::Pack(args, where.data());
  runner.Launch("k2", {1, 1, 1}, {1, 1, 1}, args, 64);
  EXPECT_EQ(where[0] % 4, 0);
  EXPECT_EQ(where[1] % 8, 0);
  EXPECT_EQ(where[2] % 16, 0);
  EXPECT_TRUE(where[0] + 12 <= where[1] || where[1] + 8 <= where[0]);
  const auto size = [&](const char* kernel) {
    return runner.Descriptor(kernel)->static_shared_bytes;
  };
  // k1 and k2 share a user of dynamic memory, so they agree where it begins.
  EXPECT_EQ(size("k1"), size("k2"));
  EXPECT_GE(size("k2"), 12u + 8u + 400u);
  EXPECT_EQ(size("k2") % 16, 0u);
  EXPECT_LT(size("k3"), 12u + 8u + 400u + 16u);
  EXPECT_GE(where[2] - std::min(where[0], where[1]), 420);
}

TEST(CodegenMemory, VariablesKeepTheirInitialisersAndAreWrittenByTheHost) {
  const auto code = CompileText(R"(
@value = dso_local addrspace(1) externally_initialized global i32 42, align 4
@factor = dso_local addrspace(4) externally_initialized constant [2 x i32] [i32 2, i32 3], align 4
@zeroes = addrspace(1) externally_initialized global [1000 x i64] zeroinitializer, align 8
@pointer = addrspace(1) externally_initialized global ptr addrspacecast (ptr addrspace(1) getelementptr inbounds ([1000 x i64], ptr addrspace(1) @zeroes, i64 0, i64 7) to ptr), align 8
define void @k(ptr %out) {
  %v = load i32, ptr addrspacecast (ptr addrspace(1) @value to ptr)
  %f = load i32, ptr addrspacecast (ptr addrspace(4) getelementptr inbounds ([2 x i32], ptr addrspace(4) @factor, i64 0, i64 1) to ptr)
  %m = mul i32 %v, %f
  store i32 %m, ptr %out
  %q = load ptr, ptr addrspace(1) @pointer
  store i64 99, ptr %q
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  int out = 0;
  runner.Run("k", 1, &out);
  EXPECT_EQ(out, 126);
  EXPECT_EQ(static_cast<int64_t*>(runner.Variable("zeroes"))[7], 99);
  EXPECT_GE(runner.code().bss_bytes, 8000u);
  *static_cast<int*>(runner.Variable("value")) = 5;
  static_cast<int*>(runner.Variable("factor"))[1] = 11;
  runner.Run("k", 1, &out);
  EXPECT_EQ(out, 55);
}

TEST(CodegenMemory, MemoryBlocksAndWideArithmeticNeedNothingOutside) {
  const auto code = CompileText(R"(
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p1.i64(ptr addrspace(1), i8, i64, i1)
declare void @llvm.memmove.p0.p1.i64(ptr, ptr addrspace(1), i64, i1)
define void @k(ptr %to, ptr %from, i64 %n, ptr %q) {
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %n, i1 false)
  %up = getelementptr i8, ptr %to, i64 1
  %g = addrspacecast ptr %to to ptr addrspace(1)
  call void @llvm.memmove.p0.p1.i64(ptr %up, ptr addrspace(1) %g, i64 %n, i1 false)
  call void @llvm.memset.p1.i64(ptr addrspace(1) %g, i8 7, i64 1, i1 false)
  %a = load i128, ptr %q
  %qb = getelementptr i128, ptr %q, i32 1
  %b = load i128, ptr %qb
  %d = sdiv i128 %a, %b
  %r = srem i128 %a, %b
  store i128 %d, ptr %q
  store i128 %r, ptr %qb
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  std::vector<uint8_t> from(1000);
  std::iota(from.begin(), from.end(), 0);
  std::vector<uint8_t> to(1001);
  alignas(16) __int128 q[2] = {-(static_cast<__int128>(1) << 100) - 5, 1000003};
  const __int128 dividend = q[0];
  runner.Run("k", 1, to.data(), from.data(), int64_t{1000}, &q[0]);
  EXPECT_EQ(to[0], 7);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(to[i + 1], from[i]) << "at " << i;
  EXPECT_TRUE(q[0] == dividend / 1000003);
  EXPECT_TRUE(q[1] == dividend % 1000003);
}

TEST(CodegenMemory, StackUseIsReported) {
  const auto code = CompileText(R"(
declare void @__su_free(ptr)
define void @k(i32 %i) {
  %a = alloca [5000 x i32]
  %p = getelementptr i32, ptr %a, i32 %i
  call void @__su_free(ptr %p)
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  EXPECT_GE(runner.Descriptor("k")->local_bytes_per_thread, 20000u);
  EXPECT_LT(runner.Descriptor("k")->local_bytes_per_thread, 21000u);
}

TEST(CodegenMemory, ParametersAlignedBeyondTheBufferAreCopied) {
  const auto code = CompileText(R"(
%struct.W = type { [32 x i32] }
define void @k(ptr %out, ptr byval(%struct.W) align 128 %w) {
  %q = getelementptr %struct.W, ptr %w, i32 0, i32 0, i32 31
  %v = load i32, ptr %q
  %a = ptrtoint ptr %w to i64
  %low = and i64 %a, 127
  %t = trunc i64 %low to i32
  %s = add i32 %v, %t
  store i32 %s, ptr %out
  ret void
}
)",
                                {"k"});
  struct alignas(128) W {
    int v[32];
  };
  ImageRunner runner(code);
  int out = 0;
  W w = {};
  w.v[31] = 4711;
  runner.Run("k", 1, &out, w);
  EXPECT_EQ(out, 4711);
}

}  // namespace
}  // namespace opensupa::cc::testing
