#pragma once

#include <cstdint>

/// Which parts of the process's address space hold binds of emulated cards, so that two address
/// spaces never map over each other. Process-wide, thread safe.
namespace opensupa::emu::host_ranges {

/// False when a part of [start, start + size_bytes) is claimed.
bool Claim(uint64_t start, uint64_t size_bytes);
/// Gives back exactly one claim.
void Release(uint64_t start);

}  // namespace opensupa::emu::host_ranges
