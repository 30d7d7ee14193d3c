#include "opensupa/passes/verify_device_ir.h"

#include "gmock/gmock.h"
#include "ir_text.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kDeviceHeader;
using testing::kStamp;
using testing::Parse;

struct Broken {
  const char* title;
  const char* rule;
  const char* named;  // must be in the message
  std::string text;
};

std::vector<RuleViolation> Verify(const std::string& text) {
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = Parse(context, text);
  return module == nullptr ? std::vector<RuleViolation>{} : VerifyDeviceIr(*module);
}

std::string Device(const std::string& text) { return std::string(kDeviceHeader) + text + kStamp; }

std::string Body(const std::string& code) {
  return Device("define void @_Z3foov(ptr %p, i32 %i) {\n" + code + "\n  ret void\n}\n");
}

class BrokenRule : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenRule, IsReportedWithItsNumberAndName) {
  const std::vector<RuleViolation> violations = Verify(GetParam().text);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].rule, GetParam().rule);
  EXPECT_THAT(violations[0].message, HasSubstr(GetParam().named));
  EXPECT_EQ(violations[0].message.back(), '.');
}

INSTANTIATE_TEST_SUITE_P(
    Rules, BrokenRule,
    ::testing::Values(
        Broken{"triple", "IR001", "x86_64",
               std::string("target datalayout = \"e-i64:64-i128:128-v16:16-v32:32-n16:32:64\"\n"
                           "target triple = \"x86_64-linux-gnu\"\n") +
                   kStamp},
        Broken{"layout", "IR001", "data layout",
               std::string("target triple = \"nvptx64-nvidia-cuda\"\n") + kStamp},
        Broken{"no_stamp", "IR002", "no version stamp", kDeviceHeader},
        Broken{"wrong_stamp", "IR002", "version 9",
               std::string(kDeviceHeader) + "!llvm.module.flags = !{!0}\n"
                                            "!0 = !{i32 1, !\"supa.device_ir\", i32 9}\n"},
        Broken{"kernel_result", "IR003", "`foo()`",
               Device("define i32 @_Z3foov() { ret i32 1 }\n"
                      "!nvvm.annotations = !{!0}\n!0 = !{ptr @_Z3foov, !\"kernel\", i32 1}\n")},
        Broken{"kernel_local", "IR003", "`foo()`",
               Device("define internal void @_Z3foov() { ret void }\n"
                      "!nvvm.annotations = !{!0}\n!0 = !{ptr @_Z3foov, !\"kernel\", i32 1}\n")},
        Broken{"pointer_space", "IR004", "address space 7",
               Body("  %q = addrspacecast ptr %p to ptr addrspace(7)")},
        Broken{"variable_space", "IR004", "address space 5",
               Device("@v = internal addrspace(5) global i32 0\n")},
        Broken{"undefined_function", "IR005", "`bar(int)`",
               Device("declare void @_Z3bari(i32)\n"
                      "define void @f() { call void @_Z3bari(i32 1)\n ret void }\n")},
        Broken{"undefined_variable", "IR005", "`v`",
               Device("@v = external addrspace(1) global i32\n"
                      "define i32 @f() { %x = load i32, ptr addrspace(1) @v\n ret i32 %x }\n")},
        Broken{"unknown_extern", "IR005", "__su_teleport",
               Device("declare void @__su_teleport()\n"
                      "define void @f() { call void @__su_teleport()\n ret void }\n")},
        Broken{"extern_type", "IR005", "__su_tid_x",
               Device("declare i64 @__su_tid_x()\n"
                      "define i64 @f() { %x = call i64 @__su_tid_x()\n ret i64 %x }\n")},
        Broken{"intrinsic", "IR006", "llvm.nvvm.membar.gl",
               Device("declare void @llvm.nvvm.membar.gl()\n"
                      "define void @_Z3foov() { call void @llvm.nvvm.membar.gl()\n ret void }\n")},
        Broken{"assembly", "IR007", "prmt.b32",
               Body("  %x = call i32 asm \"prmt.b32 $0, $1;\", \"=r,r\"(i32 %i)")},
        Broken{"module_assembly", "IR007", "assembly outside", Device("module asm \".globl x\"\n")},
        Broken{"varargs", "IR008", "`foo`", Device("define void @foo(...) { ret void }\n")},
        Broken{"indirect_branch", "IR008", "indirectbr",
               Device("define void @foo(ptr %p) {\n  indirectbr ptr %p, [label %a]\n"
                      "a:\n  ret void\n}\n")},
        Broken{"shared_value", "IR009", "`s`", Device("@s = internal addrspace(3) global i32 4\n")},
        Broken{"shared_declared", "IR009", "`s`",
               Device("@s = external addrspace(3) global i32\n")},
        Broken{"shared_address", "IR009", "`holder`",
               Device("@s = internal addrspace(3) global i32 undef\n"
                      "@holder = internal addrspace(1) global ptr addrspacecast (ptr addrspace(3) "
                      "@s to ptr)\n")},
        Broken{"atomic_scope", "IR010", "singlethread",
               Body("  %x = atomicrmw add ptr %p, i32 1 syncscope(\"singlethread\") monotonic")},
        Broken{"atomic_size", "IR010", "256 bits",
               Body("  %x = atomicrmw add ptr %p, i256 1 monotonic")},
        Broken{"thread_local", "IR011", "`v`", Device("@v = internal thread_local global i32 0\n")},
        Broken{"constructors", "IR011", "constructors",
               Device("@llvm.global_ctors = appending global [0 x { i32, ptr, ptr }] "
                      "zeroinitializer\n")},
        Broken{"target_cpu", "IR011", "`foo()`",
               Device("define void @_Z3foov() \"target-cpu\"=\"sm_90\" { ret void }\n")},
        Broken{"long_double", "IR012", "fp128", Body("  %x = load fp128, ptr %p")},
        Broken{"matrix_move_kind", "IR013", "moves a matrix of a kind that does not exist, 3",
               Device("declare void @__su_matrix_move(i32, ptr, ptr, i32)\n"
                      "define void @f(ptr %p) {\n  call void @__su_matrix_move(i32 3, ptr %p, ptr "
                      "%p, i32 1)\n  ret void\n}\n")},
        Broken{"matrix_kind", "IR013", "does not exist, 1280",
               Device("declare void @__su_mma(i32, ptr, ptr, ptr, ptr)\n"
                      "define void @f(ptr %p) {\n  call void @__su_mma(i32 1280, ptr %p, ptr %p, "
                      "ptr %p, ptr %p)\n  ret void\n}\n")},
        Broken{"matrix_variable", "IR013", "not a constant",
               Device("declare void @__su_mma(i32, ptr, ptr, ptr, ptr)\n"
                      "define void @f(ptr %p, i32 %i) {\n  call void @__su_mma(i32 %i, ptr %p, ptr "
                      "%p, ptr %p, ptr %p)\n  ret void\n}\n")}),
    [](const ::testing::TestParamInfo<Broken>& info) { return info.param.title; });

