/// Makes libstdc++ usable in device code: included before the first header of the standard library.
///
/// Clang lets device code call constexpr functions. What the library makes constexpr in a later
/// standard than the one compiled for is marked for both sides here, so that std::swap, std::sort,
/// std::array and the like do not depend on -std. Errors that the library would throw end the
/// kernel with a message instead.
#ifndef OPENSUPA_DEVICE_STD_SUPPORT_H_
#define OPENSUPA_DEVICE_STD_SUPPORT_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"

#define __SUPA_BOTH_SIDES__ __attribute__((host)) __attribute__((device))
// In the standard that a macro is named after, it is the library's `constexpr`. The one for C++17
// also stands after `if`, where no attribute may.
#if __cplusplus < 201402L
#define _GLIBCXX14_CONSTEXPR __SUPA_BOTH_SIDES__
#endif
#if __cplusplus < 202002L
#define _GLIBCXX20_CONSTEXPR __SUPA_BOTH_SIDES__
#endif
#if __cplusplus < 202100L
#define _GLIBCXX23_CONSTEXPR __SUPA_BOTH_SIDES__
#endif

__SUPA_EXTERN__ void __su_assert_fail(const char* message, const char* file, unsigned int line,
                                      const char* function) __attribute__((noreturn));

// Device overloads of the functions behind the library's `throw`; the library's own are for hosts.
namespace std {
#define __SUPA_THROW__(function, exception)                                               \
  __attribute__((device)) __attribute__((noreturn)) __attribute__((noinline)) inline void \
  function(const char* what) {                                                            \
    __su_assert_fail(what, exception, 0, #function);                                      \
  }
#define __SUPA_THROW_WITHOUT_TEXT__(function, exception)                                  \
  __attribute__((device)) __attribute__((noreturn)) __attribute__((noinline)) inline void \
  function() {                                                                            \
    __su_assert_fail("no exceptions in device code", exception, 0, #function);            \
  }
__SUPA_THROW__(__throw_logic_error, "std::logic_error")
__SUPA_THROW__(__throw_domain_error, "std::domain_error")
__SUPA_THROW__(__throw_invalid_argument, "std::invalid_argument")
__SUPA_THROW__(__throw_length_error, "std::length_error")
__SUPA_THROW__(__throw_out_of_range, "std::out_of_range")
__SUPA_THROW__(__throw_runtime_error, "std::runtime_error")
__SUPA_THROW__(__throw_range_error, "std::range_error")
__SUPA_THROW__(__throw_overflow_error, "std::overflow_error")
__SUPA_THROW__(__throw_underflow_error, "std::underflow_error")
__SUPA_THROW__(__throw_bad_variant_access, "std::bad_variant_access")
__SUPA_THROW_WITHOUT_TEXT__(__throw_bad_alloc, "std::bad_alloc")
__SUPA_THROW_WITHOUT_TEXT__(__throw_bad_array_new_length, "std::bad_array_new_length")
__SUPA_THROW_WITHOUT_TEXT__(__throw_bad_cast, "std::bad_cast")
__SUPA_THROW_WITHOUT_TEXT__(__throw_bad_exception, "std::bad_exception")
__SUPA_THROW_WITHOUT_TEXT__(__throw_bad_function_call, "std::bad_function_call")
__SUPA_THROW_WITHOUT_TEXT__(__throw_bad_optional_access, "std::bad_optional_access")
__SUPA_THROW_WITHOUT_TEXT__(__throw_bad_typeid, "std::bad_typeid")
#undef __SUPA_THROW__
#undef __SUPA_THROW_WITHOUT_TEXT__

/// The library's takes a variable number of arguments, which device code cannot.
template <class... Arguments>
__attribute__((device)) __attribute__((noreturn)) __attribute__((noinline)) void
__throw_out_of_range_fmt(const char* what, Arguments...) {
  __su_assert_fail(what, "std::out_of_range", 0, "__throw_out_of_range_fmt");
}
__attribute__((device)) __attribute__((noreturn)) __attribute__((noinline)) inline void
__throw_bad_variant_access(bool valueless) {
  __throw_bad_variant_access(valueless ? "std::visit: variant is valueless"
                                       : "std::get: wrong index for variant");
}
}  // namespace std

#endif  // OPENSUPA_DEVICE_STD_SUPPORT_H_
