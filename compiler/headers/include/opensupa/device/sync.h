/// Barriers, fences, time and traps.
#ifndef OPENSUPA_DEVICE_SYNC_H_
#define OPENSUPA_DEVICE_SYNC_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"

/// Values of `operation` as in binary/device_abi.h: 0 plain, 1 count, 2 and, 3 or.
__SUPA_EXTERN__ unsigned int __su_barrier(unsigned int id, unsigned int operation,
                                          unsigned int predicate);
/// Named barrier: operation 0 waits, 1 only arrives; 0 threads stands for all of the block.
__SUPA_EXTERN__ void __su_named_barrier(unsigned int id, unsigned int operation,
                                        unsigned int threads);
__SUPA_EXTERN__ void __su_yield();
__SUPA_EXTERN__ void __su_trap() __attribute__((noreturn));
__SUPA_EXTERN__ unsigned long long __su_clock64();
__SUPA_EXTERN__ unsigned long long __su_globaltimer();

// __syncthreads() itself is a builtin of the compiler; finalizing turns it into __su_barrier(0, 0,
// 0).
__SUPA_DEVICE_FN__ int __syncthreads_count(int predicate) {
  return (int)__su_barrier(0, 1, predicate != 0);
}
__SUPA_DEVICE_FN__ int __syncthreads_and(int predicate) {
  return (int)__su_barrier(0, 2, predicate != 0);
}
__SUPA_DEVICE_FN__ int __syncthreads_or(int predicate) {
  return (int)__su_barrier(0, 3, predicate != 0);
}
/// Barrier number `id` (0 to 15) of the block, for all of its threads or for `threads` of them, a
/// multiple of 32.
__SUPA_DEVICE_FN__ void __barrier_sync(unsigned int id) { __su_named_barrier(id, 0, 0); }
__SUPA_DEVICE_FN__ void __barrier_sync_count(unsigned int id, unsigned int threads) {
  __su_named_barrier(id, 0, threads);
}

__SUPA_DEVICE_FN__ __SUPA_SCOPE__(2) void __threadfence_block() {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
__SUPA_DEVICE_FN__ __SUPA_SCOPE__(1) void __threadfence() {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
__SUPA_DEVICE_FN__ void __threadfence_system() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

__SUPA_DEVICE_FN__ long long clock64() { return (long long)__su_clock64(); }
extern "C" {
/// Overloads the C library's function for device code; counts device clock ticks.
__SUPA_DEVICE_FN__ long clock() { return (long)__su_clock64(); }
}
__SUPA_DEVICE_FN__ unsigned long long __globaltimer() { return __su_globaltimer(); }
/// Lets other threads run at least once; the length of the pause is a hint.
__SUPA_DEVICE_FN__ void __nanosleep(unsigned int nanoseconds) {
  (void)nanoseconds;
  __su_yield();
}
__SUPA_DEVICE_FN__ void __trap() { __su_trap(); }
__SUPA_DEVICE_FN__ void __brkpt() { __su_trap(); }

#endif  // OPENSUPA_DEVICE_SYNC_H_
