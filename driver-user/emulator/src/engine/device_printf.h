#pragma once

#include <cstdint>
#include <string>

namespace opensupa::emu {

/// Appends to `out` what a kernel's printf prints. `packed_args` holds the arguments at their
/// natural alignment: int and smaller as 4 bytes, long, long long, pointers and double as 8. Flags,
/// width, precision, `*` and the conversions d i u o x X c s p e E f F g G a A % with h hh l ll j z
/// t L work as in C; anything else is printed as it stands. Width and precision are cut at 512.
/// Returns the number of arguments used, or -1 for a null format.
int32_t FormatDevicePrintf(const char* format, const void* packed_args, std::string& out);

}  // namespace opensupa::emu
