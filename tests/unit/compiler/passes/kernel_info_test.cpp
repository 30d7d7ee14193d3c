#include "opensupa/passes/kernel_info.h"

#include "gmock/gmock.h"
#include "ir_text.h"

namespace opensupa::cc {
namespace {

using testing::kStamp;
using testing::ParseDevice;

class KernelInfoTest : public ::testing::Test {
 protected:
  const llvm::Module& Load(const std::string& text) {
    module_ = ParseDevice(context_, text + kStamp);
    return *module_;
  }

  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
};

TEST_F(KernelInfoTest, ParametersLieAsInACStruct) {
  const auto kernels = DescribeKernels(Load(R"(
%pair = type { i8, i64 }
define void @k(i8 %a, i32 %b, i16 %c, ptr %d, ptr byval(%pair) align 8 %e, ptr byval([3 x i8]) align 1 %f, <4 x float> %g) {
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @k, !"kernel", i32 1}
)"));
  ASSERT_EQ(kernels.size(), 1u);
  const std::vector<std::pair<uint32_t, uint32_t>> expected = {{0, 1},   {4, 4},  {8, 2},  {16, 8},
                                                               {24, 16}, {40, 3}, {48, 16}};
  ASSERT_EQ(kernels[0].params.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(kernels[0].params[i].offset_bytes, expected[i].first) << i;
    EXPECT_EQ(kernels[0].params[i].size_bytes, expected[i].second) << i;
  }
  EXPECT_EQ(kernels[0].args_size_bytes, 64u);
}

TEST_F(KernelInfoTest, ParametersAlignedMoreThanTheirTypeKeepThat) {
  const auto kernels = DescribeKernels(Load(R"(
define void @k(i32 %a, ptr byval({ float, float, float, float }) align 16 %b) { ret void }
!nvvm.annotations = !{!0}
!0 = !{ptr @k, !"kernel", i32 1}
)"));
  EXPECT_EQ(kernels[0].params[1].offset_bytes, 16u);
  EXPECT_EQ(kernels[0].args_size_bytes, 32u);
}

TEST_F(KernelInfoTest, LaunchBoundsComeFromAnnotations) {
  const auto kernels = DescribeKernels(Load(R"(
define void @a() { ret void }
define void @b() { ret void }
define void @c() { ret void }
define void @no_kernel() { ret void }
!nvvm.annotations = !{!0, !1, !2, !3, !4, !5}
!0 = !{ptr @c, !"kernel", i32 1}
!1 = !{ptr @a, !"kernel", i32 1}
!2 = !{ptr @a, !"maxntidx", i32 256, !"minctasm", i32 2}
!3 = !{ptr @b, !"kernel", i32 1, !"maxntidx", i32 16, !"maxntidy", i32 8}
!4 = !{null, !"kernel", i32 1}
!5 = !{ptr @no_kernel, !"maxntidx", i32 4}
)"));
  ASSERT_EQ(kernels.size(), 3u);
  EXPECT_EQ(kernels[0].name, "a");
  EXPECT_EQ(kernels[0].max_threads_per_block, 256u);
  EXPECT_EQ(kernels[0].min_blocks_per_multiprocessor, 2u);
  EXPECT_EQ(kernels[1].max_threads_per_block, 128u);
  EXPECT_EQ(kernels[2].max_threads_per_block, 0u);
}

constexpr char kSharing[] = R"(
@first = internal addrspace(3) global i8 undef
@second = internal addrspace(3) global [4 x double] undef, align 8
@third = internal addrspace(3) global [100 x i32] undef, align 4
@dynamic = external addrspace(3) global [0 x i8]
@table = internal addrspace(4) global [8 x i32] zeroinitializer
@jump = internal addrspace(1) global ptr @through_pointer
define void @leaf(ptr %o) {
  %x = load double, ptr addrspace(3) @second
  store double %x, ptr %o
  ret void
}
define internal void @through_pointer() {
  store i32 1, ptr addrspace(3) @third
  ret void
}
define void @uses_two(ptr %o) {
  store i8 1, ptr addrspace(3) @first
  call void @leaf(ptr %o)
  store i8 1, ptr addrspace(3) @dynamic
  ret void
}
define void @uses_none(ptr %o) {
  %local = alloca [5 x i64]
  %v = load i32, ptr addrspace(4) @table
  store i32 %v, ptr %o
  ret void
}
define void @calls_pointer(ptr %o) {
  %f = load ptr, ptr addrspace(1) @jump
  call void %f()
  ret void
}
!nvvm.annotations = !{!0, !1, !2}
!0 = !{ptr @uses_two, !"kernel", i32 1}
!1 = !{ptr @uses_none, !"kernel", i32 1}
!2 = !{ptr @calls_pointer, !"kernel", i32 1}
)";

TEST_F(KernelInfoTest, SharedBytesCountWhatAKernelCanReach) {
  const auto kernels = DescribeKernels(Load(kSharing));
  ASSERT_EQ(kernels.size(), 3u);
  EXPECT_EQ(kernels[0].name, "calls_pointer");
  EXPECT_EQ(kernels[0].static_shared_bytes, 400u);
  EXPECT_EQ(kernels[1].name, "uses_none");
  EXPECT_EQ(kernels[1].static_shared_bytes, 0u);
  EXPECT_EQ(kernels[1].constant_bytes, 32u);
  EXPECT_EQ(kernels[1].local_bytes_per_thread, 40u);
  EXPECT_EQ(kernels[2].name, "uses_two");
  EXPECT_EQ(kernels[2].static_shared_bytes, 40u);
}

TEST_F(KernelInfoTest, RegistersGrowWithWhatIsAliveAtOnce) {
  std::string loads, sums;
  for (int i = 0; i < 40; ++i) {
    loads += "  %l" + std::to_string(i) + " = load i32, ptr %o\n";
    sums += "  %s" + std::to_string(i) + " = add i32 " +
            (i == 0 ? std::string("0") : "%s" + std::to_string(i - 1)) + ", %l" +
            std::to_string(i) + "\n";
  }
  const auto kernels = DescribeKernels(
      Load("define void @few(ptr %o) { ret void }\ndefine void @many(ptr %o) {\n" + loads + sums +
           "  store i32 %s39, ptr %o\n  ret void\n}\n!nvvm.annotations = !{!0, !1}\n"
           "!0 = !{ptr @few, !\"kernel\", i32 1}\n!1 = !{ptr @many, !\"kernel\", i32 1}\n"));
  EXPECT_EQ(kernels[0].registers_per_thread, 16u);
  EXPECT_GE(kernels[1].registers_per_thread, 40u);
  EXPECT_LE(kernels[1].registers_per_thread, 60u);
}

TEST_F(KernelInfoTest, VariablesAreThoseThatTheHostCanName) {
  const auto variables = DescribeVariables(Load(R"(
@state = addrspace(1) externally_initialized global [3 x i32] zeroinitializer
@table = addrspace(4) externally_initialized global [2 x i32] zeroinitializer
@hidden = internal addrspace(1) global i32 0
@literal = private constant [2 x i8] c"x\00"
@shared = internal addrspace(3) global i32 undef
)"));
  ASSERT_EQ(variables.size(), 2u);
  EXPECT_EQ(variables[0].name, "state");
  EXPECT_EQ(variables[0].size_bytes, 12u);
  EXPECT_FALSE(variables[0].constant);
  EXPECT_EQ(variables[1].name, "table");
  EXPECT_TRUE(variables[1].constant);
}

}  // namespace
}  // namespace opensupa::cc
