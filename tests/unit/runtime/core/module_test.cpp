#include "opensupa/core/module.h"

#include "image_fixture.h"

namespace opensupa::rt {
namespace {

using testing::HasCode;
using testing::SampleImage;

class ModuleTest : public testing::ImageTest {
 protected:
  StatusOr<std::shared_ptr<Module>> Load(const std::string& bitcode) {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<Image> image,
                          Image::Parse(binary::Serialize(SampleImage("k", bitcode)), "x", store()));
    return context().modules().Load(image, nullptr);
  }
  /// Registers an image as a compiled object would, with a stub and a shadow.
  void** Register(const std::string& kernel, bool relocatable = false) {
    binary::FatBinary fat_binary = SampleImage(kernel, "of " + kernel);
    fat_binary.relocatable = relocatable;
    blobs_.push_back(std::make_unique<std::vector<std::byte>>(binary::Serialize(fat_binary)));
    wrappers_.push_back(std::make_unique<binary::FatBinaryWrapper>(binary::FatBinaryWrapper{
        binary::kWrapperMagic, binary::kWrapperVersion, blobs_.back()->data(), nullptr}));
    void** handle = runtime().programs().Register(wrappers_.back().get());
    return handle;
  }
  std::vector<std::unique_ptr<std::vector<std::byte>>> blobs_;
  std::vector<std::unique_ptr<binary::FatBinaryWrapper>> wrappers_;
  const int stub_ = 0, shadow_ = 0, second_stub_ = 0;
};

TEST_F(ModuleTest, GivenModuleThenItsKernelsAndVariablesAreFound) {
  auto module = *Load("bitcode");
  auto function = *module->FindFunction("k");
  EXPECT_EQ(function->info().name, "k");
  EXPECT_EQ(module->KernelName(function->handle()), "k");
  EXPECT_EQ(*module->FindFunction("k"), function);
  EXPECT_THAT(module->FindFunction("none").status(), HasCode(supaErrorSymbolNotFound));
  const Variable variable = *module->FindVariable("variable");
  EXPECT_EQ(variable.size_bytes, 64u);
  EXPECT_EQ(runtime().addresses().Find(variable.address + 63)->kind, MemoryKind::kVariable);
  EXPECT_THAT(module->FindVariable("none").status(), HasCode(supaErrorSymbolNotFound));
}

TEST_F(ModuleTest, GivenUnloadThenDeviceAndAddressesForgetTheModule) {
  auto module = *Load("bitcode");
  const uint64_t address = module->FindVariable("variable")->address;
  EXPECT_EQ(device().programs.size(), 1u);
  EXPECT_TRUE(context().modules().Unload(module).ok());
  module = nullptr;
  EXPECT_TRUE(device().programs.empty());
  EXPECT_EQ(runtime().addresses().Find(address), nullptr);
}

TEST_F(ModuleTest, GivenStoredCodeTheDeviceRefusesThenItIsCompiledAgain) {
  ASSERT_TRUE(Load("stored").ok());
  const int calls = CompileCalls();
  device().refuse_programs = {absl::FailedPreconditionError("It is too old.")};
  EXPECT_TRUE(Load("stored").ok());
  EXPECT_EQ(CompileCalls(), calls + 1);
}

TEST_F(ModuleTest, GivenDeviceThatRefusesAllThenTheErrorIsReturned) {
  device().refuse_programs = {absl::FailedPreconditionError("too old"),
                              absl::FailedPreconditionError("still too old")};
  EXPECT_THAT(std::string(Load("refused").status().message()),
              ::testing::HasSubstr("still too old"));
}

TEST_F(ModuleTest, GivenRegisteredStubThenTheKernelLoadsAtFirstUseOncePerContext) {
  void** handle = Register("r");
  runtime().programs().RegisterFunction(handle, &stub_, "r");
  runtime().programs().RegisterVariable(handle, &shadow_, "variable");
  EXPECT_TRUE(device().programs.empty());
  auto function = *context().modules().FunctionOfStub(&stub_);
  EXPECT_EQ(*context().modules().FunctionOfStub(&stub_), function);
  EXPECT_TRUE(context().modules().VariableOfShadow(&shadow_).ok());
  EXPECT_EQ(device().programs.size(), 1u);
  auto theirs = *other().modules().FunctionOfStub(&stub_);
  EXPECT_NE(theirs, function);
  EXPECT_EQ(context().modules().KernelName(function->handle()), "r");
  EXPECT_THAT(context().modules().FunctionOfStub(&second_stub_).status(),
              HasCode(supaErrorInvalidDeviceFunction));
  EXPECT_THAT(context().modules().VariableOfShadow(&stub_).status(),
              HasCode(supaErrorInvalidSymbol));
}

TEST_F(ModuleTest, GivenUnregisteredFatBinaryThenItsStubsAreGoneAndItsCodeUnloaded) {
  void** handle = Register("r");
  runtime().programs().RegisterFunction(handle, &stub_, "r");
  ASSERT_TRUE(context().modules().FunctionOfStub(&stub_).ok());
  std::shared_ptr<Image> image = runtime().programs().Unregister(handle);
  ASSERT_NE(image, nullptr);
  context().modules().UnloadImage(image);
  EXPECT_TRUE(device().programs.empty());
  EXPECT_THAT(context().modules().FunctionOfStub(&stub_).status(),
              HasCode(supaErrorInvalidDeviceFunction));
  EXPECT_EQ(runtime().programs().Unregister(handle), nullptr);
}

TEST_F(ModuleTest, GivenStubOfAKernelTheImageLacksThenInvalidDeviceFunction) {
  void** handle = Register("r");
  runtime().programs().RegisterFunction(handle, &stub_, "another");
  EXPECT_THAT(context().modules().FunctionOfStub(&stub_).status(),
              HasCode(supaErrorInvalidDeviceFunction));
}

TEST_F(ModuleTest, GivenBadWrapperThenInvalidImageAtFirstUse) {
  binary::FatBinaryWrapper wrapper{binary::kWrapperMagic + 1, 1, this, nullptr};
  void** handle = runtime().programs().Register(&wrapper);
  runtime().programs().RegisterFunction(handle, &stub_, "k");
  EXPECT_THAT(context().modules().FunctionOfStub(&stub_).status(),
              HasCode(supaErrorInvalidKernelImage));
}

TEST_F(ModuleTest, GivenRelocatableImagesOfOneObjectThenTheyShareOneProgram) {
  // All wrappers of this test lie on the heap, which dladdr knows of no object: one group.
  void** first = Register("a", true);
  void** second = Register("b", true);
  runtime().programs().RegisterFunction(first, &stub_, "a");
  runtime().programs().RegisterFunction(second, &second_stub_, "b");
  auto a = *context().modules().FunctionOfStub(&stub_);
  auto b = *context().modules().FunctionOfStub(&second_stub_);
  EXPECT_EQ(&a->module(), &b->module());
  EXPECT_EQ(device().programs.size(), 1u);
}

TEST_F(ModuleTest, GivenEveryFailureInTurnThenLoadLeavesNothing) {
  for (uint64_t n = 1;; ++n) {
    fault::Arm(n);
    StatusOr<std::shared_ptr<Module>> module = Load("injected");
    const bool fired = fault::Fired();
    fault::Disarm();
    // A file of the cache that cannot be read or written costs nothing but time.
    if (module.ok()) {
      EXPECT_TRUE(context().modules().Unload(*module).ok());
    }
    module = absl::UnknownError("");
    EXPECT_TRUE(device().programs.empty()) << n;
    if (!fired) break;
  }
}

}  // namespace
}  // namespace opensupa::rt
