// Kernels written as portable device IR, compiled by supacc_compile and run in this process.

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "image_runner.h"
#include "opensupa/compiler/supacc.h"

namespace opensupa::cc::testing {
namespace {

using binary::abi::BarrierOp;
using binary::abi::ThreadContext;
using ::testing::ElementsAre;

constexpr char kIndexDeclarations[] = R"(
declare i32 @__su_tid_x()
declare i32 @__su_tid_y()
declare i32 @__su_tid_z()
declare i32 @__su_ntid_x()
declare i32 @__su_ctaid_x()
declare i32 @__su_nctaid_x()
declare i32 @__su_linear_tid()
declare i32 @__su_laneid()
)";

TEST(Codegen, IndicesReachEveryThreadOfEveryBlock) {
  const auto code = CompileText(std::string(kIndexDeclarations) + R"(
define void @k(ptr %out) {
  %bx = call i32 @__su_ctaid_x()
  %n = call i32 @__su_ntid_x()
  %x = call i32 @__su_tid_x()
  %y = call i32 @__su_tid_y()
  %z = call i32 @__su_tid_z()
  %lin = call i32 @__su_linear_tid()
  %lane = call i32 @__su_laneid()
  %b = mul i32 %bx, 105
  %i = add i32 %b, %lin
  %p = getelementptr i32, ptr %out, i32 %i
  %y1 = mul i32 %y, 100
  %z1 = mul i32 %z, 10000
  %l1 = mul i32 %lane, 1000000
  %s1 = add i32 %x, %y1
  %s2 = add i32 %s1, %z1
  %s3 = add i32 %s2, %l1
  store i32 %s3, ptr %p
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  std::vector<uint32_t> out(2 * 105, 0);
  std::vector<std::byte> args;
  ImageRunner::Pack(args, out.data());
  runner.Launch("k", {2, 1, 1}, {7, 5, 3}, args);
  EXPECT_NE(runner.Descriptor("k")->flags & binary::abi::kKernelPlainLoop, 0u);
  for (uint32_t i = 0; i < out.size(); ++i) {
    const uint32_t linear = i % 105;
    const uint32_t expected =
        linear % 7 + linear / 7 % 5 * 100 + linear / 35 * 10000 + linear % 32 * 1000000;
    ASSERT_EQ(out[i], expected) << "at " << i;
  }
}

TEST(Codegen, DeviceFunctionsSeeTheIndexOfTheirThread) {
  const auto code = CompileText(std::string(kIndexDeclarations) + R"(
define i32 @helper() noinline {
  %x = call i32 @__su_tid_x()
  %r = mul i32 %x, 3
  ret i32 %r
}
define void @k(ptr %out) {
  %v = call i32 @helper()
  %x = call i32 @__su_tid_x()
  %p = getelementptr i32, ptr %out, i32 %x
  store i32 %v, ptr %p
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  std::vector<int> out(5, -1);
  runner.Run("k", 5, out.data());
  EXPECT_THAT(out, ElementsAre(0, 3, 6, 9, 12));
}

TEST(Codegen, FunctionPointersAndVirtualTablesCarryTheContext) {
  const auto code = CompileText(std::string(kIndexDeclarations) + R"(
@table = internal unnamed_addr addrspace(1) constant [2 x ptr] [ptr @f0, ptr @f1], align 8
define internal i32 @f0(i32 %v) {
  %x = call i32 @__su_tid_x()
  %r = add i32 %v, %x
  ret i32 %r
}
define internal i32 @f1(i32 %v) {
  %x = call i32 @__su_tid_x()
  %r = mul i32 %v, %x
  ret i32 %r
}
define void @k(ptr %out) {
  %x = call i32 @__su_tid_x()
  %odd = and i32 %x, 1
  %q = getelementptr [2 x ptr], ptr addrspacecast (ptr addrspace(1) @table to ptr), i32 0, i32 %odd
  %f = load ptr, ptr %q
  %v = call i32 %f(i32 10)
  %p = getelementptr i32, ptr %out, i32 %x
  store i32 %v, ptr %p
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  std::array<int, 4> out = {};
  runner.Run("k", 4, out.data());
  EXPECT_THAT(out, ElementsAre(10, 10, 12, 30));
}

TEST(Codegen, RecursionWorksAndItsStackIsUnknown) {
  const auto code = CompileText(R"(
define i32 @fib(i32 %n) noinline {
  %small = icmp slt i32 %n, 2
  br i1 %small, label %end, label %more
more:
  %n1 = sub i32 %n, 1
  %n2 = sub i32 %n, 2
  %a = call i32 @fib(i32 %n1)
  %b = call i32 @fib(i32 %n2)
  %s = add i32 %a, %b
  ret i32 %s
end:
  ret i32 %n
}
define void @k(ptr %out, i32 %n) {
  %v = call i32 @fib(i32 %n)
  store i32 %v, ptr %out
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  int out = 0;
  runner.Run("k", 1, &out, 15);
  EXPECT_EQ(out, 610);
  EXPECT_EQ(runner.Descriptor("k")->local_bytes_per_thread, 0u);
}

TEST(Codegen, DivisionIsTotal) {
  const auto code = CompileText(R"(
define void @k(ptr %out, i32 %a, i32 %b) {
  %q = sdiv i32 %a, %b
  %r = srem i32 %a, %b
  %uq = udiv i32 %a, %b
  %ur = urem i32 %a, %b
  store i32 %q, ptr %out
  %p1 = getelementptr i32, ptr %out, i32 1
  store i32 %r, ptr %p1
  %p2 = getelementptr i32, ptr %out, i32 2
  store i32 %uq, ptr %p2
  %p3 = getelementptr i32, ptr %out, i32 3
  store i32 %ur, ptr %p3
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  std::array<int, 4> out = {};
  runner.Run("k", 1, out.data(), 17, 0);
  EXPECT_THAT(out, ElementsAre(-1, 17, -1, 17));
  runner.Run("k", 1, out.data(), INT32_MIN, -1);
  EXPECT_THAT(out, ElementsAre(INT32_MIN, 0, 0, INT32_MIN));
  runner.Run("k", 1, out.data(), -17, 5);
  EXPECT_THAT(out, ElementsAre(-3, -2, 858993455, 4));
}

TEST(Codegen, VectorisedDivisionIsTotal) {
  const auto code = CompileText(R"(
define void @k(ptr noalias %out, ptr noalias %a, ptr noalias %b) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %n, %loop ]
  %pa = getelementptr i32, ptr %a, i64 %i
  %pb = getelementptr i32, ptr %b, i64 %i
  %po = getelementptr i32, ptr %out, i64 %i
  %va = load i32, ptr %pa
  %vb = load i32, ptr %pb
  %q = sdiv i32 %va, %vb
  store i32 %q, ptr %po
  %n = add i64 %i, 1
  %c = icmp eq i64 %n, 64
  br i1 %c, label %end, label %loop
end:
  ret void
}
)",
                                {"k"}, R"({"opt_level":3})");
  ImageRunner runner(code);
  std::vector<int> a(64);
  std::vector<int> b(64);
  std::vector<int> out(64);
  std::iota(a.begin(), a.end(), 100);
  for (int i = 0; i < 64; ++i) b[i] = i % 4;
  runner.Run("k", 1, out.data(), a.data(), b.data());
  for (int i = 0; i < 64; ++i) ASSERT_EQ(out[i], b[i] == 0 ? -1 : a[i] / b[i]) << "at " << i;
}

TEST(Codegen, SwitchesBecomeJumpTables) {
  const auto code = CompileText(std::string(kIndexDeclarations) + R"(
declare i64 @__su_clock64()
declare i64 @__su_globaltimer()
define void @k(ptr %out) {
  %x = call i32 @__su_tid_x()
  %p = getelementptr i64, ptr %out, i32 %x
  switch i32 %x, label %other [ i32 0, label %a i32 1, label %b i32 2, label %c i32 3, label %d i32 4, label %e ]
a:
  store i64 100, ptr %p
  ret void
b:
  %t = call i64 @__su_clock64()
  store i64 %t, ptr %p
  ret void
c:
  %g = call i64 @__su_globaltimer()
  store i64 %g, ptr %p
  ret void
d:
  store i64 103, ptr %out
  ret void
e:
  store i64 5, ptr %p
  ret void
other:
  store i64 -1, ptr %p
  ret void
}
)",
                                {"k"});
  ImageRunner runner(code);
  runner.hooks().clock64 = [](ThreadContext*) -> uint64_t { return 1234; };
  runner.hooks().global_timer_ns = [](ThreadContext* thread) -> uint64_t {
    return thread->linear_tid;
  };
  std::array<int64_t, 6> out = {};
  runner.Run("k", 6, out.data());
  EXPECT_THAT(out, ElementsAre(103, 1234, 2, 0, 5, -1));
}

TEST(Codegen, PrintfHookGetsThreadFormatAndArguments) {
  const auto code = CompileText(std::string(kIndexDeclarations) + R"(
@text = private unnamed_addr constant [7 x i8] c"x = %d\00"
declare i32 @__su_vprintf(ptr, ptr)
define void @k() {
  %x = call i32 @__su_tid_x()
  %a = alloca i32
  store i32 %x, ptr %a
  %r = call i32 @__su_vprintf(ptr @text, ptr %a)
  ret void
}
)",
                                {"k"});
  static std::string printed;
  printed.clear();
  ImageRunner runner(code);
  runner.hooks().vprintf = [](ThreadContext* thread, const char* format, const void* args) {
    printed += std::string(format) + "," + std::to_string(*static_cast<const int*>(args)) + "," +
               std::to_string(thread->linear_tid) + ";";
    return 1;
  };
  runner.Run("k", 3);
  EXPECT_EQ(printed, "x = %d,0,0;x = %d,1,1;x = %d,2,2;");
}

TEST(Codegen, KernelsThatReachABarrierAreFibers) {
  const auto code = CompileText(R"(
declare i32 @__su_barrier(i32, i32, i32)
@slot = internal addrspace(1) global ptr @waits, align 8
define internal i32 @waits(i32 %v) noinline {
  %r = call i32 @__su_barrier(i32 3, i32 1, i32 %v)
  ret i32 %r
}
define void @direct(ptr %out) {
  %r = call i32 @waits(i32 9)
  store i32 %r, ptr %out
  ret void
}
define void @indirect(ptr %out) {
  %f = load ptr, ptr addrspace(1) @slot
  %r = call i32 %f(i32 8)
  store i32 %r, ptr %out
  ret void
}
define void @free(ptr %out) {
  store i32 1, ptr %out
  ret void
}
)",
                                {"direct", "indirect", "free"});
  ImageRunner runner(code);
  runner.hooks().block_barrier = [](ThreadContext*, uint32_t id, BarrierOp op, uint32_t predicate,
                                    binary::abi::CallSite) -> uint32_t {
    return id * 100 + static_cast<uint32_t>(op) * 10 + predicate;
  };
  int out = 0;
  EXPECT_EQ(runner.Descriptor("direct")->flags & binary::abi::kKernelPlainLoop, 0u);
  EXPECT_EQ(runner.Descriptor("indirect")->flags & binary::abi::kKernelPlainLoop, 0u);
  EXPECT_NE(runner.Descriptor("free")->flags & binary::abi::kKernelPlainLoop, 0u);
  runner.Run("direct", 1, &out);
  EXPECT_EQ(out, 319);
  runner.Run("indirect", 1, &out);
  EXPECT_EQ(out, 318);
}

TEST(Codegen, WaitingCallsSayWhereTheyStand) {
  const auto code = CompileText(R"(
declare void @__su_named_barrier(i32, i32, i32)
declare i32 @__su_cluster_nctaid_y()
define void @k(ptr %out) {
  %n = call i32 @__su_cluster_nctaid_y()
  call void @__su_named_barrier(i32 3, i32 1, i32 %n), !supa.site !0
  call void @__su_named_barrier(i32 4, i32 0, i32 0)
  ret void
}
!0 = !{!"kernel.su:12"}
)",
                                {"k"});
  ImageRunner runner(code);
  static std::string seen;
  seen.clear();
  runner.hooks().named_barrier = [](ThreadContext*, uint32_t id, binary::abi::MeetOp op,
                                    uint32_t threads, binary::abi::CallSite site) {
    seen += std::to_string(id) + "," + std::to_string(static_cast<uint32_t>(op)) + "," +
            std::to_string(threads) + "," + (site == nullptr ? "unknown" : site) + ";";
  };
  int out = 0;
  runner.Run("k", 1, &out);
  EXPECT_EQ(seen, "3,1,0,kernel.su:12;4,0,0,unknown;");
}

TEST(Codegen, LoopsThatWaitForOtherThreadsYield) {
  const auto code =
      CompileText(R"(
declare i32 @__su_barrier(i32, i32, i32)
define void @waits(ptr %flag) {
entry:
  br label %loop
loop:
  %v = load volatile i32, ptr %flag
  %c = icmp eq i32 %v, 0
  br i1 %c, label %loop, label %end
end:
  ret void
}
define void @locks(ptr %lock, ptr %count) {
entry:
  br label %loop
loop:
  %r = cmpxchg ptr %lock, i32 0, i32 1 seq_cst seq_cst
  %ok = extractvalue { i32, i1 } %r, 1
  br i1 %ok, label %end, label %loop
end:
  %n = load i32, ptr %count
  %n1 = add i32 %n, 1
  store i32 %n1, ptr %count
  store atomic i32 0, ptr %lock seq_cst, align 4
  ret void
}
define void @updates(ptr %p) {
entry:
  %first = load i32, ptr %p
  br label %loop
loop:
  %old = phi i32 [ %first, %entry ], [ %seen, %loop ]
  %new = add i32 %old, 3
  %r = cmpxchg ptr %p, i32 %old, i32 %new seq_cst seq_cst
  %seen = extractvalue { i32, i1 } %r, 0
  %ok = icmp eq i32 %seen, %old
  br i1 %ok, label %end, label %loop
end:
  ret void
}
define i1 @try(ptr %p) noinline {
  %r = cmpxchg ptr %p, i32 0, i32 1 seq_cst seq_cst
  %ok = extractvalue { i32, i1 } %r, 1
  ret i1 %ok
}
define void @calls(ptr %lock) {
entry:
  br label %loop
loop:
  %ok = call i1 @try(ptr %lock)
  br i1 %ok, label %end, label %loop
end:
  ret void
}
define void @unoptimised(ptr %flag) {
entry:
  %slot = alloca i32
  br label %loop
loop:
  %v = load volatile i32, ptr %flag
  store i32 %v, ptr %slot
  br label %test
test:
  %w = load i32, ptr %slot
  %c = icmp eq i32 %w, 0
  br i1 %c, label %loop, label %end
end:
  ret void
}
define void @fenced(ptr %flag) {
entry:
  br label %loop
loop:
  %v = load i32, ptr %flag
  fence seq_cst
  %c = icmp eq i32 %v, 0
  br i1 %c, label %loop, label %end
end:
  ret void
}
define void @counts(ptr %p) {
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %i1, %loop ]
  %i1 = add i32 %i, 1
  %old = atomicrmw add ptr %p, i32 1 seq_cst
  %n = load i32, ptr %p
  %c = icmp slt i32 %i1, %n
  br i1 %c, label %loop, label %end
end:
  ret void
}
)",
                  {"waits", "locks", "updates", "calls", "unoptimised", "fenced", "counts"});
  ImageRunner runner(code);
  EXPECT_EQ(runner.Descriptor("waits")->flags & binary::abi::kKernelPlainLoop, 0u);
  EXPECT_EQ(runner.Descriptor("locks")->flags & binary::abi::kKernelPlainLoop, 0u);
  EXPECT_NE(runner.Descriptor("updates")->flags & binary::abi::kKernelPlainLoop, 0u);
  for (const char* name : {"calls", "unoptimised", "fenced"}) {
    EXPECT_EQ(runner.Descriptor(name)->flags & binary::abi::kKernelPlainLoop, 0u) << name;
  }
  EXPECT_NE(runner.Descriptor("counts")->flags & binary::abi::kKernelPlainLoop, 0u);
  static int flag;
  flag = 0;
  runner.hooks().yield = [](ThreadContext*) { ++flag; };
  runner.Run("waits", 1, &flag);
  EXPECT_EQ(flag, 1);
  int lock = 0;
  int count = 0;
  runner.Run("locks", 10, &lock, &count);
  EXPECT_EQ(count, 10);
  runner.Run("updates", 10, &count);
  EXPECT_EQ(count, 40);
}

TEST(Codegen, EveryLevelCompiles) {
  const auto bitcode = Assemble(DeviceHeader() + std::string(kIndexDeclarations) + R"(
@v = addrspace(1) externally_initialized global float 1.0
declare float @__su_sin_f32(float)
define void @k(ptr %p) {
  %x = call i32 @__su_tid_x()
  %q = getelementptr float, ptr %p, i32 %x
  %a = load float, ptr %q
  %s = call float @__su_sin_f32(float %a)
  %v = load float, ptr addrspace(1) @v
  %r = fmul float %s, %v
  store float %r, ptr %q
  ret void
}
)" + KernelAnnotations({"k"}));
  for (const char* target :
       {"x86-64-v2/reference", "x86-64-v3/reference", "x86-64-v4/reference", "aarch64/reference"}) {
    for (const char* options : {R"({"opt_level":0})", R"({"opt_level":1})",
                                R"({"opt_level":2,"debug":true})", R"({"opt_level":3})"}) {
      const CompileResult result = CompileBitcode(bitcode, target, options);
      EXPECT_EQ(result.status, SUPACC_OK) << target << options << result.log;
      const auto code = binary::ParseCodeObject(result.bytes);
      ASSERT_TRUE(code.ok()) << code.status();
      EXPECT_EQ(code->target, target);
      EXPECT_EQ(code->kernels.size(), 1u);
      EXPECT_EQ(code->variables.size(), 1u);
    }
  }
}

TEST(Codegen, LaunchBoundsReachTheDescriptor) {
  const auto bitcode = Assemble(DeviceHeader() + R"(
define void @k() {
  ret void
}
!nvvm.annotations = !{!1, !2}
!1 = !{ptr @k, !"kernel", i32 1}
!2 = !{ptr @k, !"maxntidx", i32 192}
)");
  ImageRunner runner(CompileBitcode(bitcode, HostTargetName()).bytes);
  EXPECT_EQ(runner.Descriptor("k")->max_threads_per_block, 192u);
}

}  // namespace
}  // namespace opensupa::cc::testing
