// Functions that libclc has under its OpenCL names.

#include "libclc.h"

#define SU_UNARY(name)                                                              \
  extern "C" float __su_##name##_f32(float x) { return ::name(x); }                 \
  extern "C" double __su_##name##_f64(double x) { return ::name(x); }

SU_UNARY(sin)
SU_UNARY(exp)
