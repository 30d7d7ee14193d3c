/// Additions, maxima and minima in one step, which CUDA calls DPX. Words are taken as one number of
/// 32 bits or two of 16 (x2); additions wrap around; _relu forms limit the result to 0 from below.
#ifndef OPENSUPA_DEVICE_DYNAMIC_PROGRAMMING_H_
#define OPENSUPA_DEVICE_DYNAMIC_PROGRAMMING_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"

template <class T>
__SUPA_BOTH_FN__ T __supa_larger(T a, T b) {
  return a > b ? a : b;
}
template <class T>
__SUPA_BOTH_FN__ T __supa_smaller(T a, T b) {
  return a < b ? a : b;
}
__SUPA_BOTH_FN__ int __supa_wrapping_sum(int a, int b) {
  return (int)((unsigned int)a + (unsigned int)b);
}
__SUPA_BOTH_FN__ unsigned int __supa_wrapping_sum(unsigned int a, unsigned int b) { return a + b; }
__SUPA_BOTH_FN__ short __supa_wrapping_sum(short a, short b) { return (short)(a + b); }
__SUPA_BOTH_FN__ unsigned short __supa_wrapping_sum(unsigned short a, unsigned short b) {
  return (unsigned short)(a + b);
}

// Forms for a number of type T, `name` and type U of the words, from an expression in the T values
// a, b and c.
#define __SUPA_DPX_ONE__(name, T, expression) \
  __SUPA_BOTH_FN__ T name(const T a, const T b, const T c) { return expression; }
#define __SUPA_DPX_LANE__(name, T, expression)                                                 \
  __SUPA_BOTH_FN__ T name##_lane(const T a, const T b, const T c) { return expression; }       \
  __SUPA_BOTH_FN__ unsigned int name(const unsigned int a, const unsigned int b,               \
                                     const unsigned int c) {                                   \
    return (unsigned int)(unsigned short)name##_lane((T)a, (T)b, (T)c) |                       \
           (unsigned int)(unsigned short)name##_lane((T)(a >> 16), (T)(b >> 16), (T)(c >> 16)) \
               << 16;                                                                          \
  }
#define __SUPA_DPX_SIGNED__(name, expression)                            \
  __SUPA_DPX_ONE__(name##_s32, int, expression)                          \
  __SUPA_DPX_ONE__(name##_s32_relu, int, __supa_larger((expression), 0)) \
  __SUPA_DPX_LANE__(name##_s16x2, short, expression)                     \
  __SUPA_DPX_LANE__(name##_s16x2_relu, short, __supa_larger((expression), (short)0))
#define __SUPA_DPX_ALL__(name, expression)               \
  __SUPA_DPX_SIGNED__(name, expression)                  \
  __SUPA_DPX_ONE__(name##_u32, unsigned int, expression) \
  __SUPA_DPX_LANE__(name##_u16x2, unsigned short, expression)
__SUPA_DPX_ALL__(__vimax3, __supa_larger(__supa_larger(a, b), c))
__SUPA_DPX_ALL__(__vimin3, __supa_smaller(__supa_smaller(a, b), c))
__SUPA_DPX_ALL__(__viaddmax, __supa_larger(__supa_wrapping_sum(a, b), c))
__SUPA_DPX_ALL__(__viaddmin, __supa_smaller(__supa_wrapping_sum(a, b), c))
#undef __SUPA_DPX_ALL__
#undef __SUPA_DPX_SIGNED__
#undef __SUPA_DPX_LANE__
#undef __SUPA_DPX_ONE__

__SUPA_BOTH_FN__ int __vimax_s32_relu(const int a, const int b) { return __vimax3_s32(a, b, 0); }
__SUPA_BOTH_FN__ int __vimin_s32_relu(const int a, const int b) {
  return __vimin3_s32_relu(a, b, b);
}
__SUPA_BOTH_FN__ unsigned int __vimax_s16x2_relu(const unsigned int a, const unsigned int b) {
  return __vimax3_s16x2(a, b, 0);
}
__SUPA_BOTH_FN__ unsigned int __vimin_s16x2_relu(const unsigned int a, const unsigned int b) {
  return __vimin3_s16x2_relu(a, b, b);
}

/// The larger or smaller number, and whether it is `a` (also if both are equal).
#define __SUPA_DPX_CHOOSE__(name, T, relation)                      \
  __SUPA_BOTH_FN__ T name(const T a, const T b, bool* const pred) { \
    *pred = a relation b;                                           \
    return *pred ? a : b;                                           \
  }
#define __SUPA_DPX_CHOOSE_PAIR__(name, T, relation)                              \
  __SUPA_BOTH_FN__ unsigned int name(const unsigned int a, const unsigned int b, \
                                     bool* const pred_hi, bool* const pred_lo) { \
    *pred_hi = (T)(a >> 16) relation(T)(b >> 16);                                \
    *pred_lo = (T)a relation(T) b;                                               \
    return ((*pred_hi ? a : b) & 0xffff0000u) | ((*pred_lo ? a : b) & 0xffffu);  \
  }
__SUPA_DPX_CHOOSE__(__vibmax_s32, int, >=)
__SUPA_DPX_CHOOSE__(__vibmax_u32, unsigned int, >=)
__SUPA_DPX_CHOOSE__(__vibmin_s32, int, <=)
__SUPA_DPX_CHOOSE__(__vibmin_u32, unsigned int, <=)
__SUPA_DPX_CHOOSE_PAIR__(__vibmax_s16x2, short, >=)
__SUPA_DPX_CHOOSE_PAIR__(__vibmax_u16x2, unsigned short, >=)
__SUPA_DPX_CHOOSE_PAIR__(__vibmin_s16x2, short, <=)
__SUPA_DPX_CHOOSE_PAIR__(__vibmin_u16x2, unsigned short, <=)
#undef __SUPA_DPX_CHOOSE__
#undef __SUPA_DPX_CHOOSE_PAIR__

#endif  // OPENSUPA_DEVICE_DYNAMIC_PROGRAMMING_H_
