// Functions that are libclc's as they are.

#include "libclc.h"

#define SU_UNARY(name)                                              \
  extern "C" float __su_##name##_f32(float x) { return ::name(x); } \
  extern "C" double __su_##name##_f64(double x) { return ::name(x); }
#define SU_BINARY(name)                                                          \
  extern "C" float __su_##name##_f32(float x, float y) { return ::name(x, y); } \
  extern "C" double __su_##name##_f64(double x, double y) { return ::name(x, y); }

SU_UNARY(acos)
SU_UNARY(acosh)
SU_UNARY(asin)
SU_UNARY(asinh)
SU_UNARY(atan)
SU_UNARY(atanh)
SU_UNARY(cbrt)
SU_UNARY(cos)
SU_UNARY(cosh)
SU_UNARY(cospi)
SU_UNARY(erf)
SU_UNARY(erfc)
SU_UNARY(exp)
SU_UNARY(exp10)
SU_UNARY(exp2)
SU_UNARY(expm1)
SU_UNARY(lgamma)
SU_UNARY(log)
SU_UNARY(log10)
SU_UNARY(log1p)
SU_UNARY(log2)
SU_UNARY(sin)
SU_UNARY(sinh)
SU_UNARY(sinpi)
SU_UNARY(tan)
SU_UNARY(tanh)
SU_UNARY(tgamma)
SU_BINARY(atan2)
SU_BINARY(pow)
