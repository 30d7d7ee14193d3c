/// supa::barrier: threads of one or several kinds arrive, and go on when all have. For host and
/// device code; a barrier is one word, so that it may stand in shared memory.
#ifndef OPENSUPA_SYNC_BARRIER_H_
#define OPENSUPA_SYNC_BARRIER_H_
#pragma GCC system_header

#include <stdint.h>

#include <chrono>
#include <new>

#include "opensupa/sync/atomic.h"

namespace supa {

namespace __detail {

/// The state of a barrier. Fields from the low end, each with its width in bits: threads expected
/// in each phase (20), arrivals pending in this one (20), bytes pending (21, signed), phase (3).
struct phases {
  typedef unsigned long long Word;
  static constexpr Word kCountMask = (1u << 20) - 1;
  static constexpr int kPendingShift = 20, kBytesShift = 40, kPhaseShift = 61;
  static constexpr Word kBytesMask = ((Word)1 << 21) - 1;

  __SUPA_SYNC__ static constexpr Word start(Word expected) {
    return expected | expected << kPendingShift;
  }
  __SUPA_SYNC__ static Word expected(Word word) { return word & kCountMask; }
  __SUPA_SYNC__ static Word pending(Word word) { return word >> kPendingShift & kCountMask; }
  __SUPA_SYNC__ static Word phase(Word word) { return word >> kPhaseShift; }
  __SUPA_SYNC__ static bool complete(Word word) {
    return pending(word) == 0 && (word >> kBytesShift & kBytesMask) == 0;
  }
  /// After `arrivals`, of which `dropped` will not be expected again, and `bytes` more pending.
  __SUPA_SYNC__ static Word change(Word word, Word arrivals, Word dropped, long long bytes) {
    const Word all_bytes = ((word >> kBytesShift) + (Word)bytes) & kBytesMask;
    return phase(word) << kPhaseShift | all_bytes << kBytesShift |
           ((pending(word) - arrivals) & kCountMask) << kPendingShift |
           ((expected(word) - dropped) & kCountMask);
  }
  __SUPA_SYNC__ static Word next(Word word) {
    return (phase(word) + 1) << kPhaseShift | start(expected(word));
  }

  /// Changes the state and, when that completes the phase, calls `completion` and begins the next.
  /// Gives the phase in which it happened.
  template <int Scope, class Completion>
  __SUPA_SYNC__ static Word apply(Word* place, Word arrivals, Word dropped, long long bytes,
                                  Completion& completion) {
    Word old = load<Scope>(place, __ATOMIC_RELAXED);
    Word changed = change(old, arrivals, dropped, bytes);
    while (!compare_exchange<Scope>(place, &old, changed, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      changed = change(old, arrivals, dropped, bytes);
    }
    if (complete(changed)) {
      completion();
      store<Scope>(place, next(changed), __ATOMIC_RELEASE);
    }
    return phase(old);
  }
  template <int Scope>
  __SUPA_SYNC__ static bool passed(const Word* place, Word phase_waited_for) {
    return phase(load<Scope>(place, __ATOMIC_ACQUIRE)) != phase_waited_for;
  }
};

struct no_completion {
  __SUPA_SYNC__ void operator()() const noexcept {}
};

template <class Duration>
__SUPA_SYNC__ unsigned long long to_ns(const Duration& duration) {
  const auto ns = ::std::chrono::duration_cast<::std::chrono::nanoseconds>(duration).count();
  return ns < 0 ? 0 : (unsigned long long)ns;
}

}  // namespace __detail

/// At most max() threads. One without a value is to be given one by init().
template <thread_scope Scope, class Completion = __detail::no_completion>
class barrier {
  typedef __detail::phases phases;

 public:
  class arrival_token {
   public:
    arrival_token(arrival_token&&) = default;
    arrival_token& operator=(arrival_token&&) = default;

   private:
    friend class barrier;
    __SUPA_SYNC__ explicit arrival_token(phases::Word phase) : phase_(phase) {}
    phases::Word phase_;
  };

  barrier() = default;
  __SUPA_SYNC__ constexpr explicit barrier(ptrdiff_t expected, Completion completion = Completion())
      : state_(phases::start((phases::Word)expected)), completion_(completion) {}
  barrier(const barrier&) = delete;
  barrier& operator=(const barrier&) = delete;
  __SUPA_SYNC__ static constexpr ptrdiff_t max() noexcept { return (1 << 20) - 1; }

