// A problem of the suite: its data on every side, how each side solves it, and how a result is
// judged.

#ifndef SUPA_BENCH_PROBLEM_H_
#define SUPA_BENCH_PROBLEM_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "native/twins.h"
#include "opencl.h"
#include "workers.h"

namespace bench {

/// Who solves the problem. The second native version has non-temporal stores, unless the problem
/// says otherwise.
enum class Side { kDevice, kNative, kNativeSecond, kOpenCl };

/// A mixed 32-bit value for each index, the same on every machine.
inline uint32_t Hash(uint64_t index) {
  uint64_t z = (index + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<uint32_t>((z ^ (z >> 31)) >> 16);
}

/// A value in [low, high) for each index; series with another seed are independent.
inline float Uniform(uint64_t seed, uint64_t index, float low, float high) {
  return low + (high - low) * static_cast<float>(Hash((seed << 40) + index) >> 8) * 0x1p-24f;
}

inline bool IsClose(double actual, double expected, double relative, double absolute) {
  return std::fabs(actual - expected) <= absolute + relative * std::fabs(expected);
}

/// Which side's data an array holds between runs.
enum class Role { kInput, kOutput, kInOut };

/// One array: host memory for the native twins and OpenCL, and its copy in device memory.
class ArrayBase {
 public:
  ArrayBase(size_t size_bytes, Role role);
  virtual ~ArrayBase();
  ArrayBase(const ArrayBase&) = delete;
  ArrayBase& operator=(const ArrayBase&) = delete;

  Role role() const { return role_; }
  size_t size_bytes() const { return size_bytes_; }
  ClBuffer& cl() { return cl_; }

  /// Puts the starting value into the memory that `side` works on.
  void Reset(Side side, Workers& workers);

 protected:
  virtual void Fill(Workers& workers) = 0;
  const void* Fetch(Side side);

  void* host_ = nullptr;
  void* device_ = nullptr;

 private:
  const size_t size_bytes_;
  const Role role_;
  void* fetched_ = nullptr;
  ClBuffer cl_;
};

class Problem {
 public:
  virtual ~Problem() = default;

  /// Amount of work of one run and its unit: metric = work() / seconds, in unit().
  virtual double work() const = 0;
  virtual const char* unit() const = 0;

  /// Enqueues one run on the default stream.
  virtual void RunDevice() = 0;
  virtual void RunNative(const Twins& twins, Workers& workers, bool second) = 0;
  /// Enqueues one run on the queue of `cl`.
  virtual void RunOpenCl(OpenCl& cl) = 0;

  /// Judges what `side` computed in its first run after Reset. Empty when it is right, otherwise a
  /// sentence.
  virtual std::string Check(Side side) = 0;

  virtual bool has_native() const { return true; }
  virtual bool has_opencl() const { return true; }
  /// Whether the native side has two versions, of which the faster counts, and what tells them
  /// apart.
  virtual bool has_second_twin() const { return true; }
  virtual const char* native_name(bool second) const { return second ? "streaming" : "plain"; }
  /// Whether a run destroys its input, so that Reset is needed before each.
  virtual bool consumes_input() const { return false; }

  /// Gives all arrays their starting value; inputs that nobody writes only when `all`.
  void Reset(Side side, Workers& workers, bool all);

 protected:
  /// Every array of the problem, once, by the constructor.
  void AddAll(std::initializer_list<ArrayBase*> arrays) { arrays_ = arrays; }

 private:
  std::vector<ArrayBase*> arrays_;
};

template <typename T>
class Array : public ArrayBase {
 public:
  /// value(i) gives the starting value of element i.
  template <typename F>
  Array(Role role, size_t count, F value)
      : ArrayBase(count * sizeof(T), role),
        count_(count),
        fill_([value](T* data, size_t begin, size_t end) {
          for (size_t i = begin; i < end; ++i) data[i] = static_cast<T>(value(i));
        }) {}

  size_t count() const { return count_; }
  T* device() const { return static_cast<T*>(device_); }
  T* host() const { return static_cast<T*>(host_); }
  /// What `side` has computed, valid until the next call for this array.
  const T* Result(Side side) { return static_cast<const T*>(Fetch(side)); }

 protected:
  void Fill(Workers& workers) override {
    workers.Split(count_, 4096, [&](size_t begin, size_t end) { fill_(host(), begin, end); });
  }

 private:
  const size_t count_;
  std::function<void(T*, size_t, size_t)> fill_;
};

/// An entry of the suite.
struct Entry {
  const char* name;
  /// `quick` asks for the small size of a smoke test.
  std::unique_ptr<Problem> (*make)(bool quick);
};

/// All kernels of the suite, in the order of the table.
const std::vector<Entry>& Suite();

/// Products through matrix fragments. They do not count in the means of the suite.
const std::vector<Entry>& MatrixProducts();

/// Throws std::runtime_error with a full sentence when a call of the runtime failed.
void RequireSupa(int error, const char* call);

/// "Element 17 is 0.25 where 0.5 was expected."
std::string Mismatch(size_t index, double actual, double expected);

}  // namespace bench

#define BENCH_SUPA(call) ::bench::RequireSupa((call), #call)

#endif  // SUPA_BENCH_PROBLEM_H_
