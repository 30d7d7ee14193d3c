#include "safe_access.h"

#include "sanitizers.h"

extern "C" {
int opensupa_emu_safe_load64(const void* address, uint64_t* out);
int opensupa_emu_safe_load32(const void* address, uint64_t* out);
int opensupa_emu_safe_store64(void* address, uint64_t value);
int opensupa_emu_safe_release64(void* address, uint64_t value);
int opensupa_emu_safe_copy64(void* destination, const void* source);
int opensupa_emu_safe_store32(void* address, uint64_t value);
int opensupa_emu_safe_copy(void* destination, const void* source, size_t size_bytes);
int opensupa_emu_safe_fill(void* destination, uint64_t value, size_t count, uint32_t element_bytes);
extern const char opensupa_emu_safe_begin[];
extern const char opensupa_emu_safe_end[];
extern const char opensupa_emu_safe_fixup[];
}

namespace opensupa::emu::safe {
namespace {

thread_local Fault t_fault{};

void* Pointer(uint64_t address) { return reinterpret_cast<void*>(address); }

}  // namespace

// ThreadSanitizer does not see the assembly, and so not the order that it makes. There the access
// is made once more by an instrumented instruction, after the assembly has shown that it can be.

bool Load64(uint64_t address, uint64_t* value) {
  if (opensupa_emu_safe_load64(Pointer(address), value) != 0) return false;
#ifdef OPENSUPA_EMU_TSAN
  *value = __atomic_load_n(static_cast<uint64_t*>(Pointer(address)), __ATOMIC_SEQ_CST);
#endif
  return true;
}

bool Load32(uint64_t address, uint64_t* value) {
  if (opensupa_emu_safe_load32(Pointer(address), value) != 0) return false;
#ifdef OPENSUPA_EMU_TSAN
  *value = __atomic_load_n(static_cast<uint32_t*>(Pointer(address)), __ATOMIC_SEQ_CST);
#endif
  return true;
}

bool Store64(uint64_t address, uint64_t value) {
#ifdef OPENSUPA_EMU_TSAN
  uint64_t probe;
  if (opensupa_emu_safe_load64(Pointer(address), &probe) != 0) return false;
  __atomic_store_n(static_cast<uint64_t*>(Pointer(address)), value, __ATOMIC_SEQ_CST);
  return true;
#else
  return opensupa_emu_safe_store64(Pointer(address), value) == 0;
#endif
}

bool Store32(uint64_t address, uint32_t value) {
#ifdef OPENSUPA_EMU_TSAN
  uint64_t probe;
  if (opensupa_emu_safe_load32(Pointer(address), &probe) != 0) return false;
  __atomic_store_n(static_cast<uint32_t*>(Pointer(address)), value, __ATOMIC_SEQ_CST);
  return true;
#else
  return opensupa_emu_safe_store32(Pointer(address), value) == 0;
#endif
}

bool Release64(uint64_t address, uint64_t value) {
#ifdef OPENSUPA_EMU_TSAN
  return Store64(address, value);
#else
  return opensupa_emu_safe_release64(Pointer(address), value) == 0;
#endif
}

bool Copy64(void* destination, const void* source) {
  return opensupa_emu_safe_copy64(destination, source) == 0;
}

bool Copy(void* destination, const void* source, size_t size_bytes) {
  return opensupa_emu_safe_copy(destination, source, size_bytes) == 0;
}

bool Fill(void* destination, uint64_t value, size_t count, uint32_t element_bytes) {
  return opensupa_emu_safe_fill(destination, value, count, element_bytes) == 0;
}

Fault LastFault() { return t_fault; }

bool IsSafeAccess(uintptr_t pc) {
  return pc >= reinterpret_cast<uintptr_t>(opensupa_emu_safe_begin) &&
         pc < reinterpret_cast<uintptr_t>(opensupa_emu_safe_end);
}

uintptr_t FixupAddress() { return reinterpret_cast<uintptr_t>(opensupa_emu_safe_fixup); }

void NoteFault(uintptr_t address, bool write) { t_fault = {address, write}; }

}  // namespace opensupa::emu::safe
