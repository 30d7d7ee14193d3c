#include "opensupa/passes/finalize_device.h"

#include "gmock/gmock.h"
#include "ir_text.h"
#include "llvm/IR/InstrTypes.h"
#include "opensupa/passes/bitcode.h"
#include "opensupa/passes/verify_device_ir.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ParseDevice;
using testing::Print;

constexpr char kKernel[] = R"(
declare i32 @vprintf(ptr, ptr)
declare void @llvm.nvvm.barrier0()
declare void @llvm.trap()
declare i32 @__su_tid_x() #1
declare float @__su_sin_f32(float) #1
@fmt = private constant [3 x i8] c"hi\00"
@used_by_host = addrspace(1) externally_initialized global i32 5
@threadIdx = extern_weak addrspace(1) global { i8 }

define internal i32 @index() #2 {
  %slot = alloca ptr
  store ptr addrspacecast (ptr addrspace(1) @threadIdx to ptr), ptr %slot
  %t = call i32 @__su_tid_x() #3
  ret i32 %t
}
define linkonce_odr i32 @unused() #0 { ret i32 1 }
define void @kernel(ptr %out) #0 {
  %a = alloca i32
  %t = call i32 @index()
  store i32 %t, ptr %a
  call void @llvm.nvvm.barrier0()
  %p = call i32 @vprintf(ptr @fmt, ptr null)
  %v = load i32, ptr %a
  %bad = icmp eq i32 %v, 77
  br i1 %bad, label %die, label %live
die:
  call void @llvm.trap()
  unreachable
live:
  %f = call float @__su_sin_f32(float 1.0) #3
  store float %f, ptr %out
  ret void
}
attributes #0 = { convergent noinline nounwind "target-cpu"="sm_90" "target-features"="+ptx42,+sm_90" "frame-pointer"="all" }
attributes #1 = { convergent nounwind "target-cpu"="sm_90" }
attributes #2 = { alwaysinline convergent nounwind "target-cpu"="sm_90" }
attributes #3 = { convergent nounwind }
!nvvm.annotations = !{!0}
!llvm.module.flags = !{!1, !2}
!0 = !{ptr @kernel, !"kernel", i32 1}
!1 = !{i32 2, !"SDK Version", [2 x i32] [i32 12, i32 4]}
!2 = !{i32 4, !"nvvm-reflect-ftz", i32 0}
)";

class FinalizeDeviceTest : public ::testing::Test {
 protected:
  absl::StatusOr<binary::FatBinary> Finalize(const std::string& text) {
    module_ = ParseDevice(context_, text);
    return FinalizeDevice(*module_, options_);
  }

  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
  FinalizeOptions options_;
};

TEST_F(FinalizeDeviceTest, GivenClangsOutputThenTargetCallsBecomeExterns) {
  const auto image = Finalize(kKernel);
  ASSERT_TRUE(image.ok()) << image.status();
  const std::string text = Print(*module_);
  EXPECT_THAT(text, HasSubstr("call i32 @__su_barrier(i32 0, i32 0, i32 0)"));
  EXPECT_THAT(text, HasSubstr("call i32 @__su_vprintf(ptr nonnull @fmt, ptr null)"));
  EXPECT_THAT(text, HasSubstr("call void @__su_trap()"));
  EXPECT_THAT(text, Not(HasSubstr("nvvm.barrier")));
  EXPECT_THAT(text, Not(HasSubstr("@vprintf")));
}

TEST_F(FinalizeDeviceTest, GivenOptimisationThenLocalsAndHelpersAreGone) {
  ASSERT_TRUE(Finalize(kKernel).ok());
  const std::string text = Print(*module_);
  EXPECT_THAT(text, Not(HasSubstr("alloca")));
  EXPECT_EQ(module_->getFunction("index"), nullptr);
  EXPECT_EQ(module_->getFunction("unused"), nullptr);
  EXPECT_EQ(module_->getNamedGlobal("threadIdx"), nullptr);
}

TEST_F(FinalizeDeviceTest, GivenNoOptimisationThenTheModuleIsStillValid) {
  options_.opt_level = 0;
  const auto image = Finalize(kKernel);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_THAT(Print(*module_), HasSubstr("alloca"));
  EXPECT_THAT(Print(*module_), HasSubstr("\"supa.opt_level\", i32 0}"));
}

