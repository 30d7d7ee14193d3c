#include "opensupa/passes/link_device.h"

#include "gmock/gmock.h"
#include "ir_text.h"
#include "opensupa/passes/bitcode.h"
#include "opensupa/passes/finalize_device.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;
using testing::ParseDevice;
using testing::Print;

constexpr char kUser[] = R"(
declare i32 @_Z5otheri(i32)
@total = external addrspace(1) global i32
@secret = internal addrspace(1) global i32 1
define void @_Z6kernelPi(ptr %o) {
  %a = call i32 @_Z5otheri(i32 3)
  %b = load i32, ptr addrspace(1) @total
  %c = load i32, ptr addrspace(1) @secret
  %d = add i32 %a, %b
  %e = add i32 %d, %c
  store i32 %e, ptr %o
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @_Z6kernelPi, !"kernel", i32 1}
)";

constexpr char kProvider[] = R"(
@total = addrspace(1) externally_initialized global i32 7
@secret = internal addrspace(1) global i32 2
@room = internal addrspace(3) global [64 x i32] undef
declare i32 @__su_barrier(i32, i32, i32)
define i32 @_Z5otheri(i32 %x) {
  store i32 %x, ptr addrspace(3) @room
  %b = call i32 @__su_barrier(i32 0, i32 0, i32 0)
  %s = load i32, ptr addrspace(1) @secret
  store volatile i32 %s, ptr addrspace(1) @secret
  ret i32 %s
}
)";

binary::FatBinary Image(const std::string& text, const std::string& source,
                        bool relocatable = true) {
  llvm::LLVMContext context;
  const auto module = ParseDevice(context, text);
  FinalizeOptions options;
  options.source = source;
  options.relocatable = relocatable;
  options.architectures = {"br106"};
  auto image = FinalizeDevice(*module, options);
  EXPECT_TRUE(image.ok()) << image.status();
  return image.ok() ? *image : binary::FatBinary{};
}

absl::StatusOr<binary::FatBinary> Link(const std::vector<binary::FatBinary>& images) {
  return LinkDevice(images, {.producer = "test"});
}

TEST(LinkDevice, GivenImagesThatCompleteEachOtherThenOneClosedImageResults) {
  const auto linked = Link({Image(kUser, "user.su"), Image(kProvider, "provider.su")});
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_FALSE(linked->relocatable);
  EXPECT_EQ(linked->source, "user.su, provider.su");
  EXPECT_EQ(linked->producer, "test");
  EXPECT_EQ(linked->architectures, std::vector<std::string>{"br106"});
  ASSERT_EQ(linked->kernels.size(), 1u);
  EXPECT_EQ(linked->kernels[0].static_shared_bytes, 256u);
  ASSERT_EQ(linked->variables.size(), 1u);
  EXPECT_EQ(linked->variables[0].name, "total");
  EXPECT_FALSE(linked->variables[0].external);
}

TEST(LinkDevice, GivenLocalVariablesOfOneNameThenBothStay) {
  const auto linked = Link({Image(kUser, "user.su"), Image(kProvider, "provider.su")});
  ASSERT_TRUE(linked.ok()) << linked.status();
  llvm::LLVMContext context;
  const auto module = ReadModule(linked->bitcode, "linked", context);
  ASSERT_TRUE(module.ok());
  size_t secrets = 0;
  for (const llvm::GlobalVariable& variable : (*module)->globals()) {
    secrets += variable.getName().starts_with("secret") ? 1 : 0;
  }
  EXPECT_EQ(secrets, 2u);
}

TEST(LinkDevice, GivenAnUndefinedFunctionThenItAndItsUserAreNamed) {
  const auto linked = Link({Image(kUser, "user.su")});
  EXPECT_EQ(linked.status().code(), absl::StatusCode::kNotFound);
  const std::string text(linked.status().message());
  EXPECT_THAT(text, HasSubstr("`other(int)`"));
  EXPECT_THAT(text, HasSubstr("`total`"));
  EXPECT_THAT(text, HasSubstr("used in user.su"));
}

TEST(LinkDevice, GivenTwoDefinitionsThenBothUnitsAreNamed) {
  const auto linked = Link({Image(kUser, "user.su"), Image(kProvider, "provider.su"),
                            Image("define i32 @_Z5otheri(i32 %x) { ret i32 %x }", "second.su")});
  EXPECT_EQ(linked.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(linked.status().message()),
              HasSubstr("`other(int)` is defined in 2 translation units: provider.su, second.su."));
}

TEST(LinkDevice, GivenInlineFunctionsInSeveralUnitsThenOneIsKept) {
  const std::string helper = "define linkonce_odr i32 @h() { ret i32 4 }\n";
  const std::string kernel = R"(
define void @NAME(ptr %o) {
  %x = call i32 @h()
  store i32 %x, ptr %o
  ret void
}
!nvvm.annotations = !{!0}
!0 = !{ptr @NAME, !"kernel", i32 1}
)";
  const auto named = [&](const std::string& name) {
    std::string text = helper + kernel;
    for (size_t at; (at = text.find("NAME")) != std::string::npos;) text.replace(at, 4, name);
    return text;
  };
  const auto linked = Link({Image(named("a"), "a.su"), Image(named("b"), "b.su")});
  ASSERT_TRUE(linked.ok()) << linked.status();
  EXPECT_EQ(linked->kernels.size(), 2u);
}

TEST(LinkDevice, GivenAnImageThatIsNotRelocatableThenItIsRefused) {
  const auto linked = Link({Image("", "closed.su", false)});
  EXPECT_EQ(linked.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(linked.status().message()), HasSubstr("closed.su"));
}

TEST(LinkDevice, GivenDamagedBitcodeThenTheUnitIsNamed) {
  binary::FatBinary image = Image(kProvider, "provider.su");
  image.bitcode.resize(image.bitcode.size() / 2);
  const auto linked = Link({image});
  EXPECT_EQ(linked.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(linked.status().message()), HasSubstr("provider.su"));
}

TEST(LinkDevice, GivenNothingThenItIsRefused) {
  EXPECT_EQ(Link({}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace opensupa::cc
