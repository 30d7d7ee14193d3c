#include "opensupa/layers/trace_format.h"

#include <atomic>
#include <cstdio>

#include "opensupa/spec/error_names.h"

namespace opensupa::layers::trace {
namespace {

int ThreadNumber() {
  static std::atomic<int> next{0};
  static thread_local const int number = next.fetch_add(1);
  return number;
}

template <typename T>
void AppendFormatted(std::string& line, const char* format, T value) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  line += text;
}

template <typename Code>
void AppendCode(std::string& line, Code code) {
  const char* name = api::ErrorName(code);
  if (name != nullptr) {
    line += name;
  } else {
    AppendFormatted(line, "%d", static_cast<int>(code));
  }
}

}  // namespace

void AppendAddress(std::string& line, const void* address) {
  if (address == nullptr) {
    line += "null";
  } else {
    AppendFormatted(line, "%p", address);
  }
}

void AppendNumber(std::string& line, long long value) { AppendFormatted(line, "%lld", value); }
void AppendNumber(std::string& line, unsigned long long value) {
  AppendFormatted(line, "%llu", value);
}
void AppendNumber(std::string& line, double value) { AppendFormatted(line, "%g", value); }
void AppendResult(std::string& line, supaError_t result) { AppendCode(line, result); }
void AppendResult(std::string& line, SUresult result) { AppendCode(line, result); }

void Print(const std::string& line) {
  std::fprintf(stderr, "opensupa: trace: [%d] %s\n", ThreadNumber(), line.c_str());
}

}  // namespace opensupa::layers::trace
