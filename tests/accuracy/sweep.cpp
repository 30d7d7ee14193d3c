#include "sweep.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <thread>
#include <type_traits>
#include <vector>

#include "filter.h"
#include "math_kernels.h"

namespace opensupa::accuracy {
namespace {

constexpr size_t kBatch = 32768;

/// Wrong specials that are judged one by one; further ones are counted as the filter sees them.
constexpr uint64_t kJudgedSpecials = 2000;

/// Marks an error outside the range of the bound in ulp that is larger than those before.
constexpr float kAbsolute = 1e29f;

template <typename T>
using WordOf = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

/// Arguments of one batch: the next bit patterns, or random ones.
template <typename T>
class Inputs {
 public:
  Inputs(const Function& function, const SweepOptions& options, int thread)
      : function_(function), random_(options.seed * 1000003 + static_cast<uint64_t>(thread)) {}

  void Patterns(uint64_t first, uint64_t stride, size_t count, std::vector<T>& x) {
    for (size_t i = 0; i < count; ++i) {
      x[i] = std::bit_cast<T>(static_cast<WordOf<T>>(first + i * stride));
    }
  }

  /// Half of any bit pattern; half in the ranges of the function, a third of those close to one of
  /// its ends or to a whole number.
  void Random(size_t count, std::vector<std::vector<T>>& x) {
    for (size_t i = 0; i < count; ++i) {
      const bool any = (i & 1) == 0;
      const Range& range = function_.ranges[(i >> 1) % function_.ranges.size()];
      const uint64_t way = random_() % 6;
      for (int k = 0; k < function_.arguments; ++k) {
        x[k][i] = any ? std::bit_cast<T>(static_cast<WordOf<T>>(random_())) : InRange(range, way);
      }
    }
  }

 private:
  T InRange(const Range& range, uint64_t way) {
    const double unit = static_cast<double>(random_() >> 11) * 0x1p-53;
    const double value = range.low + (range.high - range.low) * unit;
    if (way < 4) return static_cast<T>(value);
    const double anchor =
        way == 4 ? std::rint(value) : std::rint(value * 0.63661977236758134) * 1.5707963267948966;
    const double off = std::exp2(-60 * static_cast<double>(random_() >> 11) * 0x1p-53);
    return static_cast<T>(random_() & 1 ? anchor + off : anchor - off);
  }

  const Function& function_;
  std::mt19937_64 random_;
};

std::string SignatureFor(const Function& function, char letter) {
  return std::string(static_cast<size_t>(function.arguments) + 1, letter);
}

/// One thread's part of a measurement.
template <typename T>
class Sweeper {
 public:
  Sweeper(const Function& function, const SweepOptions& options, int thread)
      : function_(function),
        options_(options),
        thread_(thread),
        inputs_(function, options, thread),
        judge_(function),
        kernel_(cc::testing::Symbol<T>(function.name),
                SignatureFor(function, sizeof(T) == 4 ? 'f' : 'd')),
        x_(static_cast<size_t>(function.arguments), std::vector<T>(kBatch)),
        result_(kBatch),
        reference_(kBatch),
        error_(kBatch) {}

  Measurement<T> Run() {
    const auto threads = static_cast<uint64_t>(options_.threads);
    if (sizeof(T) == 4 && function_.arguments == 1) {
      const uint64_t total = (options_.last_bits - options_.first_bits) / options_.stride + 1;
      for (uint64_t at = static_cast<uint64_t>(thread_) * kBatch; at < total;
           at += threads * kBatch) {
        const size_t count = std::min<uint64_t>(kBatch, total - at);
        inputs_.Patterns(options_.first_bits + at * options_.stride, options_.stride, count, x_[0]);
        Batch(count);
      }
    } else {
      for (uint64_t at = 0; at < options_.samples / threads; at += kBatch) {
        inputs_.Random(kBatch, x_);
        Batch(kBatch);
      }
    }
    found_.device_ns = device_seconds_ * 1e9 / static_cast<double>(found_.inputs);
    return found_;
  }

 private:
  void Batch(size_t count) {
    const auto start = std::chrono::steady_clock::now();
    Call();
    device_seconds_ +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    found_.inputs += count;
    Compare(count);
    if (function_.HasAbsoluteRange()) FilterAbsolute(count);
    if (Largest(error_.data(), count) <= best_) return;
    for (size_t i = 0; i < count; ++i) {
      if (error_[i] > best_) Consider(i);
    }
  }

  /// Where the bound is absolute, lets only those through that are worse than the worst.
  void FilterAbsolute(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (IsRelative(x_[0][i]) || error_[i] >= kWrongKind) continue;
      const double error = std::abs(static_cast<double>(result_[i] - reference_[i]));
      error_[i] = error > found_.max_absolute ? kAbsolute : 0;
    }
  }

