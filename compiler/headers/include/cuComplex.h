/// CUDA's complex numbers: pairs of float and double, for host and device code, C and C++.
#ifndef CU_COMPLEX_H_
#define CU_COMPLEX_H_

#include <math.h>

#include "supa_host_defines.h"
#include "supa_vector_types.h"

typedef float2 cuFloatComplex;
typedef double2 cuDoubleComplex;
typedef cuFloatComplex cuComplex;

#define OPENSUPA_COMPLEX_FN static __inline__ __attribute__((unused)) __host__ __device__

/* One function for each precision: T is the pair, R its part, s the suffix of C's functions. */
#define OPENSUPA_COMPLEX(T, R, s, make, real, imag, conj, add, sub, mul, div, abs)  \
  OPENSUPA_COMPLEX_FN T make(R r, R i) {                                            \
    T result;                                                                       \
    result.x = r;                                                                   \
    result.y = i;                                                                   \
    return result;                                                                  \
  }                                                                                 \
  OPENSUPA_COMPLEX_FN R real(T x) { return x.x; }                                   \
  OPENSUPA_COMPLEX_FN R imag(T x) { return x.y; }                                   \
  OPENSUPA_COMPLEX_FN T conj(T x) { return make(x.x, -x.y); }                       \
  OPENSUPA_COMPLEX_FN T add(T x, T y) { return make(x.x + y.x, x.y + y.y); }        \
  OPENSUPA_COMPLEX_FN T sub(T x, T y) { return make(x.x - y.x, x.y - y.y); }        \
  OPENSUPA_COMPLEX_FN T mul(T x, T y) {                                             \
    return make(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x);                      \
  }                                                                                 \
  /* The divisor is scaled, so that its square does not overflow. */                \
  OPENSUPA_COMPLEX_FN T div(T x, T y) {                                             \
    const R scale = (R)1 / (fabs##s(y.x) + fabs##s(y.y));                           \
    const R xr = x.x * scale, xi = x.y * scale, yr = y.x * scale, yi = y.y * scale; \
    const R factor = (R)1 / (yr * yr + yi * yi);                                    \
    return make((xr * yr + xi * yi) * factor, (xi * yr - xr * yi) * factor);        \
  }                                                                                 \
  OPENSUPA_COMPLEX_FN R abs(T x) { return hypot##s(x.x, x.y); }
OPENSUPA_COMPLEX(cuFloatComplex, float, f, make_cuFloatComplex, cuCrealf, cuCimagf, cuConjf,
                 cuCaddf, cuCsubf, cuCmulf, cuCdivf, cuCabsf)
OPENSUPA_COMPLEX(cuDoubleComplex, double, , make_cuDoubleComplex, cuCreal, cuCimag, cuConj, cuCadd,
                 cuCsub, cuCmul, cuCdiv, cuCabs)
#undef OPENSUPA_COMPLEX

OPENSUPA_COMPLEX_FN cuComplex make_cuComplex(float r, float i) { return make_cuFloatComplex(r, i); }
OPENSUPA_COMPLEX_FN cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex x) {
  return make_cuDoubleComplex((double)x.x, (double)x.y);
}
OPENSUPA_COMPLEX_FN cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex x) {
  return make_cuFloatComplex((float)x.x, (float)x.y);
}

/* x * y + d. */
OPENSUPA_COMPLEX_FN cuFloatComplex cuCfmaf(cuFloatComplex x, cuFloatComplex y, cuFloatComplex d) {
  return make_cuFloatComplex((x.x * y.x + d.x) - x.y * y.y, (x.x * y.y + d.y) + x.y * y.x);
}
OPENSUPA_COMPLEX_FN cuDoubleComplex cuCfma(cuDoubleComplex x, cuDoubleComplex y,
                                           cuDoubleComplex d) {
  return make_cuDoubleComplex((x.x * y.x + d.x) - x.y * y.y, (x.x * y.y + d.y) + x.y * y.x);
}
#undef OPENSUPA_COMPLEX_FN

#endif  // CU_COMPLEX_H_
