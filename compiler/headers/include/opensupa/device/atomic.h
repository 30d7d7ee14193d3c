/// Atomic functions on global and shared memory.
///
/// They become LLVM atomic instructions, relaxed. Their scope is the device, the block for names
/// with _block and the system for names with _system. All return the old value.
#ifndef OPENSUPA_DEVICE_ATOMIC_H_
#define OPENSUPA_DEVICE_ATOMIC_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"
#include "supa_vector_types.h"

/// The three functions of a name. `body` computes from `address` and `value`.
#define __SUPA_ATOMIC_BODY__(name, scope, T, body) \
  __SUPA_DEVICE_FN__ __SUPA_SCOPE__(scope)         \
  T name(T* address, T value) { body; }
#define __SUPA_ATOMIC__(name, T, body)           \
  __SUPA_ATOMIC_BODY__(name, 1, T, body)         \
  __SUPA_ATOMIC_BODY__(name##_block, 2, T, body) \
  __SUPA_ATOMIC_BODY__(name##_system, 0, T, body)
#define __SUPA_ATOMIC_CALL__(name, T, builtin) \
  __SUPA_ATOMIC__(name, T, return builtin(address, value, __ATOMIC_RELAXED))

/// Read-modify-write in a loop of compare-and-exchange, for what has no instruction. `expression`
/// gives the new value from `old`.
#define __SUPA_ATOMIC_LOOP__(T, expression)                                                    \
  T old = __atomic_load_n(address, __ATOMIC_RELAXED);                                          \
  while (!__atomic_compare_exchange_n(address, &old, (T)(expression), false, __ATOMIC_RELAXED, \
                                      __ATOMIC_RELAXED)) {                                     \
  }                                                                                            \
  return old

__SUPA_ATOMIC_CALL__(atomicAdd, int, __atomic_fetch_add)
__SUPA_ATOMIC_CALL__(atomicAdd, unsigned int, __atomic_fetch_add)
__SUPA_ATOMIC_CALL__(atomicAdd, unsigned long long, __atomic_fetch_add)
__SUPA_ATOMIC__(atomicAdd, float,
                return __c11_atomic_fetch_add((_Atomic float*)address, value, __ATOMIC_RELAXED))
__SUPA_ATOMIC__(atomicAdd, double,
                return __c11_atomic_fetch_add((_Atomic double*)address, value, __ATOMIC_RELAXED))
__SUPA_ATOMIC_CALL__(atomicSub, int, __atomic_fetch_sub)
__SUPA_ATOMIC_CALL__(atomicSub, unsigned int, __atomic_fetch_sub)

/// Each component is added on its own, so two pairs may be mixed, as in CUDA.
#define __SUPA_ATOMIC_VECTORS__(name)                                      \
  __SUPA_DEVICE_FN__ float2 name(float2* address, float2 value) {          \
    return float2{name(&address->x, value.x), name(&address->y, value.y)}; \
  }                                                                        \
  __SUPA_DEVICE_FN__ float4 name(float4* address, float4 value) {          \
    return float4{name(&address->x, value.x), name(&address->y, value.y),  \
                  name(&address->z, value.z), name(&address->w, value.w)}; \
  }
__SUPA_ATOMIC_VECTORS__(atomicAdd)
__SUPA_ATOMIC_VECTORS__(atomicAdd_block)
__SUPA_ATOMIC_VECTORS__(atomicAdd_system)
#undef __SUPA_ATOMIC_VECTORS__

__SUPA_ATOMIC_CALL__(atomicExch, int, __atomic_exchange_n)
__SUPA_ATOMIC_CALL__(atomicExch, unsigned int, __atomic_exchange_n)
__SUPA_ATOMIC_CALL__(atomicExch, unsigned long long, __atomic_exchange_n)
__SUPA_ATOMIC__(atomicExch, float,
                return __c11_atomic_exchange((_Atomic float*)address, value, __ATOMIC_RELAXED))

#define __SUPA_ATOMIC_ORDERED__(T)                       \
  __SUPA_ATOMIC_CALL__(atomicMin, T, __atomic_fetch_min) \
  __SUPA_ATOMIC_CALL__(atomicMax, T, __atomic_fetch_max)
__SUPA_ATOMIC_ORDERED__(int)
__SUPA_ATOMIC_ORDERED__(unsigned int)
__SUPA_ATOMIC_ORDERED__(long long)
__SUPA_ATOMIC_ORDERED__(unsigned long long)
#undef __SUPA_ATOMIC_ORDERED__

#define __SUPA_ATOMIC_BITS__(T)                          \
  __SUPA_ATOMIC_CALL__(atomicAnd, T, __atomic_fetch_and) \
  __SUPA_ATOMIC_CALL__(atomicOr, T, __atomic_fetch_or)   \
  __SUPA_ATOMIC_CALL__(atomicXor, T, __atomic_fetch_xor)
__SUPA_ATOMIC_BITS__(int)
__SUPA_ATOMIC_BITS__(unsigned int)
__SUPA_ATOMIC_BITS__(unsigned long long)
#undef __SUPA_ATOMIC_BITS__

/// atomicInc counts from 0 to `value` and starts again; atomicDec counts down from `value`.
__SUPA_ATOMIC__(atomicInc, unsigned int,
                __SUPA_ATOMIC_LOOP__(unsigned int, old >= value ? 0u : old + 1u))
__SUPA_ATOMIC__(atomicDec, unsigned int,
                __SUPA_ATOMIC_LOOP__(unsigned int, old == 0u || old > value ? value : old - 1u))

#define __SUPA_ATOMIC_CAS__(name, scope, T)                                        \
  __SUPA_DEVICE_FN__ __SUPA_SCOPE__(scope)                                         \
  T name(T* address, T compare, T value) {                                         \
    __atomic_compare_exchange_n(address, &compare, value, false, __ATOMIC_RELAXED, \
                                __ATOMIC_RELAXED);                                 \
    return compare;                                                                \
  }
#define __SUPA_ATOMIC_CAS_ALL__(T)           \
  __SUPA_ATOMIC_CAS__(atomicCAS, 1, T)       \
  __SUPA_ATOMIC_CAS__(atomicCAS_block, 2, T) \
  __SUPA_ATOMIC_CAS__(atomicCAS_system, 0, T)
__SUPA_ATOMIC_CAS_ALL__(int)
__SUPA_ATOMIC_CAS_ALL__(unsigned int)
__SUPA_ATOMIC_CAS_ALL__(unsigned long long)
__SUPA_ATOMIC_CAS_ALL__(unsigned short)
#undef __SUPA_ATOMIC_CAS_ALL__
#undef __SUPA_ATOMIC_CAS__

/// T, for types of 16 bytes only.
template <class T, bool Is16Bytes = sizeof(T) == 16>
struct __supa_sixteen_bytes {};
template <class T>
struct __supa_sixteen_bytes<T, true> {
  typedef T type;
};
/// Any trivially copyable type of 16 bytes, aligned to 16.
#define __SUPA_ATOMIC_WIDE__(suffix, scope)                                                      \
  template <class T>                                                                             \
  __SUPA_DEVICE_FN__ __SUPA_SCOPE__(scope)                                                       \
      typename __supa_sixteen_bytes<T>::type atomicExch##suffix(T* address, T value) {           \
    return __builtin_bit_cast(                                                                   \
        T, __atomic_exchange_n((unsigned __int128*)address,                                      \
                               __builtin_bit_cast(unsigned __int128, value), __ATOMIC_RELAXED)); \
  }                                                                                              \
  template <class T>                                                                             \
  __SUPA_DEVICE_FN__ __SUPA_SCOPE__(scope)                                                       \
      typename __supa_sixteen_bytes<T>::type atomicCAS##suffix(T* address, T compare, T value) { \
    unsigned __int128 old = __builtin_bit_cast(unsigned __int128, compare);                      \
    __atomic_compare_exchange_n((unsigned __int128*)address, &old,                               \
                                __builtin_bit_cast(unsigned __int128, value), false,             \
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED);                             \
    return __builtin_bit_cast(T, old);                                                           \
  }
__SUPA_ATOMIC_WIDE__(, 1)
__SUPA_ATOMIC_WIDE__(_block, 2)
__SUPA_ATOMIC_WIDE__(_system, 0)
#undef __SUPA_ATOMIC_WIDE__

#undef __SUPA_ATOMIC_CALL__
#undef __SUPA_ATOMIC__
#undef __SUPA_ATOMIC_BODY__
#undef __SUPA_ATOMIC_LOOP__

#endif  // OPENSUPA_DEVICE_ATOMIC_H_
