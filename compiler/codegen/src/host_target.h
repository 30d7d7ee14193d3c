#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace llvm {
class TargetMachine;
}

namespace opensupa::cc {

/// A host CPU level for which device code is generated, as named in CodeObject::target:
/// "x86-64-v2", "x86-64-v3", "x86-64-v4" or "aarch64", then "/" and the execution engine.
struct HostTarget {
  std::string name;
  std::string triple;
  std::string cpu;
  bool vectorize = false;  // the fast engine: threads run as lanes of vectors
  bool is_x86() const { return triple.starts_with("x86"); }
  bool has_fma() const { return cpu != "x86-64-v2"; }
  /// Whether some CPUs of the level have AVX512_BF16 and AVX512_VNNI, for which code may be there.
  bool may_have_dot_products() const { return cpu == "x86-64-v4"; }
  static constexpr char kDotProductFeatures[] = "+avx512bf16,+avx512vnni";
  unsigned lanes() const { return cpu == "x86-64-v4" ? 16 : cpu == "x86-64-v3" ? 8 : 4; }
};

/// Splits a target name. kInvalidArgument for a level or an engine that this build does not know.
absl::StatusOr<HostTarget> ParseHostTarget(std::string_view name);

/// The LLVM target machine of `target`, made at the first call and kept for the life of the
/// process. Calls must not overlap, nor may uses of the machine returned.
absl::StatusOr<llvm::TargetMachine*> TargetMachineFor(const HostTarget& target, int opt_level);

}  // namespace opensupa::cc
