#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace opensupa::fuzz {

/// Threads of one block, by number; at most 1024.
class ThreadSet {
 public:
  static ThreadSet First(uint32_t count) {
    ThreadSet set;
    for (uint32_t i = 0; i < count; ++i) set.Add(i);
    return set;
  }
  static ThreadSet One(uint32_t thread) {
    ThreadSet set;
    set.Add(thread);
    return set;
  }

  void Add(uint32_t thread) { words_[thread / 64] |= uint64_t{1} << thread % 64; }
  bool Has(uint32_t thread) const { return (words_[thread / 64] >> thread % 64 & 1) != 0; }
  bool empty() const { return *this == ThreadSet(); }
  /// The lanes of warp `warp`.
  uint32_t Warp(uint32_t warp) const {
    return static_cast<uint32_t>(words_[warp / 2] >> (32 * (warp % 2)));
  }

  ThreadSet operator|(const ThreadSet& other) const {
    return Combine(other, [](auto a, auto b) { return a | b; });
  }
  ThreadSet operator&(const ThreadSet& other) const {
    return Combine(other, [](auto a, auto b) { return a & b; });
  }
  ThreadSet operator-(const ThreadSet& other) const {
    return Combine(other, [](auto a, auto b) { return a & ~b; });
  }
  bool operator==(const ThreadSet& other) const = default;

  /// Calls visit(thread), in ascending order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (uint32_t i = 0; i < words_.size(); ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(i * 64 + static_cast<uint32_t>(std::countr_zero(word)));
      }
    }
  }

 private:
  template <typename Operation>
  ThreadSet Combine(const ThreadSet& other, Operation operation) const {
    ThreadSet result;
    for (size_t i = 0; i < words_.size(); ++i) {
      result.words_[i] = operation(words_[i], other.words_[i]);
    }
    return result;
  }

  std::array<uint64_t, 16> words_ = {};
};

}  // namespace opensupa::fuzz
