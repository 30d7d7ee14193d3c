// The threads of the native twins: as many as the device has workers.

#ifndef SUPA_BENCH_WORKERS_H_
#define SUPA_BENCH_WORKERS_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace bench {

/// A fixed team of threads; the caller of Run is worker 0. Not for use by two threads at once.
class Workers {
 public:
  using Body = void (*)(void* context, int worker);

  explicit Workers(int count);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int count() const { return count_; }

  /// Calls body(context, w) once for each worker w, all at the same time, and returns when all have
  /// returned.
  void Run(Body body, void* context);

  /// Only inside Run: returns when every worker has called it.
  void Barrier();

  /// f(worker) on every worker.
  template <typename F>
  void Each(F&& f) {
    Run([](void* context,
           int worker) { (*static_cast<std::remove_reference_t<F>*>(context))(worker); },
        &f);
  }

  /// f(begin, end) once for each worker: equal parts of [0, n) whose borders are multiples of
  /// `multiple`.
  template <typename F>
  void Split(size_t n, size_t multiple, F&& f) {
    Each([&](int worker) {
      const size_t units = (n + multiple - 1) / multiple;
      const size_t begin = units * worker / count_ * multiple;
      const size_t end = std::min(n, units * (worker + 1) / count_ * multiple);
      if (begin < end) f(begin, end);
    });
  }

  /// f(begin, end) for parts of `chunk` (the last may be shorter), taken by whoever is free.
  template <typename F>
  void Deal(size_t n, size_t chunk, F&& f) {
    std::atomic<size_t> next{0};
    Each([&](int) {
      for (size_t begin; (begin = next.fetch_add(chunk, std::memory_order_relaxed)) < n;) {
        f(begin, std::min(n, begin + chunk));
      }
    });
  }

 private:
  void Serve(int worker);

  const int count_;
  Body body_ = nullptr;
  void* context_ = nullptr;
  bool stop_ = false;
  std::atomic<uint32_t> round_{0};
  std::atomic<int> running_{0};
  std::atomic<int> arrived_{0};
  std::atomic<uint32_t> barrier_round_{0};
  std::vector<std::thread> threads_;
};

}  // namespace bench

#endif  // SUPA_BENCH_WORKERS_H_
