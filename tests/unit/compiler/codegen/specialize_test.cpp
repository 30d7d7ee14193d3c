// One kernel compiled for blocks of one size.

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

using ::testing::HasSubstr;

constexpr char kModule[] = R"(
declare i32 @__su_tid_x()
declare i32 @__su_ntid_x()
declare i32 @__su_ntid_y()
declare i32 @__su_barrier(i32, i32, i32)
@host_sees = addrspace(1) global i32 5
@tile = internal addrspace(3) global [256 x i32] undef

define void @size(ptr %out) {
  %x = call i32 @__su_ntid_x()
  %y = call i32 @__su_ntid_y()
  %scaled = mul i32 %y, 1000
  %sum = add i32 %x, %scaled
  store i32 %sum, ptr %out
  ret void
}

define void @total(ptr %in, ptr %out) {
entry:
  %t = call i32 @__su_tid_x()
  %at = getelementptr i32, ptr %in, i32 %t
  %mine = load i32, ptr %at
  %place = getelementptr [256 x i32], ptr addrspace(3) @tile, i32 0, i32 %t
  store i32 %mine, ptr addrspace(3) %place
  %met = call i32 @__su_barrier(i32 0, i32 0, i32 0)
  %n = call i32 @__su_ntid_x()
  %half = lshr i32 %n, 1
  br label %loop
loop:
  %stride = phi i32 [ %half, %entry ], [ %next, %joined ]
  %adds = icmp ult i32 %t, %stride
  br i1 %adds, label %add, label %joined
add:
  %other = add i32 %t, %stride
  %from = getelementptr [256 x i32], ptr addrspace(3) @tile, i32 0, i32 %other
  %more = load i32, ptr addrspace(3) %from
  %before = load i32, ptr addrspace(3) %place
  %sum = add i32 %before, %more
  store i32 %sum, ptr addrspace(3) %place
  br label %joined
joined:
  %met2 = call i32 @__su_barrier(i32 0, i32 0, i32 0)
  %next = lshr i32 %stride, 1
  %again = icmp ne i32 %next, 0
  br i1 %again, label %loop, label %done
done:
  store i32 0, ptr %out
  %result = load i32, ptr addrspace(3) @tile
  store i32 %result, ptr %out
  ret void
}

define void @reads(ptr %out) {
  %value = load i32, ptr addrspace(1) @host_sees
  store i32 %value, ptr %out
  ret void
}
)";

CompileResult CompileOne(const std::string& options) {
  const auto bitcode =
      Assemble(DeviceHeader() + kModule + KernelAnnotations({"size", "total", "reads"}));
  std::string target = HostTargetName();
  return CompileBitcode(bitcode, target.substr(0, target.find('/')) + "/fast", options);
}

std::string For(const std::string& kernel, const std::string& block) {
  return R"({"opt_level":2,"specialize":{"kernel":")" + kernel + R"(","block":)" + block + "}}";
}

TEST(Specialize, HoldsTheOneKernelAndNoVariables) {
  const CompileResult result = CompileOne(For("size", "[24,4,1]"));
  ASSERT_EQ(result.status, SUPACC_OK) << result.log;
  ImageRunner runner(result.bytes);
  ASSERT_EQ(runner.code().kernels.size(), 1u);
  EXPECT_EQ(runner.code().kernels.front().name, "size");
  EXPECT_TRUE(runner.code().variables.empty());
}

TEST(Specialize, TheSizeIsAConstant) {
  const CompileResult result = CompileOne(For("size", "[24,4,1]"));
  ASSERT_EQ(result.status, SUPACC_OK) << result.log;
  ImageRunner runner(result.bytes);
  int size = 0;
  // What the engine says does not count any more.
  runner.Run("size", 1, &size);
  EXPECT_EQ(size, 4024);
}

TEST(Specialize, TreesOverAllThreadsComeOutRight) {
  for (const unsigned threads : {1u, 2u, 8u, 16u, 32u, 64u, 128u, 256u}) {
    const CompileResult result = CompileOne(For("total", "[" + std::to_string(threads) + ",1,1]"));
    ASSERT_EQ(result.status, SUPACC_OK) << result.log;
    ImageRunner runner(result.bytes);
    std::vector<int> in(threads);
    std::iota(in.begin(), in.end(), 3);
    int out = 0;
    runner.Run("total", threads, in.data(), &out);
    EXPECT_EQ(out, std::accumulate(in.begin(), in.end(), 0)) << threads << " threads";
  }
}

TEST(Specialize, KernelsThatUseVariablesAreRefused) {
  const CompileResult result = CompileOne(For("reads", "[32,1,1]"));
  EXPECT_EQ(result.status, SUPACC_ERROR_INVALID);
  EXPECT_THAT(result.log, HasSubstr("uses the variable host_sees"));
}

TEST(Specialize, UnknownKernelsAndBadSizesAreRefused) {
  EXPECT_NE(CompileOne(For("nobody", "[32,1,1]")).status, SUPACC_OK);
  for (const char* block :
       {"[0,1,1]", "[32,1]", "[32,1,1,1]", "[2000,1,1]", "\"32\"", "[-1,1,1]"}) {
    const CompileResult result = CompileOne(For("size", block));
    EXPECT_EQ(result.status, SUPACC_ERROR_INVALID) << block;
    EXPECT_THAT(result.log, HasSubstr("a kernel and the three sizes of its blocks"));
  }
}

}  // namespace
}  // namespace opensupa::cc::testing
