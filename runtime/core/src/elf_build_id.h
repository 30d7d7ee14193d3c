#pragma once

#include <string>

namespace opensupa::rt {

/// The identity that the linker computed from the content of the 64-bit ELF file at `path` (note
/// NT_GNU_BUILD_ID), as hex digits; empty when the file cannot be read or has none. Reads a few
/// pages and loads nothing.
std::string ElfBuildId(const std::string& path);

}  // namespace opensupa::rt
