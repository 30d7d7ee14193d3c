#include "code_objects.h"

#include <cstring>

#include "opensupa/binary/device_abi.h"

#if defined(__x86_64__)
extern "C" {
#define KERNELS(X) \
  X(store)         \
  X(load)          \
  X(poke)          \
  X(jump) X(illegal) X(trap) X(assert) X(print) X(barrier) X(loop) X(variable) X(spin) X(divide)
#define DECLARE(name) extern const std::byte conformance_kernel_##name[];
KERNELS(DECLARE)
extern const std::byte conformance_text[];
extern const std::byte conformance_text_end[];
}
#endif

namespace opensupa::conformance {

binary::CodeObject TestCodeObject(const std::string& target) {
  binary::CodeObject object;
  object.target = target;
  object.device_abi = binary::abi::kDeviceAbiVersion;
#if defined(__x86_64__)
  object.text.assign(conformance_text, conformance_text_end);
#define KERNEL(name)                                                                             \
  object.kernels.push_back({"conformance_" #name,                                                \
                            static_cast<uint64_t>(conformance_kernel_##name - conformance_text), \
                            sizeof(binary::abi::KernelDescriptor)});
  KERNELS(KERNEL)
#endif
  object.data_offset_bytes = 4096;
  const uint64_t words[] = {40, 0, 2};
  object.data.resize(sizeof(words));
  std::memcpy(object.data.data(), words, sizeof(words));
  object.bss_bytes = 16;
  object.relocations.push_back({4096 + 8, 4096 + 16});
  object.variables = {
      {"first", 4096, 8}, {"pointer", 4104, 8}, {"second", 4112, 8}, {"zeros", 4120, 16}};
  return object;
}

std::vector<std::byte> TestProgram(const std::string& target) {
  return binary::Serialize(TestCodeObject(target));
}

void ProgramTest::SetUp() {
  HalTest::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  const std::string target = device().properties().code_target;
  const binary::CodeObject object = TestCodeObject(target);
  if (object.kernels.empty() || target.rfind("x86-64", 0) != 0) {
    GTEST_SKIP() << "the suite has no kernels for target '" << target << "'";
  }
  auto program = device().LoadProgram(binary::Serialize(object));
  SUPA_ASSERT_OK(program);
  program_ = *program;
}

hal::KernelHandle ProgramTest::Kernel(const std::string& name) {
  auto kernel = device().FindKernel(program_, "conformance_" + name);
  EXPECT_TRUE(kernel.ok()) << kernel.status();
  return kernel.ok() ? *kernel : 0;
}

hal::DispatchCommand ProgramTest::Launch(const std::string& name, uint32_t blocks, uint32_t threads,
                                         std::span<const std::byte> args) {
  hal::DispatchCommand command;
  command.kernel = Kernel(name);
  command.grid = {blocks, 1, 1};
  command.block = {threads, 1, 1};
  command.args = args;
  command.cookie = 42;
  return command;
}

}  // namespace opensupa::conformance