TEST(VerifyDeviceIr, GivenAModuleThatKeepsEveryRuleThenNothingIsReported) {
  EXPECT_THAT(Verify(Device(R"(
@dynamic = external addrspace(3) global [0 x i8]
@fixed = internal addrspace(3) global [32 x float] undef
@table = addrspace(4) externally_initialized global [2 x i32] [i32 1, i32 2]
@state = addrspace(1) externally_initialized global i32 0
@text = private constant [2 x i8] c"x\00"
declare i32 @__su_tid_x()
declare i32 @__su_barrier(i32, i32, i32)
declare float @__su_pow_f32(float, float)
declare double @llvm.fma.f64(double, double, double)
define void @kernel(ptr byval({ i32, float }) align 4 %s, ptr %out) {
  %t = call i32 @__su_tid_x()
  %b = call i32 @__su_barrier(i32 0, i32 0, i32 0)
  %old = atomicrmw add ptr addrspace(1) @state, i32 1 syncscope("block") acq_rel
  fence seq_cst
  store atomic i32 %t, ptr %out release, align 4
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @kernel, !"kernel", i32 1}
)")),
              IsEmpty());
}

TEST(VerifyDeviceIr, GivenARelocatableModuleThenUndefinedSymbolsAreAllowed) {
  EXPECT_THAT(Verify(std::string(kDeviceHeader) + R"(
@v = external addrspace(1) global i32
declare void @other()
define i32 @f() {
  call void @other()
  %x = load i32, ptr addrspace(1) @v
  ret i32 %x
}
!llvm.module.flags = !{!0, !1}
!0 = !{i32 1, !"supa.device_ir", i32 1}
!1 = !{i32 7, !"supa.relocatable", i32 1}
)"),
              IsEmpty());
}

TEST(CheckDeviceIr, GivenSeveralBrokenRulesThenEachHasALine) {
  llvm::LLVMContext context;
  const auto module = Parse(context, "define void @f(...) { ret void }\n");
  const absl::Status status = CheckDeviceIr(*module);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string text(status.message());
  for (const char* rule : {"IR001: ", "IR002: ", "IR008: "}) EXPECT_THAT(text, HasSubstr(rule));
}

}  // namespace
}  // namespace opensupa::cc
