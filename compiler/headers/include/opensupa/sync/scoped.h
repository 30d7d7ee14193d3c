/// Atomic access to words of 1 to 16 bytes, with an order and a scope, in host and device code.
/// What supa::atomic and its like are built on.
#ifndef OPENSUPA_SYNC_SCOPED_H_
#define OPENSUPA_SYNC_SCOPED_H_
#pragma GCC system_header

#include <sched.h>
#include <stddef.h>
#include <time.h>

#include <atomic>

#include "supa_host_defines.h"

/// Prefix of a function for both sides; with a scope, of one whose atomic instructions have it.
#define __SUPA_SYNC__ __host__ __device__ __forceinline__
#if defined(__clang__) && defined(__CUDA_ARCH__)
#define __SUPA_SYNC_SCOPED__(scope) \
  __attribute__((annotate("supa.scope", (int)(scope)))) __SUPA_SYNC__
#else
#define __SUPA_SYNC_SCOPED__(scope) __SUPA_SYNC__
#endif

namespace supa {

/// The threads that an operation is atomic and ordered for.
enum thread_scope {
  thread_scope_system = 0,
  thread_scope_device = 1,
  thread_scope_block = 2,
  thread_scope_thread = 3,
};

namespace __detail {

template <size_t Bytes>
struct word;
template <>
struct word<1> {
  typedef unsigned char type;
};
template <>
struct word<2> {
  typedef unsigned short type;
};
template <>
struct word<4> {
  typedef unsigned int type;
};
template <>
struct word<8> {
  typedef unsigned long long type;
};
template <>
struct word<16> {
  typedef unsigned __int128 type;
};

/// Size of the word that holds a type: the next power of two.
constexpr size_t word_bytes(size_t bytes) {
  return bytes <= 1 ? 1 : bytes <= 2 ? 2 : bytes <= 4 ? 4 : bytes <= 8 ? 8 : 16;
}

template <class To, class From>
__SUPA_SYNC__ To copy_bits(const From& from) {
  To to = To();
  __builtin_memcpy((void*)&to, (const void*)&from,
                   sizeof(To) < sizeof(From) ? sizeof(To) : sizeof(From));
  return to;
}

/// The order of a failed comparison.
__SUPA_SYNC__ int order_of_failure(int order) {
  if (order == __ATOMIC_ACQ_REL) return __ATOMIC_ACQUIRE;
  return order == __ATOMIC_RELEASE ? __ATOMIC_RELAXED : order;
}

template <int Scope, class Word>
__SUPA_SYNC_SCOPED__(Scope)
Word load(const Word* place, int order) {
  return __atomic_load_n(place, order);
}
template <int Scope, class Word>
__SUPA_SYNC_SCOPED__(Scope)
void store(Word* place, Word value, int order) {
  __atomic_store_n(place, value, order);
}
template <int Scope, class Word>
__SUPA_SYNC_SCOPED__(Scope)
Word exchange(Word* place, Word value, int order) {
  return __atomic_exchange_n(place, value, order);
}
template <int Scope, class Word>
__SUPA_SYNC_SCOPED__(Scope)
bool compare_exchange(Word* place, Word* expected, Word desired, int success, int failure) {
  return __atomic_compare_exchange_n(place, expected, desired, false, success, failure);
}

#if !defined(__CUDA_ARCH__) && defined(__x86_64__)
/// Host compilers call a library for 16 bytes; the processor has one instruction, which orders all.
template <int Scope>
__SUPA_SYNC__ bool compare_exchange(unsigned __int128* place, unsigned __int128* expected,
                                    unsigned __int128 desired, int, int) {
  unsigned long long low = (unsigned long long)*expected;
  unsigned long long high = (unsigned long long)(*expected >> 64);
  bool equal;
  __asm__ __volatile__("lock cmpxchg16b %1"
                       : "=@ccz"(equal), "+m"(*place), "+a"(low), "+d"(high)
                       : "b"((unsigned long long)desired), "c"((unsigned long long)(desired >> 64))
                       : "memory");
  if (!equal) *expected = ((unsigned __int128)high << 64) | low;
  return equal;
}
template <int Scope>
__SUPA_SYNC__ unsigned __int128 load(const unsigned __int128* place, int order) {
  unsigned __int128 value = 0;
  compare_exchange<Scope>(const_cast<unsigned __int128*>(place), &value, value, order, order);
  return value;
}
template <int Scope>
__SUPA_SYNC__ unsigned __int128 exchange(unsigned __int128* place, unsigned __int128 value,
                                         int order) {
  unsigned __int128 old = load<Scope>(place, order);
  while (!compare_exchange<Scope>(place, &old, value, order, order)) {
  }
  return old;
}
template <int Scope>
__SUPA_SYNC__ void store(unsigned __int128* place, unsigned __int128 value, int order) {
  (void)exchange<Scope>(place, value, order);
}
#endif

/// Integers of any kind but bool.
#define __SUPA_SYNC_FETCH__(name)                         \
  template <int Scope, class Word>                        \
  __SUPA_SYNC_SCOPED__(Scope)                             \
  Word fetch_##name(Word* place, Word value, int order) { \
    return __atomic_fetch_##name(place, value, order);    \
  }
__SUPA_SYNC_FETCH__(add)
__SUPA_SYNC_FETCH__(sub)
__SUPA_SYNC_FETCH__(and)
__SUPA_SYNC_FETCH__(or)
__SUPA_SYNC_FETCH__(xor)
#undef __SUPA_SYNC_FETCH__

/// Any update of a value of type T: `change` computes the new value from the old one.
template <int Scope, class T, class Change>
__SUPA_SYNC__ T update(T* place, int order, Change change) {
  typedef typename word<word_bytes(sizeof(T))>::type Word;
  Word* const words = (Word*)place;
  Word old = load<Scope>(words, __ATOMIC_RELAXED);
  while (!compare_exchange<Scope>(words, &old, copy_bits<Word>((T)change(copy_bits<T>(old))), order,
                                  order_of_failure(order))) {
  }
  return copy_bits<T>(old);
}

/// Floating-point addition; one instruction where the compiler has it.
template <int Scope, class T>
__SUPA_SYNC_SCOPED__(Scope)
T fetch_add_float(T* place, T value, int order) {
#if defined(__CUDA_ARCH__)
  return __c11_atomic_fetch_add((_Atomic T*)place, value, order);
#else
  return update<Scope>(place, order, [=](T old) { return old + value; });
#endif
}

template <int Scope>
__SUPA_SYNC_SCOPED__(Scope)
void fence(int order) {
  __atomic_thread_fence(order);
}

/// Lets other threads run.
__SUPA_SYNC__ void pause() {
#if defined(__CUDA_ARCH__)
  __nanosleep(20);
#else
  (void)sched_yield();
#endif
}
__SUPA_SYNC__ unsigned long long now_ns() {
#if defined(__CUDA_ARCH__)
  return __globaltimer();
#else
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (unsigned long long)time.tv_sec * 1000000000ull + (unsigned long long)time.tv_nsec;
#endif
}
/// Asks `done` again and again until it says yes.
template <class Done>
__SUPA_SYNC__ void wait_until(Done done) {
  while (!done()) pause();
}
/// The same for at most `timeout_ns`; false when the time is over.
template <class Done>
__SUPA_SYNC__ bool wait_until_or(unsigned long long timeout_ns, Done done) {
  const unsigned long long start_ns = now_ns();
  while (!done()) {
    if (now_ns() - start_ns >= timeout_ns) return done();
    pause();
  }
  return true;
}

}  // namespace __detail

using ::std::memory_order;
using ::std::memory_order_acq_rel;
using ::std::memory_order_acquire;
using ::std::memory_order_consume;
using ::std::memory_order_relaxed;
using ::std::memory_order_release;
using ::std::memory_order_seq_cst;

}  // namespace supa

#endif  // OPENSUPA_SYNC_SCOPED_H_
