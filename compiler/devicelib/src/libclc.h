#pragma once

// Declarations of what the library takes from libclc: OpenCL built-in functions, which have C++
// mangled names, so that plain overloads declare them.

#define OPENSUPA_LIBCLC_UNARY(name) \
  float name(float);                \
  double name(double);
#define OPENSUPA_LIBCLC_BINARY(name) \
  float name(float, float);          \
  double name(double, double);

OPENSUPA_LIBCLC_UNARY(acos)
OPENSUPA_LIBCLC_UNARY(acosh)
OPENSUPA_LIBCLC_UNARY(asin)
OPENSUPA_LIBCLC_UNARY(asinh)
OPENSUPA_LIBCLC_UNARY(atan)
OPENSUPA_LIBCLC_UNARY(atanh)
OPENSUPA_LIBCLC_UNARY(cbrt)
OPENSUPA_LIBCLC_UNARY(cos)
OPENSUPA_LIBCLC_UNARY(erf)
OPENSUPA_LIBCLC_UNARY(erfc)
OPENSUPA_LIBCLC_UNARY(exp)
OPENSUPA_LIBCLC_UNARY(lgamma)
OPENSUPA_LIBCLC_UNARY(log)
OPENSUPA_LIBCLC_UNARY(log1p)
OPENSUPA_LIBCLC_UNARY(sin)
OPENSUPA_LIBCLC_UNARY(tan)
OPENSUPA_LIBCLC_UNARY(tgamma)
OPENSUPA_LIBCLC_BINARY(atan2)
OPENSUPA_LIBCLC_BINARY(pow)

#undef OPENSUPA_LIBCLC_UNARY
#undef OPENSUPA_LIBCLC_BINARY
