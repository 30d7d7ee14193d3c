#include "hints.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace opensupa::cc {
namespace {

struct Hint {
  const char* part;  // of clang's text
  const char* text;  // what to do; $ stands for the name that clang quotes first
};

constexpr char kMakeDevice[] =
    "add __device__ (or __host__ __device__) to $, or make it constexpr, so that device code can "
    "call it";
constexpr char kCallFromKernel[] =
    "device functions run on the device only: call $ from a kernel, or add __host__ to it";
constexpr char kHostLibrary[] =
    "$ belongs to a library for host code; device code has printf, malloc, the math functions and "
    "the parts of the standard library that docs/kernel-language.md lists";
constexpr char kNoDynamicParallelism[] =
    "kernels are launched by host code; make the body a __device__ function that both kernels call";

constexpr Hint kHints[] = {
    {"reference to __host__ function", kMakeDevice},
    {"reference to __device__ function", kCallFromKernel},
    {"reference to __global__ function", kNoDynamicParallelism},
    {"reference to __host__ variable",
     "add __device__, __constant__ or __managed__ to $, make it constexpr, or pass its value to "
     "the "
     "kernel"},
    {"reference to __device__ variable",
     "copy $ with supaMemcpyFromSymbol, or make it __managed__"},
    {"call to global function", "launch $ with <<<blocks, threads>>> before its arguments"},
    {"kernel call to non-global function", "add __global__ to $"},
    {"must have void return type", "return results through a pointer to device memory"},
    {"must be a free function or static member function",
     "make it a static member, or a free function that takes the object by value"},
    {"dynamic initialization is not supported",
     "give it a constant value (a constexpr constructor does), and set the rest in a kernel or "
     "with "
     "supaMemcpyToSymbol"},
    {"initialization is not supported for __shared__",
     "assign it in one thread after the declaration, then call __syncthreads()"},
    {"__shared__ local variables not allowed in __host__",
     "shared memory belongs to a block of device threads: declare it in a kernel or in a "
     "__device__ "
     "function"},
    {"cannot be 'extern'",
     "only an array of unknown size, `extern __shared__ T name[];`, is extern; it is as large as "
     "the launch says"},
    {"cannot use 'throw'",
     "device code has no exceptions: return a status, or end the kernel with __trap() or assert()"},
    {"cannot use 'try'",
     "device code has no exceptions: return a status, or end the kernel with __trap() or assert()"},
    {"does not support variadic functions",
     "use a template with a parameter pack; only printf takes any arguments in device code"},
    {"thread-local storage is not supported",
     "a local variable is private to its thread; use an array indexed by thread for what outlives "
     "a "
     "function"},
    {"no setter defined for property", "threadIdx, blockIdx, blockDim and gridDim cannot be set"},
};

std::string Fill(const std::string& text, const std::string& name) {
  const size_t place = text.find('$');
  if (place == std::string::npos) return text;
  const std::string quoted = name.empty() ? "it" : absl::StrCat("'", name, "'");
  return absl::StrCat(text.substr(0, place), quoted, text.substr(place + 1));
}

std::string FirstQuoted(const std::string& text) {
  const size_t begin = text.find('\'');
  const size_t end = begin == std::string::npos ? begin : text.find('\'', begin + 1);
  return end == std::string::npos ? "" : text.substr(begin + 1, end - begin - 1);
}

/// Files that the user did not write.
bool IsLibrary(const std::string& place) {
  return absl::StartsWith(place, "/usr/include/") || absl::StrContains(place, "/include/c++/");
}

}  // namespace

std::string HintForError(const std::string& text) {
  for (const Hint& hint : kHints) {
    if (absl::StrContains(text, hint.part)) return Fill(hint.text, FirstQuoted(text));
  }
  return "";
}

std::string HintForNote(const std::string& note, const std::string& place,
                        const std::string& name) {
  if (absl::StrContains(note, "call to __host__ function from __")) {
    if (absl::StrContains(name, "deduction guide")) return "";
    return Fill(IsLibrary(place) ? kHostLibrary : kMakeDevice, name);
  }
  if (absl::StrContains(note, "call to __device__ function from __host__")) {
    return Fill(kCallFromKernel, name);
  }
  if (absl::StrContains(note, "call to __global__ function from __")) return kNoDynamicParallelism;
  if (absl::StrContains(note, "declared here") && IsLibrary(place)) return Fill(kHostLibrary, name);
  return "";
}

}  // namespace opensupa::cc
