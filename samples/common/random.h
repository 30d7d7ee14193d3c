// Random numbers that are the same on every machine and with every standard library.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace sample {

/// The splitmix64 generator: 64 bits of state, passes the usual statistical tests.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }

  /// Uniform in [low, high).
  float Uniform(float low, float high) {
    const float unit = static_cast<float>(Next() >> 40) * 0x1p-24f;
    return low + (high - low) * unit;
  }

  /// Uniform in [0, limit).
  std::uint32_t Below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(((Next() >> 32) * limit) >> 32);
  }

  /// Fisher-Yates shuffle.
  template <typename T>
  void Shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      std::swap(values[i - 1], values[Below(static_cast<std::uint32_t>(i))]);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace sample
