#include "engine/device_printf.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace opensupa::emu {
namespace {

constexpr int kMaxField = 512;
// A double has up to 309 digits before the point.
constexpr size_t kMaxConversionBytes = kMaxField + 400;

/// Reads the packed arguments one after the other.
class Arguments {
 public:
  explicit Arguments(const void* packed) : next_(static_cast<const std::byte*>(packed)) {}

  template <typename T>
  T Take() {
    const auto at = (reinterpret_cast<uintptr_t>(next_) + sizeof(T) - 1) & ~(sizeof(T) - 1);
    T value;
    std::memcpy(&value, reinterpret_cast<const void*>(at), sizeof(T));
    next_ = reinterpret_cast<const std::byte*>(at + sizeof(T));
    ++count_;
    return value;
  }
  int32_t count() const { return count_; }

 private:
  const std::byte* next_;
  int32_t count_ = 0;
};

enum class Length { kNone, kChar, kShort, kLong };

struct Spec {
  char flags[8];  // NUL-terminated
  int width;      // -1 = none
  int precision;  // -1 = none
  Length length;
  char conversion;
};

int ParseNumber(const char*& p) {
  int value = 0;
  for (; *p >= '0' && *p <= '9'; ++p) value = std::min(value * 10 + (*p - '0'), kMaxField);
  return value;
}

void AddFlag(Spec& spec, char flag) {
  const size_t n = std::strlen(spec.flags);
  if (std::strchr(spec.flags, flag) == nullptr && n + 1 < sizeof(spec.flags)) spec.flags[n] = flag;
}

Length ParseLength(const char*& p) {
  Length length = Length::kNone;
  for (;; ++p) {
    if (*p == 'h') {
      length = length == Length::kShort ? Length::kChar : Length::kShort;
    } else if (*p == 'l' || *p == 'j' || *p == 'z' || *p == 't') {
      length = Length::kLong;
    } else if (*p != 'L') {  // long double is double on the device
      return length;
    }
  }
}

/// Parses what follows a '%'; `p` ends behind the conversion.
Spec ParseSpec(const char*& p, Arguments& args) {
  Spec spec{{}, -1, -1, Length::kNone, '\0'};
  for (; *p != '\0' && std::strchr("-+ #0", *p) != nullptr; ++p) AddFlag(spec, *p);
  if (*p == '*') {
    ++p;
    const int width = args.Take<int>();
    if (width < 0) AddFlag(spec, '-');
    spec.width = width < -kMaxField ? kMaxField : std::min(width < 0 ? -width : width, kMaxField);
  } else if (*p >= '1' && *p <= '9') {
    spec.width = ParseNumber(p);
  }
  if (*p == '.') {
    ++p;
    if (*p == '*') {
      ++p;
      const int precision = args.Take<int>();
      spec.precision = precision < 0 ? -1 : std::min(precision, kMaxField);
    } else {
      spec.precision = ParseNumber(p);
    }
  }
  spec.length = ParseLength(p);
  spec.conversion = *p;
  if (*p != '\0') ++p;
  return spec;
}

/// The C format of `spec` with `*` for width and precision, and `length` before the conversion.
template <typename T>
void Print(const Spec& spec, const char* length, T value, std::string& out) {
  char format[24];
  std::snprintf(format, sizeof(format), "%%%s%s%s%s%c", spec.flags, spec.width >= 0 ? "*" : "",
                spec.precision >= 0 ? ".*" : "", length, spec.conversion);
  char text[kMaxConversionBytes];
  int n = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  if (spec.width >= 0 && spec.precision >= 0) {
    n = std::snprintf(text, sizeof(text), format, spec.width, spec.precision, value);
  } else if (spec.width >= 0) {
    n = std::snprintf(text, sizeof(text), format, spec.width, value);
  } else if (spec.precision >= 0) {
    n = std::snprintf(text, sizeof(text), format, spec.precision, value);
  } else {
    n = std::snprintf(text, sizeof(text), format, value);
  }
#pragma GCC diagnostic pop
  if (n > 0) out.append(text, std::min(static_cast<size_t>(n), sizeof(text) - 1));
}

void PrintInteger(const Spec& spec, Arguments& args, std::string& out) {
  if (spec.length == Length::kLong) {
    Print(spec, "ll", args.Take<unsigned long long>(), out);
    return;
  }
  const unsigned value = args.Take<unsigned>();
  const bool is_signed = spec.conversion == 'd' || spec.conversion == 'i';
  switch (spec.length) {
    case Length::kChar:
      Print(spec, "",
            is_signed ? static_cast<unsigned>(static_cast<signed char>(value)) : value & 0xff, out);
      break;
    case Length::kShort:
      Print(spec, "", is_signed ? static_cast<unsigned>(static_cast<short>(value)) : value & 0xffff,
            out);
      break;
    default:
      Print(spec, "", value, out);
  }
}

void PrintString(const Spec& spec, const char* text, std::string& out) {
  if (text == nullptr) text = "(null)";
  size_t length = 0;
  while ((spec.precision < 0 || length < static_cast<size_t>(spec.precision)) &&
         text[length] != '\0') {
    ++length;
  }
  const size_t width = spec.width < 0 ? 0 : static_cast<size_t>(spec.width);
  const size_t padding = width > length ? width - length : 0;
  const bool left = std::strchr(spec.flags, '-') != nullptr;
  if (!left) out.append(padding, ' ');
  out.append(text, length);
  if (left) out.append(padding, ' ');
}

/// False when `spec` is no conversion that is known.
bool PrintConversion(const Spec& spec, Arguments& args, std::string& out) {
  switch (spec.conversion) {
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      PrintInteger(spec, args, out);
      return true;
    case 'c':
      Print(spec, "", args.Take<int>(), out);
      return true;
    case 's':
      PrintString(spec, args.Take<const char*>(), out);
      return true;
    case 'p':
      Print(spec, "", args.Take<void*>(), out);
      return true;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      Print(spec, "", args.Take<double>(), out);
      return true;
    case '%':
      out.push_back('%');
      return true;
    case 'n':  // writes nothing, but its pointer stands among the arguments
      args.Take<void*>();
      return false;
    default:
      return false;
  }
}

}  // namespace

int32_t FormatDevicePrintf(const char* format, const void* packed_args, std::string& out) {
  if (format == nullptr) return -1;
  Arguments args(packed_args);
  const char* p = format;
  while (*p != '\0') {
    if (*p != '%') {
      out.push_back(*p++);
      continue;
    }
    const char* start = p++;
    const Spec spec = ParseSpec(p, args);
    if (!PrintConversion(spec, args, out)) out.append(start, static_cast<size_t>(p - start));
  }
  return args.count();
}

}  // namespace opensupa::emu
