#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/IR/Module.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::cc {

struct FinalizeOptions {
  int opt_level = 2;  // 0 keeps the code as the frontend wrote it, apart from what the rules ask
  bool relocatable = false;  // keep external functions and variables for a later LinkDevice
  bool debug = false;        // keep debug information
  std::string producer;      // compiler name and version
  std::string source;        // name of the translation unit, for messages
  std::vector<std::string> architectures;
};

/// Turns what clang's frontend wrote for the device half into portable device IR
/// (docs/device-ir.md) and describes it. `module` is left in its final form.
///
/// kInvalidArgument if the result breaks a rule, with one sentence for each; kInternal if LLVM's
/// own verifier refuses it.
absl::StatusOr<binary::FatBinary> FinalizeDevice(llvm::Module& module,
                                                 const FinalizeOptions& options);

}  // namespace opensupa::cc
