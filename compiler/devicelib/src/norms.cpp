// Euclidean norms and reciprocal roots. Sums of squares are formed with the largest component
// scaled to about one, so that they neither overflow nor vanish.

#include "base.h"

namespace opensupa::devicelib {
namespace {

/// Sum of squares of scaled components: norm = 2^exponent * sqrt(sum).
class Norm {
 public:
  /// Looks at a component, before any is added.
  void Scan(double x) {
    x = Abs(x);
    infinite_ |= x == kInfinity;
    nan_ |= IsNan(x);
    if (x > largest_) largest_ = x;
  }

  void StartSum() {
    exponent_ = largest_ == 0 || infinite_ || nan_ ? 0 : LeadingExponent(largest_);
  }

  /// Squares are split exactly, and what each addition loses is kept beside the sum.
  void Add(double x) {
    const double scaled = Scale(x, -exponent_);
    const double square = scaled * scaled;
    low_ += Fma(scaled, scaled, -square);
    const double sum = high_ + square;
    const double back = sum - high_;
    low_ += (high_ - (sum - back)) + (square - back);
    high_ = sum;
  }

  double Value() const {
    if (infinite_) return kInfinity;
    if (nan_) return kNan;
    return Scale(Root(), exponent_);
  }

  double Reciprocal() const {
    if (infinite_) return 0;
    if (nan_) return kNan;
    if (largest_ == 0) return kInfinity;
    // One step of correction makes good what root and division have rounded off.
    const double r = 1 / Root();
    const double product = high_ * r;
    const double product_low = Fma(high_, r, -product) + low_ * r;
    const double error = Fma(-product, r, 1.0) - product_low * r;
    return Scale(r + r * (error / 2), -exponent_);
  }

 private:
  /// Root of the sum, with the rounding errors of sum and root made good.
  double Root() const {
    const double root = Sqrt(high_);
    return root == 0 ? root : root + (Fma(-root, root, high_) + low_) / (2 * root);
  }

  double largest_ = 0;
  bool infinite_ = false;
  bool nan_ = false;
  Int32 exponent_ = 0;
  double high_ = 0;
  double low_ = 0;
};

template <typename T>
Norm OfArray(Int32 count, const T* values) {
  Norm norm;
  for (Int32 i = 0; i < count; ++i) norm.Scan(values[i]);
  norm.StartSum();
  for (Int32 i = 0; i < count; ++i) norm.Add(values[i]);
  return norm;
}

template <typename... Values>
Norm Of(Values... values) {
  Norm norm;
  (norm.Scan(values), ...);
  norm.StartSum();
  (norm.Add(values), ...);
  return norm;
}

/// Corrected by a third of what x * r^3 lacks to one.
double Rcbrt(double x) {
  const double r = 1 / ::cbrt(x);
  if (x == 0 || IsInfinite(x) || IsNan(x)) return r;
  const double product = x * r;
  const double product_low = Fma(x, r, -product);
  const double square = r * r;
  const double square_low = Fma(r, r, -square);
  const double error = Fma(-product, square, 1.0) - (product * square_low + product_low * square);
  return r + r * (error / 3);
}

}  // namespace
}  // namespace opensupa::devicelib

using namespace opensupa::devicelib;

#define SU_NORM(name, method, parameters_f32, parameters_f64, arguments) \
  extern "C" float __su_##name##_f32 parameters_f32 {                    \
    return static_cast<float>(Of arguments.method());                    \
  }                                                                      \
  extern "C" double __su_##name##_f64 parameters_f64 { return Of arguments.method(); }

SU_NORM(hypot, Value, (float x, float y), (double x, double y), (x, y))
SU_NORM(rhypot, Reciprocal, (float x, float y), (double x, double y), (x, y))
SU_NORM(norm3d, Value, (float x, float y, float z), (double x, double y, double z), (x, y, z))
SU_NORM(rnorm3d, Reciprocal, (float x, float y, float z), (double x, double y, double z), (x, y, z))
SU_NORM(norm4d, Value, (float x, float y, float z, float w),
        (double x, double y, double z, double w), (x, y, z, w))
SU_NORM(rnorm4d, Reciprocal, (float x, float y, float z, float w),
        (double x, double y, double z, double w), (x, y, z, w))

extern "C" float __su_norm_f32(int count, const float* values) {
  return static_cast<float>(OfArray(count, values).Value());
}
extern "C" double __su_norm_f64(int count, const double* values) {
  return OfArray(count, values).Value();
}
extern "C" float __su_rnorm_f32(int count, const float* values) {
  return static_cast<float>(OfArray(count, values).Reciprocal());
}
extern "C" double __su_rnorm_f64(int count, const double* values) {
  return OfArray(count, values).Reciprocal();
}

SU_EXPORT_UNARY(rcbrt, Rcbrt)
