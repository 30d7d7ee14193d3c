/// Exchanges between the 32 threads of a warp.
///
/// Every operation is one call of __su_warp_exchange(mask, operation, value, parameter), in which
/// the lanes of `mask` take part; values travel as 64-bit containers. Numbers of operations are
/// those of binary/device_abi.h. The forms without _sync take the lanes that are active.
#ifndef OPENSUPA_DEVICE_WARP_H_
#define OPENSUPA_DEVICE_WARP_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"

__SUPA_EXTERN__ unsigned long long __su_warp_exchange(unsigned int mask, unsigned int operation,
                                                      unsigned long long value,
                                                      unsigned int parameter);
__SUPA_EXTERN__ unsigned int __su_active_mask();

__SUPA_DEVICE_FN__ unsigned int __activemask() { return __su_active_mask(); }
__SUPA_DEVICE_FN__ void __syncwarp(unsigned int mask = 0xffffffffu) {
  (void)__su_warp_exchange(mask, 0, 0, 0);
}

/// Lane masks of the calling thread: all lanes below it, up to it, above it, from it on.
__SUPA_DEVICE_FN__ unsigned int __lanemask_lt() { return (1u << __su_laneid()) - 1u; }
__SUPA_DEVICE_FN__ unsigned int __lanemask_eq() { return 1u << __su_laneid(); }
__SUPA_DEVICE_FN__ unsigned int __lanemask_le() { return (2u << __su_laneid()) - 1u; }
__SUPA_DEVICE_FN__ unsigned int __lanemask_gt() { return ~__lanemask_le(); }
__SUPA_DEVICE_FN__ unsigned int __lanemask_ge() { return ~__lanemask_lt(); }

/// A value of at most 8 bytes as a 64-bit container, and back. Integers are zero-extended.
template <unsigned Size>
struct __supa_bits;
template <>
struct __supa_bits<1> {
  typedef unsigned char type;
};
template <>
struct __supa_bits<2> {
  typedef unsigned short type;
};
template <>
struct __supa_bits<4> {
  typedef unsigned int type;
};
template <>
struct __supa_bits<8> {
  typedef unsigned long long type;
};
template <class T>
__SUPA_DEVICE_FN__ unsigned long long __supa_to_container(T value) {
  return __builtin_bit_cast(typename __supa_bits<sizeof(T)>::type, value);
}
template <class T>
__SUPA_DEVICE_FN__ T __supa_from_container(unsigned long long container) {
  return __builtin_bit_cast(T, (typename __supa_bits<sizeof(T)>::type)container);
}

/// Parameter of a shuffle: lane, distance or lane mask in the low 8 bits, then the width.
__SUPA_DEVICE_FN__ unsigned int __supa_shuffle_lane(int lane, int width) {
  return ((unsigned int)lane & 31u) | ((unsigned int)width << 8);
}
/// A distance past the segment leaves the value as it is, whatever its size.
__SUPA_DEVICE_FN__ unsigned int __supa_shuffle_distance(unsigned int distance, int width) {
  return (distance < 32u ? distance : 32u) | ((unsigned int)width << 8);
}

template <class T>
__SUPA_DEVICE_FN__ T __supa_shuffle(unsigned int mask, unsigned int operation, T value,
                                    unsigned int parameter) {
  return __supa_from_container<T>(
      __su_warp_exchange(mask, operation, __supa_to_container(value), parameter));
}

#define __SUPA_SHUFFLES__(T)                                                               \
  __SUPA_DEVICE_FN__ T __shfl_sync(unsigned int mask, T value, int lane, int width = 32) { \
    return __supa_shuffle(mask, 1, value, __supa_shuffle_lane(lane, width));               \
  }                                                                                        \
  __SUPA_DEVICE_FN__ T __shfl_up_sync(unsigned int mask, T value, unsigned int delta,      \
                                      int width = 32) {                                    \
    return __supa_shuffle(mask, 2, value, __supa_shuffle_distance(delta, width));          \
  }                                                                                        \
  __SUPA_DEVICE_FN__ T __shfl_down_sync(unsigned int mask, T value, unsigned int delta,    \
                                        int width = 32) {                                  \
    return __supa_shuffle(mask, 3, value, __supa_shuffle_distance(delta, width));          \
  }                                                                                        \
  __SUPA_DEVICE_FN__ T __shfl_xor_sync(unsigned int mask, T value, int lane_mask,          \
                                       int width = 32) {                                   \
    return __supa_shuffle(mask, 4, value, __supa_shuffle_lane(lane_mask, width));          \
  }                                                                                        \
  __SUPA_DEVICE_FN__ T __shfl(T value, int lane, int width = 32) {                         \
    return __shfl_sync(__su_active_mask(), value, lane, width);                            \
  }                                                                                        \
  __SUPA_DEVICE_FN__ T __shfl_up(T value, unsigned int delta, int width = 32) {            \
    return __shfl_up_sync(__su_active_mask(), value, delta, width);                        \
  }                                                                                        \
  __SUPA_DEVICE_FN__ T __shfl_down(T value, unsigned int delta, int width = 32) {          \
    return __shfl_down_sync(__su_active_mask(), value, delta, width);                      \
  }                                                                                        \
  __SUPA_DEVICE_FN__ T __shfl_xor(T value, int lane_mask, int width = 32) {                \
    return __shfl_xor_sync(__su_active_mask(), value, lane_mask, width);                   \
  }
