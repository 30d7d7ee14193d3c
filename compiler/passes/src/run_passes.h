#pragma once

#include "absl/status/statusor.h"
#include "llvm/IR/PassManager.h"
#include "opensupa/passes/finalize_device.h"

namespace opensupa::cc {

/// Runs module passes with all of LLVM's analyses and no target machine.
void RunPasses(llvm::Module& module, llvm::ModulePassManager passes);

/// Makes everything internal that the host cannot name.
void HideInternals(llvm::Module& module);

/// Checks a final module, drops its debug information unless asked to keep it, and builds the fat
/// binary that holds and describes it.
absl::StatusOr<binary::FatBinary> Describe(llvm::Module& module, const FinalizeOptions& options);

}  // namespace opensupa::cc
