/// Loads and stores with cache hints, address spaces, and the C memory functions in device code.
#ifndef OPENSUPA_DEVICE_MEMORY_H_
#define OPENSUPA_DEVICE_MEMORY_H_
#pragma clang system_header

#include <stddef.h>
#include <stdint.h>

#include "opensupa/device/qualifiers.h"

__SUPA_EXTERN__ void* __su_malloc(size_t size_bytes) __attribute__((malloc));
__SUPA_EXTERN__ void __su_free(void* pointer);

/// Where the shared memory of the block begins, and the size of all of it.
__SUPA_EXTERN__ void* __su_shared_window() __SUPA_PURE__;
__SUPA_EXTERN__ unsigned int __su_shared_bytes() __SUPA_PURE__;

/// Cache hints change no value, so each of these is a plain load or store.
#define __SUPA_LOAD__(name)                     \
  template <class T>                            \
  __SUPA_DEVICE_FN__ T name(const T* address) { \
    return *address;                            \
  }
__SUPA_LOAD__(__ldg)
__SUPA_LOAD__(__ldca)
__SUPA_LOAD__(__ldcs)
__SUPA_LOAD__(__ldlu)
#undef __SUPA_LOAD__
/// The type in which a value of some size is read at once; vectors are read in parts.
template <unsigned Bytes>
struct __supa_load_word {
  typedef unsigned char type;
};
template <>
struct __supa_load_word<2> {
  typedef unsigned short type;
};
template <>
struct __supa_load_word<4> {
  typedef unsigned int type;
};
template <>
struct __supa_load_word<8> {
  typedef unsigned long long type;
};
/// Both read memory again, whatever was read from there before: programs also watch memory with
/// __ldcg, which leaves out the cache of the multiprocessor.
#define __SUPA_LOAD__(name)                                                        \
  template <class T>                                                               \
  __SUPA_DEVICE_FN__ T name(const T* address) {                                    \
    typedef typename __supa_load_word<alignof(T) < 8 ? alignof(T) : 8>::type Word; \
    Word words[sizeof(T) / sizeof(Word)];                                          \
    for (unsigned i = 0; i < sizeof(T) / sizeof(Word); ++i)                        \
      words[i] = ((const volatile Word*)address)[i];                               \
    T value;                                                                       \
    __builtin_memcpy((void*)&value, words, sizeof(T));                             \
    return value;                                                                  \
  }
__SUPA_LOAD__(__ldcg)
__SUPA_LOAD__(__ldcv)
#undef __SUPA_LOAD__

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

/// The address space of a generic address. Constant memory counts as global memory.
__SUPA_DEVICE_FN__ unsigned int __isShared(const void* pointer) {
  return (size_t)pointer - (size_t)__su_shared_window() < __su_shared_bytes();
}
/// Local memory lies around the thread's own frame, at most as far as a thread may have of it.
__SUPA_DEVICE_FN__ unsigned int __isLocal(const void* pointer) {
  const size_t limit_bytes = 512 * 1024;
  const char here = 0;
  return !__isShared(pointer) && (size_t)pointer - ((size_t)&here - limit_bytes) < 2 * limit_bytes;
}
__SUPA_DEVICE_FN__ unsigned int __isGlobal(const void* pointer) {
  return pointer != nullptr && !__isShared(pointer) && !__isLocal(pointer);
}

/// Addresses inside an address space, and back. Shared memory is counted from its beginning, so
/// that an address in it fits 32 bits.
__SUPA_DEVICE_FN__ size_t __cvta_generic_to_shared(const void* pointer) {
  return (size_t)pointer - (size_t)__su_shared_window();
}
__SUPA_DEVICE_FN__ void* __cvta_shared_to_generic(size_t address) {
  return (char*)__su_shared_window() + address;
}
#define __SUPA_SAME_ADDRESS__(space)                                         \
  __SUPA_DEVICE_FN__ size_t __cvta_generic_to_##space(const void* pointer) { \
    return (size_t)pointer;                                                  \
  }                                                                          \
  __SUPA_DEVICE_FN__ void* __cvta_##space##_to_generic(size_t address) { return (void*)address; }
__SUPA_SAME_ADDRESS__(global)
__SUPA_SAME_ADDRESS__(local)
__SUPA_SAME_ADDRESS__(constant)
__SUPA_SAME_ADDRESS__(grid_constant)
#undef __SUPA_SAME_ADDRESS__

/// Hints to bring memory closer.
__SUPA_DEVICE_FN__ void __prefetch_global_l1(const void* pointer) { (void)pointer; }
__SUPA_DEVICE_FN__ void __prefetch_global_l2(const void* pointer) { (void)pointer; }

/// nvcc's name of the builtin.
#define __assume(condition) __builtin_assume(condition)

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
