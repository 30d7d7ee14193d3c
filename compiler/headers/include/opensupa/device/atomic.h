/// Atomic functions on global and shared memory.
///
/// They become LLVM atomic instructions, relaxed and at system scope; the _block and _system forms
/// are the same instruction, since a wider scope is always allowed. All return the old value.
#ifndef OPENSUPA_DEVICE_ATOMIC_H_
#define OPENSUPA_DEVICE_ATOMIC_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"

/// Read-modify-write in a loop of compare-and-exchange, for what has no instruction. `expression`
/// gives the new value from `old`.
#define __SUPA_ATOMIC_LOOP__(T, address, expression)                                           \
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);                                          \
  while (!__atomic_compare_exchange_n(address, &old, (T)(expression), false, __ATOMIC_RELAXED, \
                                      __ATOMIC_RELAXED)) {                                     \
  }                                                                                            \
  return old

#define __SUPA_ATOMIC_BODY__(prefix, suffix, T, call) \
  __SUPA_DEVICE_FN__ T prefix##suffix(T* address, T value) { return call; }
#define __SUPA_ATOMIC__(prefix, T, call)        \
  __SUPA_ATOMIC_BODY__(prefix, , T, call)       \
  __SUPA_ATOMIC_BODY__(prefix, _block, T, call) \
  __SUPA_ATOMIC_BODY__(prefix, _system, T, call)

#define __SUPA_ATOMIC_INTEGER__(T)                                                      \
  __SUPA_ATOMIC__(atomicAdd, T, __atomic_fetch_add(address, value, __ATOMIC_RELAXED))   \
  __SUPA_ATOMIC__(atomicExch, T, __atomic_exchange_n(address, value, __ATOMIC_RELAXED)) \
  __SUPA_ATOMIC__(atomicMin, T, __atomic_fetch_min(address, value, __ATOMIC_RELAXED))   \
  __SUPA_ATOMIC__(atomicMax, T, __atomic_fetch_max(address, value, __ATOMIC_RELAXED))   \
  __SUPA_ATOMIC__(atomicAnd, T, __atomic_fetch_and(address, value, __ATOMIC_RELAXED))   \
  __SUPA_ATOMIC__(atomicOr, T, __atomic_fetch_or(address, value, __ATOMIC_RELAXED))     \
  __SUPA_ATOMIC__(atomicXor, T, __atomic_fetch_xor(address, value, __ATOMIC_RELAXED))
__SUPA_ATOMIC_INTEGER__(int)
__SUPA_ATOMIC_INTEGER__(unsigned int)
__SUPA_ATOMIC_INTEGER__(long long)
__SUPA_ATOMIC_INTEGER__(unsigned long long)
#undef __SUPA_ATOMIC_INTEGER__

__SUPA_ATOMIC__(atomicSub, int, __atomic_fetch_sub(address, value, __ATOMIC_RELAXED))
__SUPA_ATOMIC__(atomicSub, unsigned int, __atomic_fetch_sub(address, value, __ATOMIC_RELAXED))

#define __SUPA_ATOMIC_FLOAT__(T, Bits)                                                           \
  __SUPA_ATOMIC__(atomicAdd, T,                                                                  \
                  __c11_atomic_fetch_add((_Atomic T*)address, value, __ATOMIC_RELAXED))          \
  __SUPA_ATOMIC__(                                                                               \
      atomicExch, T,                                                                             \
      __builtin_bit_cast(T, __atomic_exchange_n((Bits*)address, __builtin_bit_cast(Bits, value), \
                                                __ATOMIC_RELAXED)))
__SUPA_ATOMIC_FLOAT__(float, unsigned int)
__SUPA_ATOMIC_FLOAT__(double, unsigned long long)
#undef __SUPA_ATOMIC_FLOAT__

/// atomicInc counts from 0 to `limit` and starts again; atomicDec counts down from `limit`.
__SUPA_DEVICE_FN__ unsigned int atomicInc(unsigned int* address, unsigned int limit) {
  __SUPA_ATOMIC_LOOP__(unsigned int, address, old >= limit ? 0u : old + 1u);
}
__SUPA_DEVICE_FN__ unsigned int atomicDec(unsigned int* address, unsigned int limit) {
  __SUPA_ATOMIC_LOOP__(unsigned int, address, old == 0u || old > limit ? limit : old - 1u);
}
__SUPA_ATOMIC_BODY__(atomicInc, _block, unsigned int, atomicInc(address, value))
__SUPA_ATOMIC_BODY__(atomicInc, _system, unsigned int, atomicInc(address, value))
__SUPA_ATOMIC_BODY__(atomicDec, _block, unsigned int, atomicDec(address, value))
__SUPA_ATOMIC_BODY__(atomicDec, _system, unsigned int, atomicDec(address, value))

#define __SUPA_ATOMIC_CAS__(suffix, T)                                             \
  __SUPA_DEVICE_FN__ T atomicCAS##suffix(T* address, T compare, T value) {         \
    __atomic_compare_exchange_n(address, &compare, value, false, __ATOMIC_RELAXED, \
                                __ATOMIC_RELAXED);                                 \
    return compare;                                                                \
  }
#define __SUPA_ATOMIC_CAS_ALL__(T) \
  __SUPA_ATOMIC_CAS__(, T)         \
  __SUPA_ATOMIC_CAS__(_block, T)   \
  __SUPA_ATOMIC_CAS__(_system, T)
__SUPA_ATOMIC_CAS_ALL__(int)
__SUPA_ATOMIC_CAS_ALL__(unsigned int)
__SUPA_ATOMIC_CAS_ALL__(unsigned long long)
__SUPA_ATOMIC_CAS_ALL__(unsigned short)
#undef __SUPA_ATOMIC_CAS_ALL__
#undef __SUPA_ATOMIC_CAS__

#undef __SUPA_ATOMIC__
#undef __SUPA_ATOMIC_BODY__
#undef __SUPA_ATOMIC_LOOP__

#endif  // OPENSUPA_DEVICE_ATOMIC_H_
