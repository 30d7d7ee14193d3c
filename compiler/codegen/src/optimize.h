#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassManager.h"

namespace llvm {
class TargetMachine;
}

namespace opensupa::cc {

/// Runs LLVM's standard pipeline of `opt_level` (0 to 3) for `machine`. No library function is
/// assumed to exist, so none is called that the module did not call before. Where threads are
/// lanes of vectors, what is scalar stays so.
void OptimizeModule(llvm::Module& module, llvm::TargetMachine& machine, int opt_level,
                    bool in_lanes);

/// Runs the part of the pipeline that simplifies and inlines, before threads become lanes.
void SimplifyModule(llvm::Module& module, llvm::TargetMachine& machine, int opt_level);

/// Runs `passes` on every function that the module defines.
void RunOnFunctions(llvm::Module& module, llvm::TargetMachine& machine,
                    llvm::FunctionPassManager passes);

/// Generates an ELF object for `module`.
absl::StatusOr<llvm::SmallVector<char, 0>> EmitObject(llvm::Module& module,
                                                      llvm::TargetMachine& machine);

}  // namespace opensupa::cc
