#pragma once

#include "llvm/IR/Function.h"
#include "reachability.h"

namespace opensupa::cc {

/// The dimensions of a block in which a kernel can tell its threads apart.
struct DistinctDimensions {
  bool x = true, y = true, z = true;
};

/// Finds the dimensions whose thread index `kernel` never looks at. Threads that differ only in
/// those do the same with the same values. Such twins race on whatever they write; on hardware they
/// run side by side, so that `*p += v` by all of them adds once. Running one of them gives that
/// outcome, where one after another would add many times. A kernel whose repetition can be seen
/// (atomics, volatile accesses, services of the engine, lane numbers) keeps all dimensions.
DistinctDimensions FindDistinctDimensions(const Reachability& reachability,
                                          const llvm::Function& kernel);

}  // namespace opensupa::cc
