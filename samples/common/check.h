// Error handling shared by the samples: every failure prints one sentence and ends with exit
// code 1.
#pragma once

#include <supa_runtime.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace sample {

/// Prints "FAILED: <message>" to stderr and ends the process with exit code 1.
[[noreturn]] __attribute__((format(printf, 1, 2))) inline void Fail(const char* format, ...) {
  std::fflush(stdout);
  va_list arguments;
  va_start(arguments, format);
  std::fputs("FAILED: ", stderr);
  std::vfprintf(stderr, format, arguments);
  std::fputc('\n', stderr);
  va_end(arguments);
  std::exit(EXIT_FAILURE);
}

/// Ends the process when `error` is not supaSuccess. Use it through SUPA_CHECK.
inline void CheckCall(supaError_t error, const char* call, const char* file, int line) {
  if (error == supaSuccess) return;
  Fail("%s returned %s (%s) at %s:%d.", call, supaGetErrorName(error), supaGetErrorString(error),
       file, line);
}

/// Number of blocks of `block_size` threads that cover `count` items.
constexpr unsigned CeilDiv(unsigned count, unsigned block_size) {
  return (count + block_size - 1) / block_size;
}

}  // namespace sample

/// Wraps a runtime call: SUPA_CHECK(supaMalloc(&pointer, size_bytes));
#define SUPA_CHECK(call) ::sample::CheckCall((call), #call, __FILE__, __LINE__)

/// Stands after a launch `kernel<<<...>>>(...)`, which itself returns nothing. It reports a launch
/// that was refused; a fault inside the kernel appears at the next synchronising call.
#define SUPA_CHECK_LAUNCH() \
  ::sample::CheckCall(supaGetLastError(), "the kernel launch", __FILE__, __LINE__)
