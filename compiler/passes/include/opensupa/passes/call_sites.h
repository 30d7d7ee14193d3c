#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Metadata of a call of an extern in which other threads take part: one string, "file:line" of the
/// place in the program's source.
inline constexpr char kCallSiteMetadata[] = "supa.site";

/// Makes functions of the kernel language's own headers, in which other threads take part, part of
/// what calls them, so that their places in the program are known. Needs the debug information.
void InlineOwnWaits(llvm::Module& module);

/// Writes kCallSiteMetadata from the debug information, so that it outlives that. A place in the
/// kernel language's own headers gives way to the one that it was inlined into.
void NoteCallSites(llvm::Module& module);

}  // namespace opensupa::cc
