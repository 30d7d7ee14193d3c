#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "image_runner.h"

namespace opensupa::cc::testing {

/// A function of the device library behind a kernel that calls it once per thread.
///
/// `signature` has one letter for the result and one for each parameter: f float, d double, i
/// int32, v void, p pointer. Every letter but v stands for one array.
class MathKernel {
 public:
  MathKernel(const std::string& symbol, const std::string& signature);

  /// Element i of every array belongs to call i: results are written, parameters are read, and a
  /// pointer parameter points to its element.
  template <typename... Arrays>
  void Run(Arrays&... arrays) {
    const std::vector<uint64_t> sizes = {arrays.size()...};
    runner_.Run("k", static_cast<uint32_t>(sizes[0]), arrays.data()...);
  }

 private:
  ImageRunner runner_;
};

/// Name of a function of the library for T.
template <typename T>
std::string Symbol(const std::string& function) {
  return "__su_" + function + (std::is_same_v<T, float> ? "_f32" : "_f64");
}

/// Replaces 't' in a signature by the letter of T.
template <typename T>
std::string SignatureOf(std::string signature) {
  for (char& letter : signature) {
    if (letter == 't') letter = std::is_same_v<T, float> ? 'f' : 'd';
  }
  return signature;
}

/// function(x[i]) for all i.
template <typename T>
std::vector<T> Unary(const std::string& function, std::vector<T> x) {
  std::vector<T> result(x.size());
  MathKernel(Symbol<T>(function), SignatureOf<T>("tt")).Run(result, x);
  return result;
}

/// function(x[i], y[i]) for all i.
template <typename T>
std::vector<T> Binary(const std::string& function, std::vector<T> x, std::vector<T> y) {
  std::vector<T> result(x.size());
  MathKernel(Symbol<T>(function), SignatureOf<T>("ttt")).Run(result, x, y);
  return result;
}

/// Distance between a result and the exact value, in units of the last place of T at that value.
/// 0 if both are NaN or equal (signs of zero are not looked at), huge if only one is NaN or
/// infinite.
template <typename T>
double UlpError(T result, long double exact);

}  // namespace opensupa::cc::testing
