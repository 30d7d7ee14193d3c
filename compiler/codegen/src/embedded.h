#pragma once

#include "llvm/ADT/StringRef.h"

namespace opensupa::cc {

/// Bitcode of the device math library.
llvm::StringRef EmbeddedDeviceLibrary();

/// ELF object with the helpers that LLVM's x86-64 code generator calls (memcpy, 128-bit division,
/// half conversions ...).
llvm::StringRef EmbeddedX86Support();

}  // namespace opensupa::cc
