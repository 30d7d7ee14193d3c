/// The atomic functions __nv_atomic_*, which take a memory order and a scope of threads.
///
/// Every scope is served by that of the system, which includes the others. Orders should be
/// constants: others cost a branch.
#ifndef OPENSUPA_DEVICE_ORDERED_ATOMIC_H_
#define OPENSUPA_DEVICE_ORDERED_ATOMIC_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"

#define __NV_ATOMIC_RELAXED __ATOMIC_RELAXED
#define __NV_ATOMIC_CONSUME __ATOMIC_CONSUME
#define __NV_ATOMIC_ACQUIRE __ATOMIC_ACQUIRE
#define __NV_ATOMIC_RELEASE __ATOMIC_RELEASE
#define __NV_ATOMIC_ACQ_REL __ATOMIC_ACQ_REL
#define __NV_ATOMIC_SEQ_CST __ATOMIC_SEQ_CST

#define __NV_THREAD_SCOPE_THREAD 0
#define __NV_THREAD_SCOPE_BLOCK 1
#define __NV_THREAD_SCOPE_CLUSTER 2
#define __NV_THREAD_SCOPE_DEVICE 3
#define __NV_THREAD_SCOPE_SYSTEM 4

/// T, spelled so that a value converts to what the pointer points to.
template <class T>
struct __supa_value {
  typedef T type;
};
#define __SUPA_VALUE__(T) typename __supa_value<T>::type
#define __SUPA_ANY_SCOPE__ int = __NV_THREAD_SCOPE_SYSTEM

template <class T>
__SUPA_DEVICE_FN__ void __nv_atomic_load(const T* address, T* result, int order,
                                         __SUPA_ANY_SCOPE__) {
  __atomic_load(address, result, order);
}
template <class T>
__SUPA_DEVICE_FN__ T __nv_atomic_load_n(const T* address, int order, __SUPA_ANY_SCOPE__) {
  T result;
  __atomic_load(address, &result, order);
  return result;
}
template <class T>
__SUPA_DEVICE_FN__ void __nv_atomic_store(T* address, T* value, int order, __SUPA_ANY_SCOPE__) {
  __atomic_store(address, value, order);
}
template <class T>
__SUPA_DEVICE_FN__ void __nv_atomic_store_n(T* address, __SUPA_VALUE__(T) value, int order,
                                            __SUPA_ANY_SCOPE__) {
  __atomic_store(address, &value, order);
}
template <class T>
__SUPA_DEVICE_FN__ void __nv_atomic_exchange(T* address, T* value, T* result, int order,
                                             __SUPA_ANY_SCOPE__) {
  __atomic_exchange(address, value, result, order);
}
template <class T>
__SUPA_DEVICE_FN__ T __nv_atomic_exchange_n(T* address, __SUPA_VALUE__(T) value, int order,
                                            __SUPA_ANY_SCOPE__) {
  T result;
  __atomic_exchange(address, &value, &result, order);
  return result;
}
template <class T>
__SUPA_DEVICE_FN__ bool __nv_atomic_compare_exchange(T* address, T* expected, T* desired, bool,
                                                     int success, int failure, __SUPA_ANY_SCOPE__) {
  return __atomic_compare_exchange(address, expected, desired, false, success, failure);
}
template <class T>
__SUPA_DEVICE_FN__ bool __nv_atomic_compare_exchange_n(T* address, T* expected,
                                                       __SUPA_VALUE__(T) desired, bool, int success,
                                                       int failure, __SUPA_ANY_SCOPE__) {
  return __atomic_compare_exchange(address, expected, &desired, false, success, failure);
}

#define __SUPA_ORDERED_FETCH__(name)                                                            \
  template <class T>                                                                            \
  __SUPA_DEVICE_FN__ T __nv_atomic_fetch_##name(T* address, __SUPA_VALUE__(T) value, int order, \
                                                __SUPA_ANY_SCOPE__) {                           \
    return __atomic_fetch_##name(address, value, order);                                        \
  }                                                                                             \
  template <class T>                                                                            \
  __SUPA_DEVICE_FN__ void __nv_atomic_##name(T* address, __SUPA_VALUE__(T) value, int order,    \
                                             int scope = __NV_THREAD_SCOPE_SYSTEM) {            \
    __nv_atomic_fetch_##name(address, value, order, scope);                                     \
  }
/// Preferred to the template, whose builtin knows integers only.
#define __SUPA_ORDERED_FLOAT__(T)                                                                  \
  __SUPA_DEVICE_FN__ T __nv_atomic_fetch_add(T* address, T value, int order, __SUPA_ANY_SCOPE__) { \
    return __c11_atomic_fetch_add((_Atomic T*)address, value, order);                              \
  }                                                                                                \
  __SUPA_DEVICE_FN__ T __nv_atomic_fetch_sub(T* address, T value, int order, __SUPA_ANY_SCOPE__) { \
    return __c11_atomic_fetch_add((_Atomic T*)address, -value, order);                             \
  }
__SUPA_ORDERED_FLOAT__(float)
__SUPA_ORDERED_FLOAT__(double)
__SUPA_ORDERED_FETCH__(add)
__SUPA_ORDERED_FETCH__(sub)
__SUPA_ORDERED_FETCH__(and)
__SUPA_ORDERED_FETCH__(or)
__SUPA_ORDERED_FETCH__(xor)
__SUPA_ORDERED_FETCH__(min)
__SUPA_ORDERED_FETCH__(max)
#undef __SUPA_ORDERED_FLOAT__
#undef __SUPA_ORDERED_FETCH__

__SUPA_DEVICE_FN__ void __nv_atomic_thread_fence(int order, __SUPA_ANY_SCOPE__) {
  __atomic_thread_fence(order);
}

#undef __SUPA_ANY_SCOPE__
#undef __SUPA_VALUE__

#endif  // OPENSUPA_DEVICE_ORDERED_ATOMIC_H_
