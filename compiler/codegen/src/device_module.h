#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// A kernel of a device module: its function and what its annotations say.
struct KernelSource {
  llvm::Function* function = nullptr;
  uint32_t max_threads_per_block = 0;  // from __launch_bounds__, 0 = none
};

/// Parses portable device IR and checks its version stamp. kInvalidArgument for bytes that are no
/// bitcode, kFailedPrecondition for another version.
absl::StatusOr<std::unique_ptr<llvm::Module>> LoadDeviceModule(std::span<const std::byte> bitcode,
                                                               const std::string& name,
                                                               llvm::LLVMContext& context);

/// The optimisation level, 0 to 3, that `module` was compiled for, or the default.
int RecordedOptLevel(const llvm::Module& module);

/// The kernels that the annotations of `module` name, in module order.
std::vector<KernelSource> FindKernels(llvm::Module& module);

/// Whether instructions keep the source lines that they stand for.
enum class Lines { kDrop, kKeep };

/// Makes the module fit for code generation: drops debug info, all of it or all but `lines`, the
/// device target's attributes and calling conventions, aliases and comdats; resolves math
/// intrinsics and links the device math library; keeps only what kernels and external variables
/// reach.
///
/// kNotFound names functions and variables that are declared but not defined. kInvalidArgument for
/// what no backend can compile (inline assembly, dynamic initialisers, device target intrinsics).
absl::Status PrepareDeviceModule(llvm::Module& module, const std::vector<KernelSource>& kernels,
                                 Lines lines);

}  // namespace opensupa::cc
