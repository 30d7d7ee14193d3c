#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "types.h"

namespace opensupa::fuzz {

/// A function of the kernel language whose value the model knows.
struct Intrinsic {
  const char* name;
  Scalar result;
  std::vector<Scalar> parameters;
  /// Arguments and result in canonical form (scalar_ops.h).
  uint64_t (*eval)(const uint64_t* args);
};

std::span<const Intrinsic> AllIntrinsics();

}  // namespace opensupa::fuzz
