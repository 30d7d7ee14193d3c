#include "opensupa/passes/embed_host.h"

#include "gmock/gmock.h"
#include "ir_text.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Verifier.h"
#include "opensupa/binary/fat_binary.h"
#include "opensupa/passes/bitcode.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::Parse;
using testing::Print;

/// What clang 19 writes for both modes, apart from the constructor.
constexpr char kCommon[] = R"(
target triple = "x86_64-pc-linux-gnu"
@counter = internal global i32 undef
@name = private constant [2 x i8] c"k\00"
@blob = private constant [6 x i8] c"hello\0A", section ".nv_fatbin", align 8
@__cuda_fatbin_wrapper = internal constant { i32, i32, ptr, ptr } { i32 1180844977, i32 1, ptr @blob, ptr null }, section ".nvFatBinSegment", align 8
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @__cuda_module_ctor, ptr null }]
declare i32 @__cudaRegisterFunction(ptr, ptr, ptr, ptr, i32, ptr, ptr, ptr, ptr, ptr)
declare void @__cudaRegisterVar(ptr, ptr, ptr, ptr, i32, i64, i32, i32)
declare void @__cudaRegisterSurface(ptr, ptr, ptr, ptr, i32, i32)
declare i32 @__cudaPopCallConfiguration(ptr, ptr, ptr, ptr)
declare i32 @__cudaPushCallConfiguration(i64, i32, i64, i32, i64, ptr)
declare i32 @cudaLaunchKernel(ptr, i64, i32, i64, i32, ptr, i64, ptr)
define void @__device_stub__k() {
  %a = alloca i64
  %c = call i32 @__cudaPopCallConfiguration(ptr %a, ptr %a, ptr %a, ptr %a)
  %l = call i32 @cudaLaunchKernel(ptr @__device_stub__k, i64 0, i32 0, i64 0, i32 0, ptr %a, i64 0, ptr null)
  ret void
}
define i32 @main() {
  %p = call i32 @__cudaPushCallConfiguration(i64 1, i32 1, i64 1, i32 1, i64 0, ptr null)
  ret i32 0
}
define internal void @__cuda_register_globals(ptr %h) {
  %f = call i32 @__cudaRegisterFunction(ptr %h, ptr @__device_stub__k, ptr @name, ptr @name, i32 -1, ptr null, ptr null, ptr null, ptr null, ptr null)
  call void @__cudaRegisterVar(ptr %h, ptr @counter, ptr @name, ptr @name, i32 0, i64 4, i32 0, i32 0)
  ret void
}
)";

constexpr char kPlain[] = R"(
@__cuda_gpubin_handle = internal global ptr null, align 8
declare ptr @__cudaRegisterFatBinary(ptr)
declare void @__cudaRegisterFatBinaryEnd(ptr)
declare void @__cudaUnregisterFatBinary(ptr)
declare i32 @atexit(ptr)
define internal void @__cuda_module_ctor() {
  %h = call ptr @__cudaRegisterFatBinary(ptr @__cuda_fatbin_wrapper)
  store ptr %h, ptr @__cuda_gpubin_handle
  call void @__cuda_register_globals(ptr %h)
  call void @__cudaRegisterFatBinaryEnd(ptr %h)
  %x = call i32 @atexit(ptr @__cuda_module_dtor)
  ret void
}
define internal void @__cuda_module_dtor() {
  %h = load ptr, ptr @__cuda_gpubin_handle
  call void @__cudaUnregisterFatBinary(ptr %h)
  ret void
}
)";

constexpr char kLinked[] = R"(
@id = private constant [9 x i8] c"__nv_abc\00", section "__nv_module_id", align 32
@__fatbinwrap__nv_abc = alias { i32, i32, ptr, ptr }, ptr @__cuda_fatbin_wrapper
declare void @__cudaRegisterLinkedBinary__nv_abc(ptr, ptr, ptr, ptr)
define internal void @dummy(ptr %p) { ret void }
define internal void @__cuda_module_ctor() {
  call void @__cudaRegisterLinkedBinary__nv_abc(ptr @__cuda_register_globals, ptr @__cuda_fatbin_wrapper, ptr @id, ptr @dummy)
  ret void
}
)";

class EmbedHostTest : public ::testing::Test {
 protected:
  absl::Status Embed(const std::string& text, std::span<const std::byte> fat_binary = {}) {
    module_ = Parse(context_, text);
    const absl::Status status = EmbedHost(*module_, fat_binary);
    std::string problems;
    llvm::raw_string_ostream stream(problems);
    EXPECT_FALSE(llvm::verifyModule(*module_, &stream)) << problems;
    return status;
  }

