/// Loads and stores with cache hints, address spaces, and the C memory functions in device code.
#ifndef OPENSUPA_DEVICE_MEMORY_H_
#define OPENSUPA_DEVICE_MEMORY_H_
#pragma clang system_header

#include <stddef.h>
#include <stdint.h>

#include "opensupa/device/qualifiers.h"

__SUPA_EXTERN__ void* __su_malloc(size_t size_bytes) __attribute__((malloc));
__SUPA_EXTERN__ void __su_free(void* pointer);

/// Cache hints change no value, so each of these is a plain load or store.
#define __SUPA_LOAD__(name)                     \
  template <class T>                            \
  __SUPA_DEVICE_FN__ T name(const T* address) { \
    return *address;                            \
  }
__SUPA_LOAD__(__ldg)
__SUPA_LOAD__(__ldca)
__SUPA_LOAD__(__ldcg)
__SUPA_LOAD__(__ldcs)
__SUPA_LOAD__(__ldlu)
#undef __SUPA_LOAD__
/// Reads memory again, whatever was read from there before.
template <class T>
__SUPA_DEVICE_FN__ T __ldcv(const T* address) {
  return *const_cast<const volatile T*>(address);
}

template <class T>
struct __supa_same_type {
  typedef T type;
};
#define __SUPA_STORE__(name)                                                           \
  template <class T>                                                                   \
  __SUPA_DEVICE_FN__ void name(T* address, typename __supa_same_type<T>::type value) { \
    *address = value;                                                                  \
  }
__SUPA_STORE__(__stwb)
__SUPA_STORE__(__stcg)
__SUPA_STORE__(__stcs)
__SUPA_STORE__(__stwt)
#undef __SUPA_STORE__

/// Addresses inside an address space, and back.
__SUPA_DEVICE_FN__ size_t __cvta_generic_to_shared(const void* pointer) {
  return (size_t)(__attribute__((address_space(3))) const void*)pointer;
}
__SUPA_DEVICE_FN__ size_t __cvta_generic_to_global(const void* pointer) {
  return (size_t)(__attribute__((address_space(1))) const void*)pointer;
}
__SUPA_DEVICE_FN__ void* __cvta_shared_to_generic(size_t address) {
  return (void*)(__attribute__((address_space(3))) void*)address;
}
__SUPA_DEVICE_FN__ void* __cvta_global_to_generic(size_t address) {
  return (void*)(__attribute__((address_space(1))) void*)address;
}

extern "C" {
__SUPA_DEVICE_FN__ void* malloc(size_t size_bytes) { return __su_malloc(size_bytes); }
__SUPA_DEVICE_FN__ void free(void* pointer) { __su_free(pointer); }

__SUPA_DEVICE_FN__ void* memcpy(void* to, const void* from, size_t size_bytes) {
  return __builtin_memcpy(to, from, size_bytes);
}
__SUPA_DEVICE_FN__ void* memmove(void* to, const void* from, size_t size_bytes) {
  return __builtin_memmove(to, from, size_bytes);
}
__SUPA_DEVICE_FN__ void* memset(void* to, int value, size_t size_bytes) {
  return __builtin_memset(to, value, size_bytes);
}
__SUPA_DEVICE_FN__ int memcmp(const void* left, const void* right, size_t size_bytes) {
  const unsigned char* a = (const unsigned char*)left;
  const unsigned char* b = (const unsigned char*)right;
  for (size_t i = 0; i < size_bytes; ++i) {
    if (a[i] != b[i]) return (int)a[i] - (int)b[i];
  }
  return 0;
}
__SUPA_DEVICE_FN__ size_t strlen(const char* text) {
  size_t length = 0;
  while (text[length] != '\0') ++length;
  return length;
}
__SUPA_DEVICE_FN__ int strcmp(const char* left, const char* right) {
  while (*left != '\0' && *left == *right) {
    ++left;
    ++right;
  }
  return (int)(unsigned char)*left - (int)(unsigned char)*right;
}
__SUPA_DEVICE_FN__ char* strcpy(char* to, const char* from) {
  char* start = to;
  while ((*to++ = *from++) != '\0') {
  }
  return start;
}
}

namespace std {
// Again, since <cstdlib> and <cstring> saw only the host functions.
using ::free;
using ::malloc;
using ::memcmp;
using ::memcpy;
using ::memmove;
using ::memset;
using ::strcmp;
using ::strcpy;
using ::strlen;
}  // namespace std

#endif  // OPENSUPA_DEVICE_MEMORY_H_
