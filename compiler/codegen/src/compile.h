#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "specialize.h"

namespace opensupa::cc {

struct KernelFacts;

struct CompileOptions {
  std::optional<int> opt_level;  // 0 to 3; none means the level that the module records
  bool warp_lockstep = false;    // at all stores to shared memory, see KeepWarpsInStep
  std::optional<Specialization> specialization;  // none: all kernels, for blocks of any size
  std::string dump_folder;  // where the code generator's input is written as text; empty: not
  std::vector<KernelFacts>* facts = nullptr;  // is told what becomes of each kernel; makes no code
};

/// Compiles portable device IR to a serialised CodeObject for `target` ("x86-64-v3/reference").
/// Diagnostics are appended to `log`. Must run inside RunContained: LLVM may crash.
absl::StatusOr<std::vector<std::byte>> CompileDeviceModule(std::span<const std::byte> bitcode,
                                                           const std::string& name,
                                                           const std::string& target,
                                                           const CompileOptions& options,
                                                           std::string& log);

}  // namespace opensupa::cc
