#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "device_module.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// One kernel for blocks of one size.
struct Specialization {
  std::string kernel;
  std::array<uint32_t, 3> block;  // threads in x, y and z

  uint32_t threads() const { return block[0] * block[1] * block[2]; }
};

/// Leaves nothing of a device module but one of its `kernels`. kNotFound if there is no such
/// kernel. kFailedPrecondition if the kernel uses variables of its module, which have their place
/// in the code of all kernels.
absl::Status KeepOneKernel(llvm::Module& module, const std::string& name,
                           std::vector<KernelSource>& kernels);

/// Makes the block's size a constant, and bounds thread indices by it.
void SetBlockSize(llvm::Module& module, const Specialization& wanted);

}  // namespace opensupa::cc
