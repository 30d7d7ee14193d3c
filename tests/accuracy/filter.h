#pragma once

#include <cstddef>

namespace opensupa::accuracy {

/// Marks a result of another kind than the reference's: NaN, infinity, sign of zero.
inline constexpr float kWrongKind = 1e30f;

/// Distance of results from references in ulp of float, for `n` results.
void FilterFloat(const float* result, const double* reference, float* error_ulp, size_t n);

/// Distance of a result from its reference in ulp of double.
float FilterDouble(double result, long double reference);

/// The largest of `n` errors, none of which is negative or NaN.
float Largest(const float* error_ulp, size_t n);

}  // namespace opensupa::accuracy
