#pragma once

#include <cstddef>
#include <cstdint>

/// Accesses by the emulated card to memory that the program may have taken away: they fail instead
/// of crashing. They need the handler of fault_handler.h to be installed.
namespace opensupa::emu::safe {

/// All return false when the memory cannot be reached; then nothing or a part has been done.
/// Loads are acquire, stores sequentially consistent, but for Release64. Addresses of Load and
/// Store are aligned.
[[nodiscard]] bool Load64(uint64_t address, uint64_t* value);
[[nodiscard]] bool Load32(uint64_t address, uint64_t* value);
[[nodiscard]] bool Store64(uint64_t address, uint64_t value);
[[nodiscard]] bool Store32(uint64_t address, uint32_t value);
[[nodiscard]] bool Release64(uint64_t address, uint64_t value);
/// Copies a packet's 64 bytes.
[[nodiscard]] bool Copy64(void* destination, const void* source);
[[nodiscard]] bool Copy(void* destination, const void* source, size_t size_bytes);
/// Stores `count` elements of `element_bytes` (1, 2, 4 or 8) with the low bytes of `value`.
[[nodiscard]] bool Fill(void* destination, uint64_t value, size_t count, uint32_t element_bytes);

/// Where the last failed access of this thread went wrong.
struct Fault {
  uintptr_t address;
  bool write;
};
Fault LastFault();

/// For the signal handler: whether `pc` is in one of the functions above, and where it then goes
/// on. `NoteFault` keeps what LastFault returns.
bool IsSafeAccess(uintptr_t pc);
uintptr_t FixupAddress();
void NoteFault(uintptr_t address, bool write);

}  // namespace opensupa::emu::safe
