#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Reads LLVM bitcode or text. kInvalidArgument names `name` and what LLVM says.
absl::StatusOr<std::unique_ptr<llvm::Module>> ReadModule(std::span<const std::byte> bytes,
                                                         std::string_view name,
                                                         llvm::LLVMContext& context);

/// Reads what a front end wrote for a device, as ReadModule does. kInvalidArgument, with places and
/// hints, also for thread_local variables, which clang leaves in device functions and which
/// LLVM's reader would end the process for.
absl::StatusOr<std::unique_ptr<llvm::Module>> ReadDeviceModule(std::span<const std::byte> bytes,
                                                               std::string_view name,
                                                               llvm::LLVMContext& context);

std::vector<std::byte> WriteBitcode(const llvm::Module& module);

}  // namespace opensupa::cc
