// Bad input and failures inside LLVM: a status and a sentence, and the process goes on unchanged.

#include <signal.h>

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "image_runner.h"
#include "opensupa/compiler/supacc.h"

namespace opensupa::cc::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kEmptyKernel[] = "define void @k() {\n  ret void\n}\n";

CompileResult CompileModule(const std::string& body, const std::vector<std::string>& kernels) {
  const auto bitcode = Assemble(DeviceHeader() + body + KernelAnnotations(kernels));
  return CompileBitcode(bitcode, HostTargetName());
}

TEST(CompileErrors, GarbageIsInvalid) {
  const std::string garbage = "this is no bitcode at all";
  const auto bytes = std::as_bytes(std::span(garbage));
  const CompileResult result = CompileBitcode(bytes, HostTargetName());
  EXPECT_EQ(result.status, SUPACC_ERROR_INVALID);
  EXPECT_THAT(result.log, HasSubstr("no valid LLVM bitcode"));
}

TEST(CompileErrors, TruncatedBitcodeIsInvalidAtEveryLength) {
  const auto whole = Assemble(DeviceHeader() + kEmptyKernel + KernelAnnotations({"k"}));
  for (size_t size = 0; size < whole.size(); size += 97) {
    const CompileResult result = CompileBitcode(std::span(whole).first(size), HostTargetName());
    EXPECT_NE(result.status, SUPACC_OK) << size;
    EXPECT_FALSE(result.log.empty()) << size;
  }
}

TEST(CompileErrors, MissingAndForeignStampAreInvalid) {
  const CompileResult missing = CompileBitcode(Assemble(kEmptyKernel), HostTargetName());
  EXPECT_EQ(missing.status, SUPACC_ERROR_INVALID);
  EXPECT_THAT(missing.log, HasSubstr("version stamp"));
  const auto future = Assemble(std::string(kEmptyKernel) +
                               "!llvm.module.flags = !{!0}\n"
                               "!0 = !{i32 1, !\"supa.device_ir\", i32 99}\n");
  const CompileResult foreign = CompileBitcode(future, HostTargetName());
  EXPECT_EQ(foreign.status, SUPACC_ERROR_INVALID);
  EXPECT_THAT(foreign.log, HasSubstr("version 99"));
}

TEST(CompileErrors, UnknownTargetsAreInvalid) {
  const auto bitcode = Assemble(DeviceHeader() + kEmptyKernel + KernelAnnotations({"k"}));
  for (const char* target : {"", "x86-64-v9/reference", "x86-64-v3", "x86-64-v3/warp", "sparc/x"}) {
    const CompileResult result = CompileBitcode(bitcode, target);
    EXPECT_EQ(result.status, SUPACC_ERROR_INVALID) << target;
    EXPECT_THAT(result.log, HasSubstr("code target")) << target;
  }
}

TEST(CompileErrors, BadOptionsAreInvalid) {
  const auto bitcode = Assemble(DeviceHeader() + kEmptyKernel + KernelAnnotations({"k"}));
  for (const char* options : {"{", "[]", "7", R"({"opt_level":4})", R"({"opt_level":"two"})",
                              R"({"speed":1})", R"({"debug":3})"}) {
    const CompileResult result = CompileBitcode(bitcode, HostTargetName(), options);
    EXPECT_EQ(result.status, SUPACC_ERROR_INVALID) << options;
    EXPECT_THAT(result.log, HasSubstr("option")) << options;
  }
}

TEST(CompileErrors, UndefinedSymbolsAreNamed) {
  const CompileResult result = CompileModule(R"(
@elsewhere = external addrspace(1) global i32
declare void @missing()
define void @k() {
  call void @missing()
  store i32 1, ptr addrspace(1) @elsewhere
  ret void
}
)",
                                             {"k"});
  EXPECT_EQ(result.status, SUPACC_ERROR_LINK);
  EXPECT_THAT(result.log, HasSubstr("missing"));
  EXPECT_THAT(result.log, HasSubstr("elsewhere"));
}

TEST(CompileErrors, DeviceTargetIntrinsicsAreNamed) {
  const CompileResult result = CompileModule(R"(
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
define void @k(ptr %p) {
  %x = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  store i32 %x, ptr %p
  ret void
}
)",
                                             {"k"});
  EXPECT_EQ(result.status, SUPACC_ERROR_INVALID);
  EXPECT_THAT(result.log, HasSubstr("llvm.nvvm.read.ptx.sreg.tid.x"));
}

