#include "math_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace opensupa::cc::testing {
namespace {

std::string TypeName(char letter) {
  switch (letter) {
    case 'f':
      return "float";
    case 'd':
      return "double";
    case 'i':
      return "i32";
    case 'v':
      return "void";
    default:
      return "ptr";
  }
}

/// Size of what a pointer parameter points to.
uint32_t PointeeBytes(const std::string& signature, size_t index) {
  // remquo and frexp write an int.
  const bool integer_pointee = signature[0] != 'v' && index + 1 == signature.size();
  return !integer_pointee && signature[1] == 'd' ? 8 : 4;
}

std::string ModuleText(const std::string& symbol, const std::string& signature) {
  std::string declared;
  std::string parameters;
  std::string loads;
  std::string arguments;
  for (size_t i = 0; i < signature.size(); ++i) {
    if (signature[i] == 'v') continue;
    const std::string id = std::to_string(i);
    const std::string type = TypeName(signature[i]);
    parameters += (parameters.empty() ? "ptr %a" : ", ptr %a") + id;
    if (signature[i] == 'p') {
      const uint32_t bytes = PointeeBytes(signature, i);
      loads += "  %v" + id + " = getelementptr [" + std::to_string(bytes) + " x i8], ptr %a" + id +
               ", i32 %x\n";
    } else {
      loads += "  %p" + id + " = getelementptr " + type + ", ptr %a" + id + ", i32 %x\n";
      if (i > 0) loads += "  %v" + id + " = load " + type + ", ptr %p" + id + "\n";
    }
    if (i == 0) continue;
    declared += (declared.empty() ? "" : ", ") + type;
    arguments += (arguments.empty() ? "" : ", ") + type + " %v" + id;
  }
  const std::string result = TypeName(signature[0]);
  std::string text = "declare i32 @__su_tid_x()\n";
  text += "declare " + result + " @" + symbol + "(" + declared + ")\n";
  text += "define void @k(" + parameters + ") {\n  %x = call i32 @__su_tid_x()\n" + loads;
  if (signature[0] == 'v') {
    text += "  call void @" + symbol + "(" + arguments + ")\n";
  } else {
    text += "  %r = call " + result + " @" + symbol + "(" + arguments + ")\n";
    text += "  store " + result + " %r, ptr %p0\n";
  }
  return text + "  ret void\n}\n";
}

}  // namespace

MathKernel::MathKernel(const std::string& symbol, const std::string& signature)
    : runner_(CompileText(ModuleText(symbol, signature), {"k"})) {}

template <typename T>
double UlpError(T result, long double exact) {
  constexpr double kHuge = 1e30;
  if (std::isnan(result) || std::isnan(exact)) {
    return std::isnan(result) == std::isnan(exact) ? 0 : kHuge;
  }
  const T rounded = static_cast<T>(exact);
  if (result == rounded) return 0;
  if (std::isinf(result) || std::isinf(rounded)) {
    // The largest finite value is as close to infinity as to its other neighbour.
    const T finite = std::isinf(result) ? rounded : result;
    if (std::abs(finite) < std::numeric_limits<T>::max()) return kHuge;
    return (std::signbit(result) == std::signbit(rounded)) ? 1 : kHuge;
  }
  const int exponent =
      exact == 0 ? std::numeric_limits<T>::min_exponent : static_cast<int>(std::ilogb(exact)) + 1;
  const int lowest = std::max(exponent, std::numeric_limits<T>::min_exponent);
  const long double ulp = std::ldexp(1.0L, lowest - std::numeric_limits<T>::digits);
  return static_cast<double>(std::abs(static_cast<long double>(result) - exact) / ulp);
}

template double UlpError<float>(float, long double);
template double UlpError<double>(double, long double);

}  // namespace opensupa::cc::testing