TEST_F(FinalizeDeviceTest, GivenScopeAnnotationsThenAtomicsGetTheirScope) {
  const auto image = Finalize(R"(
@name = private constant [11 x i8] c"supa.scope\00"
@device = private constant { i32 } { i32 1 }
@block = private constant { i32 } { i32 2 }
@llvm.global.annotations = appending global [2 x { ptr, ptr, ptr, i32, ptr }] [
  { ptr, ptr, ptr, i32, ptr } { ptr @wide, ptr @name, ptr @name, i32 1, ptr @device },
  { ptr, ptr, ptr, i32, ptr } { ptr @narrow, ptr @name, ptr @name, i32 2, ptr @block }]
define internal i32 @wide(ptr %p) alwaysinline {
  %x = atomicrmw add ptr %p, i32 1 monotonic
  ret i32 %x
}
define internal void @narrow(ptr %p) alwaysinline {
  fence seq_cst
  store atomic i32 3, ptr %p release, align 4
  ret void
}
define void @kernel(ptr %p) {
  %x = call i32 @wide(ptr %p)
  call void @narrow(ptr %p)
  %y = atomicrmw sub ptr %p, i32 %x monotonic
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @kernel, !"kernel", i32 1}
)");
  ASSERT_TRUE(image.ok()) << image.status();
  const std::string text = Print(*module_);
  EXPECT_THAT(text, HasSubstr("atomicrmw add ptr %p, i32 1 syncscope(\"device\") monotonic"));
  EXPECT_THAT(text, HasSubstr("fence syncscope(\"block\") seq_cst"));
  EXPECT_THAT(text, HasSubstr("store atomic i32 3, ptr %p syncscope(\"block\") release"));
  EXPECT_THAT(text, HasSubstr("atomicrmw sub ptr %p, i32 %x.i monotonic"));
}

TEST_F(FinalizeDeviceTest, GivenTargetAttributesThenTheyAreStripped) {
  ASSERT_TRUE(Finalize(kKernel).ok());
  const std::string text = Print(*module_);
  EXPECT_THAT(text, Not(HasSubstr("target-cpu")));
  EXPECT_THAT(text, Not(HasSubstr("target-features")));
  EXPECT_THAT(text, Not(HasSubstr("frame-pointer")));
  EXPECT_THAT(text, Not(HasSubstr("SDK Version")));
  EXPECT_THAT(text, Not(HasSubstr("nvvm-reflect")));
}

TEST_F(FinalizeDeviceTest, ThenPureExternsMayBeMovedAndConvergentOnesMayNot) {
  ASSERT_TRUE(Finalize(kKernel).ok());
  const llvm::Function* sine = module_->getFunction("__su_sin_f32");
  EXPECT_TRUE(sine->doesNotAccessMemory());
  EXPECT_FALSE(sine->isConvergent());
  for (const llvm::User* user : sine->users()) {
    EXPECT_FALSE(llvm::cast<llvm::CallBase>(user)->isConvergent());
  }
  const llvm::Function* barrier = module_->getFunction("__su_barrier");
  EXPECT_TRUE(barrier->isConvergent());
  EXPECT_FALSE(barrier->doesNotAccessMemory());
  EXPECT_TRUE(module_->getFunction("__su_trap")->doesNotReturn());
}

TEST_F(FinalizeDeviceTest, ThenTheFatBinaryDescribesTheModule) {
  options_.source = "a.su";
  options_.producer = "brcc";
  options_.architectures = {"br106"};
  const auto image = Finalize(kKernel);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->source, "a.su");
  EXPECT_EQ(image->producer, "brcc");
  EXPECT_EQ(image->architectures, std::vector<std::string>{"br106"});
  EXPECT_FALSE(image->relocatable);
  ASSERT_EQ(image->kernels.size(), 1u);
  EXPECT_EQ(image->kernels[0].name, "kernel");
  ASSERT_EQ(image->variables.size(), 1u);
  EXPECT_EQ(image->variables[0].name, "used_by_host");

  llvm::LLVMContext other;
  const auto read = ReadModule(image->bitcode, "a.su", other);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(CheckDeviceIr(**read).ok());
}

