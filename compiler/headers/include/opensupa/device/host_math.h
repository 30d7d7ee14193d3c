/// Functions of the kernel language's math library that host code may call too and that the C
/// library does not have.
#ifndef OPENSUPA_DEVICE_HOST_MATH_H_
#define OPENSUPA_DEVICE_HOST_MATH_H_
#pragma clang system_header

#include <math.h>

#include "opensupa/device/qualifiers.h"

#define __SUPA_HOST_FN__ static __inline__ __attribute__((host))

__SUPA_HOST_FN__ double rsqrt(double x) { return 1.0 / ::sqrt(x); }
__SUPA_HOST_FN__ float rsqrtf(float x) { return 1.0f / ::sqrtf(x); }
__SUPA_HOST_FN__ float rsqrt(float x) { return rsqrtf(x); }
__SUPA_HOST_FN__ double rcbrt(double x) { return 1.0 / ::cbrt(x); }
__SUPA_HOST_FN__ float rcbrtf(float x) { return 1.0f / ::cbrtf(x); }
/// The argument is reduced before it is multiplied by pi, so that whole numbers give exact zeros.
__SUPA_HOST_FN__ double sinpi(double x) {
  double rest = ::remainder(x, 2.0);
  if (rest > 0.5) rest = 1.0 - rest;
  if (rest < -0.5) rest = -1.0 - rest;
  return ::sin(rest * 3.141592653589793);
}
__SUPA_HOST_FN__ double cospi(double x) {
  double rest = ::fabs(::remainder(x, 2.0));
  return ::sin((0.5 - rest) * 3.141592653589793);
}
__SUPA_HOST_FN__ float sinpif(float x) { return (float)sinpi((double)x); }
__SUPA_HOST_FN__ float cospif(float x) { return (float)cospi((double)x); }
__SUPA_HOST_FN__ void sincospi(double x, double* sine, double* cosine) {
  *sine = sinpi(x);
  *cosine = cospi(x);
}
__SUPA_HOST_FN__ void sincospif(float x, float* sine, float* cosine) {
  *sine = sinpif(x);
  *cosine = cospif(x);
}
__SUPA_HOST_FN__ double normcdf(double x) { return 0.5 * ::erfc(-x * 0.70710678118654752); }
__SUPA_HOST_FN__ float normcdff(float x) { return (float)normcdf((double)x); }

#undef __SUPA_HOST_FN__

#endif  // OPENSUPA_DEVICE_HOST_MATH_H_