  __SUPA_SYNC__ friend void init(barrier* place, ptrdiff_t expected,
                                 Completion completion = Completion()) {
    ::new ((void*)place) barrier(expected, completion);
  }

  __SUPA_SYNC__ arrival_token arrive(ptrdiff_t arrivals = 1) {
    return arrival_token(phases::apply<Scope>(&state_, (phases::Word)arrivals, 0, 0, completion_));
  }
  __SUPA_SYNC__ void wait(arrival_token&& token) const {
    __detail::wait_until([&] { return phases::passed<Scope>(&state_, token.phase_); });
  }
  /// Waits until the phase of that parity is over; the first phase has parity false.
  __SUPA_SYNC__ void wait_parity(bool parity) const {
    __detail::wait_until([&] { return try_wait_parity(parity); });
  }
  __SUPA_SYNC__ void arrive_and_wait() { wait(arrive()); }
  /// Arrives, and is not expected in later phases.
  __SUPA_SYNC__ void arrive_and_drop() {
    (void)phases::apply<Scope>(&state_, 1, 1, 0, completion_);
  }
  __SUPA_SYNC__ bool try_wait(arrival_token&& token) const {
    return phases::passed<Scope>(&state_, token.phase_);
  }
  __SUPA_SYNC__ bool try_wait_parity(bool parity) const {
    return (phases::phase(__detail::load<Scope>(&state_, __ATOMIC_ACQUIRE)) & 1) !=
           (parity ? 1 : 0);
  }
  template <class Duration>
  __SUPA_SYNC__ bool try_wait_for(arrival_token&& token, const Duration& duration) const {
    return __detail::wait_until_or(__detail::to_ns(duration),
                                   [&] { return phases::passed<Scope>(&state_, token.phase_); });
  }
  template <class Duration>
  __SUPA_SYNC__ bool try_wait_parity_for(bool parity, const Duration& duration) const {
    return __detail::wait_until_or(__detail::to_ns(duration),
                                   [&] { return try_wait_parity(parity); });
  }

  /// Adds to the bytes that must arrive before the phase can end; negative when they have. Not in
  /// the C++ library.
  __SUPA_SYNC__ arrival_token __arrive_with_bytes(ptrdiff_t arrivals, long long bytes) {
    return arrival_token(
        phases::apply<Scope>(&state_, (phases::Word)arrivals, 0, bytes, completion_));
  }

 private:
  phases::Word state_;
  Completion completion_ [[no_unique_address]];
};

/// Threads count down once and wait for zero.
template <thread_scope Scope>
class latch {
 public:
  __SUPA_SYNC__ constexpr explicit latch(ptrdiff_t expected) : count_(expected) {}
  latch(const latch&) = delete;
  latch& operator=(const latch&) = delete;
  __SUPA_SYNC__ static constexpr ptrdiff_t max() noexcept { return PTRDIFF_MAX; }

  __SUPA_SYNC__ void count_down(ptrdiff_t amount = 1) {
    (void)count_.fetch_sub(amount, memory_order_release);
  }
  __SUPA_SYNC__ bool try_wait() const noexcept { return count_.load(memory_order_acquire) == 0; }
  __SUPA_SYNC__ void wait() const {
    __detail::wait_until([&] { return try_wait(); });
  }
  __SUPA_SYNC__ void arrive_and_wait(ptrdiff_t amount = 1) {
    count_down(amount);
    wait();
  }

 private:
  atomic<ptrdiff_t, Scope> count_;
};

/// A number of permits that threads take and give back.
template <thread_scope Scope, ptrdiff_t LeastMax = PTRDIFF_MAX>
class counting_semaphore {
 public:
  __SUPA_SYNC__ constexpr explicit counting_semaphore(ptrdiff_t count) : count_(count) {}
  counting_semaphore(const counting_semaphore&) = delete;
  counting_semaphore& operator=(const counting_semaphore&) = delete;
  __SUPA_SYNC__ static constexpr ptrdiff_t max() noexcept { return LeastMax; }