TEST_F(FinalizeDeviceTest, GivenRelocatableThenExternalFunctionsAndDeclarationsStay) {
  options_.relocatable = true;
  const auto image = Finalize(R"(
declare i32 @elsewhere(i32)
@far = external addrspace(1) global i32
define i32 @helper(i32 %x) {
  %y = call i32 @elsewhere(i32 %x)
  %z = load i32, ptr addrspace(1) @far
  %s = add i32 %y, %z
  ret i32 %s
}
)");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_TRUE(image->relocatable);
  EXPECT_NE(module_->getFunction("helper"), nullptr);
  ASSERT_EQ(image->variables.size(), 1u);
  EXPECT_TRUE(image->variables[0].external);
}

TEST_F(FinalizeDeviceTest, GivenAnUndefinedFunctionThenTheMessageNamesIt) {
  const auto image = Finalize(R"(
declare i32 @_Z5otheri(i32)
define void @_Z1kPi(ptr %o) {
  %y = call i32 @_Z5otheri(i32 1)
  store i32 %y, ptr %o
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @_Z1kPi, !"kernel", i32 1}
)");
  EXPECT_EQ(image.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(image.status().message()),
              HasSubstr("IR005: Device function `other(int)` is called but not defined"));
}

TEST_F(FinalizeDeviceTest, GivenMathIntrinsicsThenTheDeviceLibraryIsCalled) {
  const auto image = Finalize(R"(
declare float @llvm.sin.f32(float)
declare double @exp(double)
declare float @llvm.powi.f32.i32(float, i32)
define void @k(ptr %o, float %x, double %d) {
  %a = call float @llvm.sin.f32(float %x)
  %b = call float @llvm.powi.f32.i32(float %a, i32 3)
  store float %b, ptr %o
  %c = call double @exp(double %d)
  store double %c, ptr %o
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @k, !"kernel", i32 1}
)");
  ASSERT_TRUE(image.ok()) << image.status();
  for (const char* name : {"__su_sin_f32", "__su_powi_f32", "__su_exp_f64"}) {
    EXPECT_NE(module_->getFunction(name), nullptr) << name;
  }
}

TEST_F(FinalizeDeviceTest, GivenAFunctionOfTheProgramNamedLikeAMathFunctionThenItStays) {
  const auto image = Finalize(R"(
declare i32 @log(i32)
define void @k(ptr %o) {
  %a = call i32 @log(i32 1)
  store i32 %a, ptr %o
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @k, !"kernel", i32 1}
)");
  EXPECT_THAT(std::string(image.status().message()), HasSubstr("`log`"));
}

TEST_F(FinalizeDeviceTest, GivenAnUnusedInlineVariableThenItStaysForTheHost) {
  const auto image = Finalize(
      "@v = linkonce_odr addrspace(1) externally_initialized global i32 3\n"
      "@plain = linkonce_odr addrspace(1) global i32 3\n");
  ASSERT_TRUE(image.ok()) << image.status();
  ASSERT_EQ(image->variables.size(), 1u);
  EXPECT_EQ(image->variables[0].name, "v");
  EXPECT_EQ(module_->getNamedGlobal("plain"), nullptr);
}

TEST_F(FinalizeDeviceTest, GivenAManagedVariableThenItIsMarked) {
  const auto image = Finalize(R"(
@m = addrspace(1) externally_initialized global i32 0
@.str = private constant [13 x i8] c"supa.managed\00", section "llvm.metadata"
@.file = private constant [2 x i8] c"a\00", section "llvm.metadata"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr addrspacecast (ptr addrspace(1) @m to ptr), ptr @.str, ptr @.file, i32 1, ptr null }], section "llvm.metadata"
)");
  ASSERT_TRUE(image.ok()) << image.status();
  ASSERT_EQ(image->variables.size(), 1u);
  EXPECT_TRUE(image->variables[0].managed);
  EXPECT_EQ(module_->getNamedGlobal("llvm.global.annotations"), nullptr);
}

