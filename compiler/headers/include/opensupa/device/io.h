/// printf and assert in device code.
#ifndef OPENSUPA_DEVICE_IO_H_
#define OPENSUPA_DEVICE_IO_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"

__SUPA_EXTERN__ void __su_assert_fail(const char* message, const char* file, unsigned int line,
                                      const char* function) __attribute__((noreturn));

extern "C" {
/// Clang packs the arguments and calls vprintf, which the compiler renames to __su_vprintf.
__attribute__((device)) int vprintf(const char* format, const char* packed_args);
__attribute__((device)) int printf(const char* format, ...);

/// What the C library's assert() calls.
static __inline__ __attribute__((device)) void __assert_fail(const char* message, const char* file,
                                                             unsigned int line,
                                                             const char* function) {
  __su_assert_fail(message, file, line, function);
}
}

#endif  // OPENSUPA_DEVICE_IO_H_