  /// All definitions that registration adds must be invisible to the linker.
  void ExpectInternal() {
    for (const llvm::GlobalValue& value : module_->global_values()) {
      if (value.getName().starts_with("__supa") && !value.isDeclaration()) {
        EXPECT_TRUE(value.hasInternalLinkage()) << value.getName().str();
      }
    }
  }

  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
};

TEST_F(EmbedHostTest, GivenPlainRegistrationThenSectionsAndSymbolsAreSupas) {
  ASSERT_TRUE(Embed(std::string(kCommon) + kPlain).ok());
  const llvm::GlobalVariable* blob = module_->getNamedGlobal("__supa_fatbin");
  ASSERT_NE(blob, nullptr);
  EXPECT_EQ(blob->getSection(), ".supa_fatbin");
  EXPECT_EQ(blob->getAlign()->value(), 65536u);
  const llvm::GlobalVariable* wrapper = module_->getNamedGlobal("__supa_fatbin_wrapper");
  ASSERT_NE(wrapper, nullptr);
  EXPECT_EQ(wrapper->getSection(), ".supaFatBinSegment");
  const llvm::Constant* fields = wrapper->getInitializer();
  EXPECT_EQ(llvm::cast<llvm::ConstantInt>(fields->getAggregateElement(0u))->getZExtValue(),
            0x53555041u);
  EXPECT_EQ(llvm::cast<llvm::ConstantInt>(fields->getAggregateElement(1u))->getZExtValue(), 1u);
  EXPECT_EQ(fields->getAggregateElement(2u), blob);
  for (const char* name : {"__supa_gpubin_handle", "__supa_module_ctor", "__supa_module_dtor"}) {
    EXPECT_NE(module_->getNamedValue(name), nullptr) << name;
  }
  ExpectInternal();
}

TEST_F(EmbedHostTest, GivenPlainRegistrationThenNoCudaNameIsLeft) {
  ASSERT_TRUE(Embed(std::string(kCommon) + kPlain).ok());
  const std::string text = Print(*module_);
  EXPECT_THAT(text, Not(HasSubstr("cuda")));
  EXPECT_THAT(text, Not(HasSubstr("nv_fatbin")));
  for (const char* call :
       {"@__supaRegisterFatBinary(ptr @__supa_fatbin_wrapper)", "@__supaRegisterFunction(",
        "@__supaRegisterVar(", "@__supaRegisterFatBinaryEnd(", "@__supaUnregisterFatBinary(",
        "@__supaPushCallConfiguration(", "@__supaPopCallConfiguration(",
        "@supaLaunchKernel(ptr @__device_stub__k"}) {
    EXPECT_THAT(text, HasSubstr(std::string("call ")));
    EXPECT_THAT(text, HasSubstr(call));
  }
}

TEST_F(EmbedHostTest, GivenLinkedRegistrationThenTheObjectRegistersItself) {
  ASSERT_TRUE(Embed(std::string(kCommon) + kLinked).ok());
  const std::string text = Print(*module_);
  EXPECT_THAT(text, Not(HasSubstr("nv_")));
  EXPECT_THAT(text, Not(HasSubstr("__fatbinwrap")));
  EXPECT_THAT(text, Not(HasSubstr("@dummy")));
  const std::string constructor = Print(*module_->getFunction("__supa_module_ctor"));
  const size_t registered = constructor.find("@__supaRegisterFatBinary(");
  const size_t globals = constructor.find("@__supa_register_globals(");
  const size_t end = constructor.find("@__supaRegisterFatBinaryEnd(");
  const size_t at_exit = constructor.find("@atexit(ptr @__supa_module_dtor)");
  ASSERT_NE(at_exit, std::string::npos);
  EXPECT_LT(registered, globals);
  EXPECT_LT(globals, end);
  EXPECT_LT(end, at_exit);
  EXPECT_THAT(Print(*module_->getFunction("__supa_module_dtor")),
              HasSubstr("@__supaUnregisterFatBinary("));
  ExpectInternal();
}

TEST_F(EmbedHostTest, GivenNoDeviceCodeThenOnlyCallsAreRenamed) {
  ASSERT_TRUE(Embed("declare i32 @cudaLaunchKernel(ptr)\n"
                    "declare i32 @__cudaPushCallConfiguration(i64)\n"
                    "define i32 @f() {\n  %x = call i32 @cudaLaunchKernel(ptr null)\n"
                    "  ret i32 %x\n}\n")
                  .ok());
  EXPECT_NE(module_->getFunction("supaLaunchKernel"), nullptr);
  EXPECT_EQ(module_->getFunction("__cudaPushCallConfiguration"), nullptr);
}

