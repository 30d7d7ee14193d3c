#pragma once

#include <string>
#include <type_traits>

#include "opensupa/spec/dispatch.h"

/// How the tracing layer prints a call. Pointers are printed, never followed.
namespace opensupa::layers::trace {

/// The table below the layer.
inline const opensupa_dispatch& Next() { return api::DefaultDispatch(); }

void AppendAddress(std::string& line, const void* address);
void AppendNumber(std::string& line, long long value);
void AppendNumber(std::string& line, unsigned long long value);
void AppendNumber(std::string& line, double value);
void AppendResult(std::string& line, supaError_t result);
void AppendResult(std::string& line, SUresult result);
/// Writes the line with the thread's number before it.
void Print(const std::string& line);

template <typename T>
void Append(std::string& line, const T& value) {
  if constexpr (std::is_pointer_v<T>) {
    AppendAddress(line, reinterpret_cast<const void*>(value));
  } else if constexpr (std::is_enum_v<T>) {
    AppendNumber(line, static_cast<long long>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    AppendNumber(line, static_cast<double>(value));
  } else if constexpr (std::is_unsigned_v<T>) {
    AppendNumber(line, static_cast<unsigned long long>(value));
  } else if constexpr (std::is_integral_v<T>) {
    AppendNumber(line, static_cast<long long>(value));
  } else {
    line += "{...}";
  }
}

inline void Append(std::string& line, const dim3& value) {
  line += '(';
  AppendNumber(line, static_cast<unsigned long long>(value.x));
  line += ',';
  AppendNumber(line, static_cast<unsigned long long>(value.y));
  line += ',';
  AppendNumber(line, static_cast<unsigned long long>(value.z));
  line += ')';
}

template <typename... Args>
std::string FormatCall(const char* name, const Args&... args) {
  std::string line(name);
  line += '(';
  [[maybe_unused]] const char* separator = "";
  ((line += separator, Append(line, args), separator = ", "), ...);
  line += ')';
  return line;
}

template <typename... Args>
void Report(const char* name, const Args&... args) {
  Print(FormatCall(name, args...));
}

template <typename Result, typename... Args>
void ReportResult(const Result& result, const char* name, const Args&... args) {
  std::string line = FormatCall(name, args...);
  line += " = ";
  if constexpr (std::is_same_v<Result, supaError_t> || std::is_same_v<Result, SUresult>) {
    AppendResult(line, result);
  } else {
    Append(line, result);
  }
  Print(line);
}

}  // namespace opensupa::layers::trace