__SUPA_SHUFFLES__(int)
__SUPA_SHUFFLES__(unsigned int)
__SUPA_SHUFFLES__(long)
__SUPA_SHUFFLES__(unsigned long)
__SUPA_SHUFFLES__(long long)
__SUPA_SHUFFLES__(unsigned long long)
__SUPA_SHUFFLES__(float)
__SUPA_SHUFFLES__(double)
// The 16-bit float types of supa_fp16.h and supa_bf16.h add their own with this macro.

__SUPA_DEVICE_FN__ unsigned int __ballot_sync(unsigned int mask, int predicate) {
  return (unsigned int)__su_warp_exchange(mask, 5, predicate != 0, 0);
}
__SUPA_DEVICE_FN__ int __any_sync(unsigned int mask, int predicate) {
  return __ballot_sync(mask, predicate) != 0;
}
/// Asks for the lanes that say no, so that lanes of `mask` which do not exist are not missed.
__SUPA_DEVICE_FN__ int __all_sync(unsigned int mask, int predicate) {
  return __ballot_sync(mask, predicate == 0) == 0;
}
__SUPA_DEVICE_FN__ int __uni_sync(unsigned int mask, int predicate) {
  return __any_sync(mask, predicate) == __all_sync(mask, predicate);
}
__SUPA_DEVICE_FN__ unsigned int __ballot(int predicate) {
  return __ballot_sync(__su_active_mask(), predicate);
}
__SUPA_DEVICE_FN__ int __any(int predicate) { return __any_sync(__su_active_mask(), predicate); }
__SUPA_DEVICE_FN__ int __all(int predicate) { return __all_sync(__su_active_mask(), predicate); }

#define __SUPA_MATCHES__(T)                                                                 \
  __SUPA_DEVICE_FN__ unsigned int __match_any_sync(unsigned int mask, T value) {            \
    return (unsigned int)__su_warp_exchange(mask, 6, __supa_to_container(value), 0);        \
  }                                                                                         \
  __SUPA_DEVICE_FN__ unsigned int __match_all_sync(unsigned int mask, T value, int* pred) { \
    unsigned int result =                                                                   \
        (unsigned int)__su_warp_exchange(mask, 7, __supa_to_container(value), 0);           \
    *pred = result != 0;                                                                    \
    return result;                                                                          \
  }
__SUPA_MATCHES__(int)
__SUPA_MATCHES__(unsigned int)
__SUPA_MATCHES__(long)
__SUPA_MATCHES__(unsigned long)
__SUPA_MATCHES__(long long)
__SUPA_MATCHES__(unsigned long long)
__SUPA_MATCHES__(float)
__SUPA_MATCHES__(double)
#undef __SUPA_MATCHES__

#define __SUPA_REDUCE__(name, T, operation)                                \
  __SUPA_DEVICE_FN__ T name(unsigned int mask, T value) {                  \
    return (T)__su_warp_exchange(mask, operation, (unsigned int)value, 0); \
  }
__SUPA_REDUCE__(__reduce_add_sync, unsigned int, 8)
__SUPA_REDUCE__(__reduce_add_sync, int, 8)
__SUPA_REDUCE__(__reduce_min_sync, unsigned int, 9)
__SUPA_REDUCE__(__reduce_max_sync, unsigned int, 10)
__SUPA_REDUCE__(__reduce_min_sync, int, 11)
__SUPA_REDUCE__(__reduce_max_sync, int, 12)
__SUPA_REDUCE__(__reduce_and_sync, unsigned int, 13)
__SUPA_REDUCE__(__reduce_or_sync, unsigned int, 14)
__SUPA_REDUCE__(__reduce_xor_sync, unsigned int, 15)
#undef __SUPA_REDUCE__

#endif  // OPENSUPA_DEVICE_WARP_H_