TEST_F(EmbedHostTest, GivenTheProgramDeclaresSupaLaunchKernelThenBothCallsGoThere) {
  ASSERT_TRUE(Embed("declare i32 @cudaLaunchKernel(ptr)\n"
                    "declare i32 @supaLaunchKernel(ptr)\n"
                    "define i32 @f() {\n  %x = call i32 @cudaLaunchKernel(ptr null)\n"
                    "  %y = call i32 @supaLaunchKernel(ptr null)\n  ret i32 %x\n}\n")
                  .ok());
  EXPECT_EQ(module_->getFunction("supaLaunchKernel")->getNumUses(), 2u);
}

TEST_F(EmbedHostTest, GivenAnotherMagicThenItIsRefused) {
  std::string text = std::string(kCommon) + kPlain;
  text.replace(text.find("1180844977"), 10, "1180844978");
  const absl::Status status = Embed(text);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("magic"));
}

TEST_F(EmbedHostTest, GivenNoFatBinaryThenItIsRefused) {
  std::string text = std::string(kCommon) + kPlain;
  text.replace(text.find("i32 1, ptr @blob"), 16, "i32 1, ptr null ");
  EXPECT_THAT(std::string(Embed(text).message()), HasSubstr("-fcuda-include-gpubinary"));
}

/// The host half of `__managed__ int m = 7; __managed__ int* p = &m;` and a reader.
constexpr char kManaged[] = R"(
@m = internal global i32 undef
@p = internal global ptr undef
@m.name = private constant [2 x i8] c"m\00"
@p.name = private constant [2 x i8] c"p\00"
@.str = private constant [13 x i8] c"supa.managed\00", section "llvm.metadata"
@llvm.global.annotations = appending global [2 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @m, ptr @.str, ptr @.str, i32 1, ptr null }, { ptr, ptr, ptr, i32, ptr } { ptr @p, ptr @.str, ptr @.str, i32 1, ptr null }], section "llvm.metadata"
define internal void @register_managed(ptr %h) {
  call void @__cudaRegisterVar(ptr %h, ptr @m, ptr @m.name, ptr @m.name, i32 0, i64 4, i32 0, i32 0)
  call void @__cudaRegisterVar(ptr %h, ptr @p, ptr @p.name, ptr @p.name, i32 0, i64 8, i32 0, i32 0)
  ret void
}
define i32 @f() {
  %x = load i32, ptr @m
  ret i32 %x
}
)";

class ManagedHostTest : public EmbedHostTest {
 protected:
  absl::Status EmbedWith(const std::string& device_variables) {
    binary::FatBinary fat_binary;
    fat_binary.bitcode = WriteBitcode(*testing::ParseDevice(context_, device_variables));
    return Embed(std::string(kCommon) + kPlain + kManaged, binary::Serialize(fat_binary));
  }
};

TEST_F(ManagedHostTest, GivenInitialValuesThenTheHostsVariablesHaveThem) {
  const absl::Status status = EmbedWith(
      "@m = addrspace(1) externally_initialized global i32 7\n"
      "@p = addrspace(1) externally_initialized global ptr addrspacecast (ptr addrspace(1) @m to "
      "ptr)\n");
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Print(*module_->getNamedGlobal("m")), "@m = internal global i32 7");
  EXPECT_EQ(Print(*module_->getNamedGlobal("p")), "@p = internal global ptr @m");
  const std::string text = Print(*module_);
  EXPECT_THAT(text, HasSubstr("@__supaRegisterManagedVar(ptr %h, ptr @m.storage, ptr @m.name"));
  EXPECT_THAT(text, HasSubstr("@m.storage = private constant ptr @m"));
  EXPECT_THAT(text, HasSubstr("load i32, ptr @m"));
}

TEST_F(ManagedHostTest, GivenADeviceAddressAsInitialValueThenItIsRefused) {
  const absl::Status status = EmbedWith(
      "@d = addrspace(1) externally_initialized global i32 7\n"
      "@p = addrspace(1) externally_initialized global ptr addrspacecast (ptr addrspace(1) @d to "
      "ptr)\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("`p`"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("`d`"));
}

TEST_F(ManagedHostTest, GivenNoDeviceHalfThenTheVariablesStartAsZero) {
  std::string text = kManaged;
  text = text.substr(0, text.find("define internal")) + text.substr(text.find("define i32"));
  ASSERT_TRUE(Embed(text).ok());
  EXPECT_EQ(Print(*module_->getNamedGlobal("m")), "@m = internal global i32 0");
}

}  // namespace
}  // namespace opensupa::cc