  void Call() {
    switch (function_.arguments) {
      case 1:
        kernel_.Run(result_, x_[0]);
        break;
      case 2:
        kernel_.Run(result_, x_[0], x_[1]);
        break;
      case 3:
        kernel_.Run(result_, x_[0], x_[1], x_[2]);
        break;
      default:
        kernel_.Run(result_, x_[0], x_[1], x_[2], x_[3]);
    }
  }

  void Compare(size_t count) {
    if constexpr (std::is_same_v<T, float>) {
      const float* x[kMaxArguments] = {};
      for (size_t k = 0; k < x_.size(); ++k) x[k] = x_[k].data();
      function_.float_reference(x, result_.data(), reference_.data(), count);
      FilterFloat(result_.data(), reference_.data(), error_.data(), count);
    } else {
      for (size_t i = 0; i < count; ++i) {
        double x[kMaxArguments] = {};
        for (size_t k = 0; k < x_.size(); ++k) x[k] = x_[k][i];
        reference_[i] = function_.double_reference(x, result_[i]);
        error_[i] = FilterDouble(result_[i], reference_[i]);
      }
    }
  }

  bool IsRelative(T x) const {
    return x < function_.relative_below ||
           (x >= function_.relative_range.low && x <= function_.relative_range.high);
  }

  void Consider(size_t i) {
    T x[kMaxArguments] = {};
    for (size_t k = 0; k < x_.size(); ++k) x[k] = x_[k][i];
    if (error_[i] >= kWrongKind && found_.wrong_specials >= kJudgedSpecials) {
      ++found_.wrong_specials;
      return;
    }
    const bool relative = !function_.HasAbsoluteRange() || IsRelative(x[0]);
    if (error_[i] <= best_) return;
    const Verdict verdict = judge_.Decide(x, result_[i]);
    if (verdict.wrong_special) {
      if (found_.wrong_specials++ == 0) std::copy_n(x, kMaxArguments, found_.wrong);
      return;
    }
    if (!relative) {
      if (verdict.absolute_error <= found_.max_absolute) return;
      found_.max_absolute = verdict.absolute_error;
      std::copy_n(x, kMaxArguments, found_.worst_absolute);
      return;
    }
    found_.max_rounded_ulp = std::max(found_.max_rounded_ulp, verdict.rounded_ulp);
    if (verdict.error_ulp <= found_.max_ulp) return;
    found_.max_ulp = verdict.error_ulp;
    best_ = static_cast<float>(verdict.error_ulp);
    std::copy_n(x, kMaxArguments, found_.worst);
  }

  const Function& function_;
  const SweepOptions& options_;
  const int thread_;
  Inputs<T> inputs_;
  Judge<T> judge_;
  cc::testing::MathKernel kernel_;
  std::vector<std::vector<T>> x_;
  std::vector<T> result_;
  std::vector<std::conditional_t<sizeof(T) == 4, double, long double>> reference_;
  std::vector<float> error_;
  float best_ = 0;
  double device_seconds_ = 0;
  Measurement<T> found_;
};

/// Joins what the threads found.
template <typename T>
void Merge(Measurement<T>& all, const Measurement<T>& part) {
  all.inputs += part.inputs;
  all.max_rounded_ulp = std::max(all.max_rounded_ulp, part.max_rounded_ulp);
  if (part.max_ulp > all.max_ulp) {
    all.max_ulp = part.max_ulp;
    std::copy_n(part.worst, kMaxArguments, all.worst);
  }
  if (part.max_absolute > all.max_absolute) {
    all.max_absolute = part.max_absolute;
    std::copy_n(part.worst_absolute, kMaxArguments, all.worst_absolute);
  }
  if (all.wrong_specials == 0) std::copy_n(part.wrong, kMaxArguments, all.wrong);
  all.wrong_specials += part.wrong_specials;
  all.device_ns = std::max(all.device_ns, part.device_ns);
}

}  // namespace

template <typename T>
Measurement<T> Measure(const Function& function, const SweepOptions& options) {
  std::vector<Measurement<T>> parts(static_cast<size_t>(options.threads));
  std::vector<std::thread> threads;
  for (int i = 0; i < options.threads; ++i) {
    threads.emplace_back(
        [&, i] { parts[static_cast<size_t>(i)] = Sweeper<T>(function, options, i).Run(); });
  }
  for (std::thread& thread : threads) thread.join();
  Measurement<T> all;
  for (const Measurement<T>& part : parts) Merge(all, part);
  return all;
}

template Measurement<float> Measure(const Function&, const SweepOptions&);
template Measurement<double> Measure(const Function&, const SweepOptions&);

}  // namespace opensupa::accuracy
