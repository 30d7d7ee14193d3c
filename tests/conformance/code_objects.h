#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hal_fixture.h"
#include "opensupa/binary/code_object.h"

namespace opensupa::conformance {

/// The kernels of kernels.S as a code object for `target`, with a data segment: variable "first" (8
/// bytes, 40), "pointer" (the address of "second"), "second" (8 bytes, 2), "zeros" (16 bytes of
/// bss). Empty when this host's CPU has no kernels.
std::vector<std::byte> TestProgram(const std::string& target);

/// The same, before it is serialised.
binary::CodeObject TestCodeObject(const std::string& target);

/// A test with the program loaded; skipped when it cannot be made for the device.
class ProgramTest : public HalTest {
 protected:
  void SetUp() override;
  hal::ProgramId program() const { return program_; }
  /// The kernel's handle, 0 after a failure, which is then recorded.
  hal::KernelHandle Kernel(const std::string& name);

  /// One-dimensional launch. `args` must live until Submit.
  hal::DispatchCommand Launch(const std::string& name, uint32_t blocks, uint32_t threads,
                              std::span<const std::byte> args);

 private:
  hal::ProgramId program_ = 0;
};

template <typename T>
std::span<const std::byte> ArgsOf(const T& args) {
  return std::as_bytes(std::span(&args, 1));
}

}  // namespace opensupa::conformance