  __SUPA_SYNC__ void release(ptrdiff_t amount = 1) {
    (void)count_.fetch_add(amount, memory_order_release);
  }
  __SUPA_SYNC__ bool try_acquire() noexcept {
    ptrdiff_t count = count_.load(memory_order_relaxed);
    while (count > 0) {
      if (count_.compare_exchange_weak(count, count - 1, memory_order_acquire,
                                       memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  __SUPA_SYNC__ void acquire() {
    __detail::wait_until([&] { return try_acquire(); });
  }
  template <class Duration>
  __SUPA_SYNC__ bool try_acquire_for(const Duration& duration) {
    return __detail::wait_until_or(__detail::to_ns(duration), [&] { return try_acquire(); });
  }

 private:
  atomic<ptrdiff_t, Scope> count_;
};
template <thread_scope Scope>
using binary_semaphore = counting_semaphore<Scope, 1>;

/// A size that promises an alignment.
template <size_t Alignment>
struct aligned_size_t {
  static constexpr size_t align = Alignment;
  size_t value;
  __SUPA_SYNC__ constexpr explicit aligned_size_t(size_t size) : value(size) {}
  __SUPA_SYNC__ constexpr operator size_t() const { return value; }
};

namespace __detail {
/// Copies by `threads` threads, of which the caller is number `rank`.
template <class Word>
__SUPA_SYNC__ void copy_words(void* to, const void* from, size_t size_bytes, size_t rank,
                              size_t threads) {
  for (size_t i = rank; i < size_bytes / sizeof(Word); i += threads) {
    ((Word*)to)[i] = ((const Word*)from)[i];
  }
}
__SUPA_SYNC__ void copy_shared(void* to, const void* from, size_t size_bytes, size_t rank,
                               size_t threads) {
  if ((((size_t)to | (size_t)from | size_bytes) & 7) == 0) {
    copy_words<unsigned long long>(to, from, size_bytes, rank, threads);
  } else if ((((size_t)to | (size_t)from | size_bytes) & 3) == 0) {
    copy_words<unsigned int>(to, from, size_bytes, rank, threads);
  } else {
    copy_words<unsigned char>(to, from, size_bytes, rank, threads);
  }
}
}  // namespace __detail

/// Copies at once. What was copied may be read when the current phase of the barrier is over.
template <class Size, thread_scope Scope, class Completion>
__SUPA_SYNC__ void memcpy_async(void* to, const void* from, Size size_bytes,
                                barrier<Scope, Completion>&) {
  __detail::copy_shared(to, from, (size_t)size_bytes, 0, 1);
}
template <class Group, class Size, thread_scope Scope, class Completion>
__SUPA_SYNC__ void memcpy_async(const Group& group, void* to, const void* from, Size size_bytes,
                                barrier<Scope, Completion>&) {
  __detail::copy_shared(to, from, (size_t)size_bytes, (size_t)group.thread_rank(),
                        (size_t)group.size());
}

/// Copies whose bytes are announced to a barrier of the block.
namespace device {
template <class Completion>
__SUPA_SYNC__ void barrier_expect_tx(barrier<thread_scope_block, Completion>& place,
                                     ptrdiff_t bytes) {
  (void)place.__arrive_with_bytes(0, bytes);
}
template <class Completion>
__SUPA_SYNC__ typename barrier<thread_scope_block, Completion>::arrival_token barrier_arrive_tx(
    barrier<thread_scope_block, Completion>& place, ptrdiff_t arrivals, ptrdiff_t bytes) {
  return place.__arrive_with_bytes(arrivals, bytes);
}
template <class Size, class Completion>
__SUPA_SYNC__ void memcpy_async_tx(void* to, const void* from, Size size_bytes,
                                   barrier<thread_scope_block, Completion>& place) {
  __detail::copy_shared(to, from, (size_t)size_bytes, 0, 1);
  (void)place.__arrive_with_bytes(0, -(long long)(size_t)size_bytes);
}
}  // namespace device

/// The same under the names of the C++ library, at system scope.
namespace std {
template <class Completion = __detail::no_completion>
using barrier = supa::barrier<thread_scope_system, Completion>;
using latch = supa::latch<thread_scope_system>;
template <ptrdiff_t LeastMax = PTRDIFF_MAX>
using counting_semaphore = supa::counting_semaphore<thread_scope_system, LeastMax>;
using binary_semaphore = supa::binary_semaphore<thread_scope_system>;
}  // namespace std

}  // namespace supa

#endif  // OPENSUPA_SYNC_BARRIER_H_
