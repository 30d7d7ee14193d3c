// References in multiple precision: they judge what the faster ones found.

#include <cmath>
#include <map>

#include "references.h"

namespace opensupa::accuracy {
namespace {

constexpr mpfr_rnd_t kNearest = MPFR_RNDN;

/// A number with the precision of another.
class Scratch {
 public:
  explicit Scratch(const mpfr_t like) { mpfr_init2(value_, mpfr_get_prec(like) + 64); }
  ~Scratch() { mpfr_clear(value_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  operator mpfr_ptr() { return value_; }

 private:
  mpfr_t value_;
};

#define DIRECT(name, function) \
  void name(mpfr_t exact, const mpfr_t* x, double) { function(exact, x[0], kNearest); }
#define DIRECT_2(name, function) \
  void name(mpfr_t exact, const mpfr_t* x, double) { function(exact, x[0], x[1], kNearest); }
#define WHOLE(name, function) \
  void name(mpfr_t exact, const mpfr_t* x, double) { function(exact, x[0]); }

DIRECT(Acos, mpfr_acos)
DIRECT(Acosh, mpfr_acosh)
DIRECT(Asin, mpfr_asin)
DIRECT(Asinh, mpfr_asinh)
DIRECT(Atan, mpfr_atan)
DIRECT(Atanh, mpfr_atanh)
DIRECT(Cbrt, mpfr_cbrt)
DIRECT(Cos, mpfr_cos)
DIRECT(Cosh, mpfr_cosh)
DIRECT(Erf, mpfr_erf)
DIRECT(Erfc, mpfr_erfc)
DIRECT(Exp, mpfr_exp)
DIRECT(Exp10, mpfr_exp10)
DIRECT(Exp2, mpfr_exp2)
DIRECT(Expm1, mpfr_expm1)
DIRECT(Log, mpfr_log)
DIRECT(Log10, mpfr_log10)
DIRECT(Log1p, mpfr_log1p)
DIRECT(Log2, mpfr_log2)
DIRECT(Sin, mpfr_sin)
DIRECT(Sinh, mpfr_sinh)
DIRECT(Tan, mpfr_tan)
DIRECT(Tanh, mpfr_tanh)
DIRECT(Tgamma, mpfr_gamma)
DIRECT(J0, mpfr_j0)
DIRECT(J1, mpfr_j1)
DIRECT(Y0, mpfr_y0)
DIRECT(Y1, mpfr_y1)
DIRECT(SquareRoot, mpfr_sqrt)
DIRECT(Sinpi, mpfr_sinpi)
DIRECT(Cospi, mpfr_cospi)
DIRECT(Rint, mpfr_rint_roundeven)
DIRECT(Floor, mpfr_rint_floor)
DIRECT(Ceil, mpfr_rint_ceil)
DIRECT(Trunc, mpfr_rint_trunc)
DIRECT(Round, mpfr_rint_round)
DIRECT(Fabs, mpfr_abs)
DIRECT_2(Atan2, mpfr_atan2)
DIRECT_2(Pow, mpfr_pow)
DIRECT_2(Fmod, mpfr_fmod)
DIRECT_2(Remainder, mpfr_remainder)
DIRECT_2(Hypot, mpfr_hypot)
DIRECT_2(Fdim, mpfr_dim)

void Lgamma(mpfr_t exact, const mpfr_t* x, double) {
  int sign = 0;
  mpfr_lgamma(exact, &sign, x[0], kNearest);
}

/// Unlike mpfr_rec_sqrt, keeps the sign of zero.
void Rsqrt(mpfr_t exact, const mpfr_t* x, double) {
  Scratch root(exact);
  mpfr_sqrt(root, x[0], kNearest);
  mpfr_ui_div(exact, 1, root, kNearest);
}

void Rcbrt(mpfr_t exact, const mpfr_t* x, double) {
  Scratch root(exact);
  mpfr_cbrt(root, x[0], kNearest);
  mpfr_ui_div(exact, 1, root, kNearest);
}

void Logb(mpfr_t exact, const mpfr_t* x, double) {
  mpfr_set_d(exact, std::logb(mpfr_get_d(x[0], kNearest)), kNearest);
}

void RootHalf(mpfr_t value) {
  mpfr_set_ui(value, 2, kNearest);
  mpfr_rec_sqrt(value, value, kNearest);
}

void Normcdf(mpfr_t exact, const mpfr_t* x, double) {
  Scratch scaled(exact);
  RootHalf(scaled);
  mpfr_mul(scaled, scaled, x[0], kNearest);
  mpfr_neg(scaled, scaled, kNearest);
  mpfr_erfc(scaled, scaled, kNearest);
  mpfr_div_2ui(exact, scaled, 1, kNearest);
}

void Erfcx(mpfr_t exact, const mpfr_t* x, double) {
  if (mpfr_cmp_d(x[0], 1e9) > 0) {
    // 1 / (x sqrt(pi)); the next term is 2^-60 of it, in which no double can tell a difference.
    Scratch scale(exact);
    mpfr_const_pi(scale, kNearest);
    mpfr_sqrt(scale, scale, kNearest);
    mpfr_mul(scale, scale, x[0], kNearest);
    mpfr_ui_div(exact, 1, scale, kNearest);
    return;
  }
  Scratch power(exact);
  Scratch value(exact);
  mpfr_set_prec(power, mpfr_get_prec(exact) + 128);
  mpfr_sqr(power, x[0], kNearest);
  mpfr_exp(power, power, kNearest);
  mpfr_erfc(value, x[0], kNearest);
  mpfr_mul(exact, power, value, kNearest);
}

/// Newton's steps z -= (F(z) - y) / F'(z) on F = log(erfc), from `guess`; y in (0, 1].
void SolveErfc(mpfr_t z, const mpfr_t y, double guess) {
  Scratch target(z);
  Scratch value(z);
  Scratch slope(z);
  Scratch scale(z);
  mpfr_log(target, y, kNearest);
  mpfr_const_pi(scale, kNearest);
  mpfr_sqrt(scale, scale, kNearest);
  mpfr_div_2ui(scale, scale, 1, kNearest);
  mpfr_set_d(z, std::isfinite(guess) && guess > -1 && guess < 30 ? guess : 0.5, kNearest);
  for (int step = 0; step < 8; ++step) {
    // F / F' = log(erfc(z) / y) * erfc(z) * exp(z^2) * -sqrt(pi) / 2
    mpfr_erfc(value, z, kNearest);
    mpfr_sqr(slope, z, kNearest);
    mpfr_exp(slope, slope, kNearest);
    mpfr_mul(slope, slope, value, kNearest);
    mpfr_mul(slope, slope, scale, kNearest);
    mpfr_log(value, value, kNearest);
    mpfr_sub(value, value, target, kNearest);
    mpfr_mul(value, value, slope, kNearest);
    mpfr_add(z, z, value, kNearest);
  }
}

/// Inverse of erfc for any y.
void InverseErfc(mpfr_t exact, const mpfr_t y, double guess) {
  if (mpfr_nan_p(y) || mpfr_sgn(y) < 0 || mpfr_cmp_ui(y, 2) > 0) {
    mpfr_set_nan(exact);
  } else if (mpfr_zero_p(y) || mpfr_cmp_ui(y, 2) == 0) {
    mpfr_set_inf(exact, mpfr_zero_p(y) ? 1 : -1);
  } else if (mpfr_cmp_ui(y, 1) <= 0) {
    SolveErfc(exact, y, guess);
    if (mpfr_cmp_ui(y, 1) == 0) mpfr_set_zero(exact, 1);
  } else {
    Scratch mirrored(exact);
    mpfr_ui_sub(mirrored, 2, y, kNearest);
    SolveErfc(exact, mirrored, -guess);
    mpfr_neg(exact, exact, kNearest);
  }
}

void Erfcinv(mpfr_t exact, const mpfr_t* x, double guess) { InverseErfc(exact, x[0], guess); }

void Erfinv(mpfr_t exact, const mpfr_t* x, double guess) {
  if (mpfr_zero_p(x[0])) {
    mpfr_set(exact, x[0], kNearest);
    return;
  }
  // Enough bits for what 1 - |x| needs of a tiny x.
  Scratch mirrored(exact);
  Scratch wide(exact);
  mpfr_set_prec(mirrored, 1400);
  mpfr_abs(mirrored, x[0], kNearest);
  mpfr_ui_sub(mirrored, 1, mirrored, kNearest);
  if (mpfr_get_exp(x[0]) < -30 && mpfr_regular_p(x[0])) {
    // x sqrt(pi) / 2 (1 + pi x^2 / 12 + 7 pi^2 x^4 / 480 + ...)
    Scratch term(exact);
    mpfr_const_pi(term, kNearest);
    mpfr_sqrt(wide, term, kNearest);
    mpfr_div_2ui(wide, wide, 1, kNearest);
    mpfr_mul(wide, wide, x[0], kNearest);
    mpfr_mul(term, term, x[0], kNearest);
    mpfr_mul(term, term, x[0], kNearest);
    mpfr_div_ui(term, term, 12, kNearest);
    mpfr_add_ui(term, term, 1, kNearest);
    mpfr_mul(exact, wide, term, kNearest);
    return;
  }
  InverseErfc(exact, mirrored, std::fabs(guess));
  if (mpfr_sgn(x[0]) < 0) mpfr_neg(exact, exact, kNearest);
}

void Normcdfinv(mpfr_t exact, const mpfr_t* x, double guess) {
  Scratch twice(exact);
  mpfr_mul_2ui(twice, x[0], 1, kNearest);
  InverseErfc(exact, twice, -guess * 0.70710678118654752440);
  RootHalf(twice);
  mpfr_div(exact, exact, twice, kNearest);
  mpfr_neg(exact, exact, kNearest);
  if (mpfr_zero_p(exact)) mpfr_set_zero(exact, 1);
}

/// Power series of the modified Bessel functions; beyond 2000 no double holds them.
void Modified(mpfr_t exact, const mpfr_t x, unsigned order) {
  if (!mpfr_number_p(x) || mpfr_cmpabs_ui(x, 2000) > 0) {
    if (mpfr_nan_p(x)) {
      mpfr_set_nan(exact);
    } else {
      mpfr_set_inf(exact, order == 0 ? 1 : mpfr_sgn(x));
    }
    return;
  }
  Scratch quarter(exact);
  Scratch term(exact);
  mpfr_sqr(quarter, x, kNearest);
  mpfr_div_2ui(quarter, quarter, 2, kNearest);
  mpfr_set_ui(term, 1, kNearest);
  Scratch sum(exact);
  mpfr_set_ui(sum, 1, kNearest);
  for (unsigned long k = 1; k < 5000; ++k) {
    mpfr_mul(term, term, quarter, kNearest);
    mpfr_div_ui(term, term, k, kNearest);
    mpfr_div_ui(term, term, k + order, kNearest);
    mpfr_add(sum, sum, term, kNearest);
    if (mpfr_zero_p(term) || mpfr_get_exp(term) < mpfr_get_exp(sum) - 250) break;
  }
  if (order == 1) {
    mpfr_mul(sum, sum, x, kNearest);
    mpfr_div_2ui(sum, sum, 1, kNearest);
  }
  mpfr_set(exact, sum, kNearest);
}
void I0(mpfr_t exact, const mpfr_t* x, double) { Modified(exact, x[0], 0); }
void I1(mpfr_t exact, const mpfr_t* x, double) { Modified(exact, x[0], 1); }

void Norm(mpfr_t exact, const mpfr_t* x, int count) {
  mpfr_hypot(exact, x[0], x[1], kNearest);
  for (int i = 2; i < count; ++i) mpfr_hypot(exact, exact, x[i], kNearest);
}
void Norm3(mpfr_t exact, const mpfr_t* x, double) { Norm(exact, x, 3); }
void Norm4(mpfr_t exact, const mpfr_t* x, double) { Norm(exact, x, 4); }
void Reciprocal(mpfr_t exact, const mpfr_t* x, int count) {
  Scratch norm(exact);
  Norm(norm, x, count);
  mpfr_ui_div(exact, 1, norm, kNearest);
}
void Rhypot(mpfr_t exact, const mpfr_t* x, double) { Reciprocal(exact, x, 2); }
void Rnorm3(mpfr_t exact, const mpfr_t* x, double) { Reciprocal(exact, x, 3); }
void Rnorm4(mpfr_t exact, const mpfr_t* x, double) { Reciprocal(exact, x, 4); }
void FusedMultiplyAdd(mpfr_t exact, const mpfr_t* x, double) {
  mpfr_fma(exact, x[0], x[1], x[2], kNearest);
}

}  // namespace

ExactReference FindExactReference(const std::string& name) {
  static const std::map<std::string, ExactReference> kReferences = {
#define REFERENCE(name, function) {#name, function},
#include "references.def"
  };
  const auto found = kReferences.find(name);
  return found == kReferences.end() ? nullptr : found->second;
}

}  // namespace opensupa::accuracy