TEST_F(FinalizeDeviceTest, GivenAStaticVariableUnderTwoNamesThenItIsOne) {
  options_.relocatable = true;
  const auto image = Finalize(R"(
@_ZL3own = external addrspace(1) global i32
@_ZL3own__static__ab12 = addrspace(1) externally_initialized global i32 3
define void @k() {
  store i32 7, ptr addrspace(1) @_ZL3own
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @k, !"kernel", i32 1}
)");
  ASSERT_TRUE(image.ok()) << image.status();
  ASSERT_EQ(image->variables.size(), 1u);
  EXPECT_THAT(Print(*module_), HasSubstr("store i32 7, ptr addrspace(1) @_ZL3own__static__ab12"));
}

/// A kernel with `__cluster_dims__(2, N)` and launch bounds.
std::string KernelWith(const std::string& cluster_y, const std::string& threads) {
  return R"(
@.str = private constant [18 x i8] c"supa.cluster_dims\00", section "llvm.metadata"
@.args = private constant { i32, i32 } { i32 2, i32 )" +
         cluster_y + R"( }, section "llvm.metadata"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @k, ptr @.str, ptr @.str, i32 1, ptr @.args }], section "llvm.metadata"
define void @k(ptr %p) {
  ret void
}
!nvvm.annotations = !{!0, !1}
!0 = !{ptr @k, !"kernel", i32 1}
!1 = !{ptr @k, !"maxntidx", i32 )" +
         threads + "}\n";
}

TEST_F(FinalizeDeviceTest, GivenAClusterSizeThenItIsKeptWithTheKernel) {
  const auto image = Finalize(KernelWith("3", "1024"));
  ASSERT_TRUE(image.ok()) << image.status();
  ASSERT_EQ(image->kernels.size(), 1u);
  EXPECT_THAT(image->kernels[0].cluster_dim, ::testing::ElementsAre(2, 3, 1));
}

TEST_F(FinalizeDeviceTest, GivenSizesThatNoCardHasThenTheyAreRefusedWithAHint) {
  const std::string cluster(Finalize(KernelWith("5", "64")).status().message());
  EXPECT_THAT(cluster, HasSubstr("clusters of 10 blocks"));
  EXPECT_THAT(cluster, HasSubstr("note: hint: "));
  EXPECT_THAT(std::string(Finalize(KernelWith("1", "1025")).status().message()),
              HasSubstr("launch bounds of 1025 threads"));
}

TEST_F(FinalizeDeviceTest, GivenABuiltinsLibraryFunctionsThenTheyHaveABody) {
  const auto image = Finalize(R"(
declare i32 @memcmp(ptr, ptr, i64)
declare i64 @strlen(ptr)
define void @k(ptr %p) {
  %c = call i32 @memcmp(ptr %p, ptr %p, i64 3)
  %l = call i64 @strlen(ptr %p)
  store i64 %l, ptr %p
  store i32 %c, ptr %p
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @k, !"kernel", i32 1}
)");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_FALSE(module_->getFunction("memcmp")->isDeclaration());
  EXPECT_FALSE(module_->getFunction("strlen")->isDeclaration());
}

constexpr char kVariadic[] = R"(
define void @f(ptr %p, ...) {
  store i32 7, ptr %p
  ret void
}
define void @k(ptr %p) {
  call void (ptr, ...) @f(ptr %p, i32 3)
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @k, !"kernel", i32 1}
)";

TEST_F(FinalizeDeviceTest, GivenAnEllipsisThatNobodyReadsThenItIsDropped) {
  const auto image = Finalize(kVariadic);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_THAT(Print(*module_), Not(HasSubstr("...")));
}

TEST_F(FinalizeDeviceTest, GivenAnEllipsisThatIsReadThenItIsRefused) {
  std::string text = kVariadic;
  text.replace(text.find("  store i32 7"), 0,
               "  %list = alloca ptr\n  call void @llvm.va_start.p0(ptr %list)\n");
  const auto image = Finalize(text + "declare void @llvm.va_start.p0(ptr)\n");
  EXPECT_THAT(std::string(image.status().message()), HasSubstr("variable number of arguments"));
}

}  // namespace
}  // namespace opensupa::cc