TEST(CompileErrors, InlineAssemblyIsQuoted) {
  const CompileResult result = CompileModule(R"(
define void @k() {
  call void asm sideeffect "bar.sync 0;", ""()
  ret void
}
)",
                                             {"k"});
  EXPECT_EQ(result.status, SUPACC_ERROR_INVALID);
  EXPECT_THAT(result.log, HasSubstr("bar.sync 0;"));
}

TEST(CompileErrors, SharedAddressInInitialiserIsNamed) {
  const CompileResult result = CompileModule(R"(
@s = internal addrspace(3) global i32 undef
@p = addrspace(1) externally_initialized global ptr addrspacecast (ptr addrspace(3) @s to ptr)
define void @k() {
  store i32 1, ptr addrspace(3) @s
  ret void
}
)",
                                             {"k"});
  EXPECT_EQ(result.status, SUPACC_ERROR_INVALID);
  EXPECT_THAT(result.log, HasSubstr("shared variable s"));
}

TEST(CompileErrors, TooMuchSharedAlignmentIsRefused) {
  const CompileResult result = CompileModule(R"(
@s = internal addrspace(3) global i32 undef, align 512
define void @k() {
  store volatile i32 1, ptr addrspace(3) @s
  ret void
}
)",
                                             {"k"});
  EXPECT_EQ(result.status, SUPACC_ERROR_INVALID);
  EXPECT_THAT(result.log, HasSubstr("aligned to 512 bytes"));
}

TEST(CompileErrors, NullArgumentsAreRefused) {
  supacc_output output = {};
  EXPECT_EQ(supacc_compile(nullptr, "x86-64-v3/reference", nullptr, &output), SUPACC_ERROR_INVALID);
  EXPECT_NE(output.log, nullptr);
  supacc_release(&output);
  const supacc_buffer empty = {nullptr, 0, nullptr};
  EXPECT_EQ(supacc_compile(&empty, nullptr, nullptr, &output), SUPACC_ERROR_INVALID);
  supacc_release(&output);
  supacc_release(&output);
  supacc_release(nullptr);
  EXPECT_EQ(supacc_compile(&empty, "x86-64-v3/reference", nullptr, nullptr), SUPACC_ERROR_INVALID);
}

// A shape that LLVM's code generator has no libcall for: it reports a fatal error.
TEST(CompileErrors, FatalErrorsOfLlvmAreContained) {
  const CompileResult result = CompileModule(R"(
declare fp128 @llvm.sin.f128(fp128)
define void @k(ptr %p) {
  %v = load fp128, ptr %p
  %s = frem fp128 %v, %v
  store fp128 %s, ptr %p
  ret void
}
)",
                                             {"k"});
  EXPECT_NE(result.status, SUPACC_OK);
  EXPECT_FALSE(result.log.empty());
}

TEST(CompileErrors, SignalHandlersAreBackAfterEveryCall) {
  struct sigaction ours = {};
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ours.sa_sigaction = [](int, siginfo_t*, void*) {};
  struct sigaction original = {};
  sigaction(SIGSEGV, &ours, &original);
  EXPECT_EQ(CompileModule(kEmptyKernel, {"k"}).status, SUPACC_OK);
  struct sigaction after = {};
  sigaction(SIGSEGV, &original, &after);
  EXPECT_EQ(after.sa_sigaction, ours.sa_sigaction);
  EXPECT_EQ(after.sa_flags & (SA_SIGINFO | SA_ONSTACK), SA_SIGINFO | SA_ONSTACK);
}

TEST(CompileErrors, ManyThreadsMayCompileAtOnce) {
  const auto bitcode = Assemble(DeviceHeader() + kEmptyKernel + KernelAnnotations({"k"}));
  std::vector<std::thread> threads;
  std::vector<int> status(4, -1);
  for (int& slot : status) {
    threads.emplace_back([&] { slot = CompileBitcode(bitcode, HostTargetName()).status; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(status, ::testing::Each(SUPACC_OK));
}

TEST(CompileLibrary, NamesItself) {
  EXPECT_EQ(supacc_abi_version(), uint32_t{SUPACC_ABI_VERSION});
  EXPECT_THAT(supacc_build_id(), HasSubstr("llvm-19"));
}

}  // namespace
}  // namespace opensupa::cc::testing
