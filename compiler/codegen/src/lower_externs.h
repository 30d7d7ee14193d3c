#pragma once

#include <set>

#include "absl/status/status.h"
#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Turns the calls of device externs in a retargeted module into loads from the thread and block
/// contexts and calls through the block's hooks. Functions in `indexed` have their thread index as
/// hidden parameters (see RetargetModule).
///
/// kInvalidArgument if a call does not have the extern's shape.
///
/// Externs for which `later` is true are left for another call of this function.
absl::Status LowerExterns(
    llvm::Module& module, const std::set<const llvm::Function*>& indexed,
    bool (*later)(llvm::StringRef name) = [](llvm::StringRef) { return false; });

/// Marks the calls of hooks that it makes.
inline constexpr llvm::StringLiteral kHookMetadata = "supa.hook";
/// Marks the loads that it makes of the block's index in x.
inline constexpr llvm::StringLiteral kBlockIndexMetadata = "supa.block_index";
/// Marks the loads that it makes of what else differs between neighbouring blocks along x: their
/// shared memory and their places in clusters.
inline constexpr llvm::StringLiteral kBlockOnlyMetadata = "supa.block_only";
/// Marks loads of the address at which a block's shared memory begins.
inline constexpr llvm::StringLiteral kSharedBaseMetadata = "supa.shared_base";

}  // namespace opensupa::cc
