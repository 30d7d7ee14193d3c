#pragma once

#include "llvm/IR/Function.h"

namespace opensupa::cc {

/// Marks local variables that are laid out element by element, all lanes of an element side by
/// side, and holds the size of an element in bytes.
inline constexpr llvm::StringLiteral kInterleavedMetadata = "supa.interleaved";

/// Lays out local arrays of a scalar kernel so that lanes which use the same index touch
/// neighbours: offsets into them are multiplied by `lanes`, and neighbouring lanes are one element
/// apart. Done for variables that are only loaded from and stored to, in pieces of one size.
void InterleaveLocals(llvm::Function& function, unsigned lanes);

/// Size of an element of an interleaved variable, 0 for others.
uint64_t InterleavedElementBytes(const llvm::Instruction& local);

}  // namespace opensupa::cc
