#include "judge.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace opensupa::accuracy {
namespace {

constexpr mpfr_prec_t kPrecisionBits = 220;

/// Position of a number among all of its type, in order.
template <typename T>
int64_t Order(T value) {
  using Word = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  Word bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits < 0 ? static_cast<int64_t>(std::numeric_limits<Word>::min()) - bits
                  : static_cast<int64_t>(bits);
}

/// The exact value rounded once, to nearest even, with subnormal results and overflow.
template <typename T>
T Round(const mpfr_t exact) {
  if constexpr (std::is_same_v<T, float>) {
    return mpfr_get_flt(exact, MPFR_RNDN);
  } else {
    return mpfr_get_d(exact, MPFR_RNDN);
  }
}

template <typename T>
bool IsWrongSpecial(T result, T rounded, bool exact_is_zero) {
  if (std::isnan(result) || std::isnan(rounded)) return std::isnan(result) != std::isnan(rounded);
  if (std::isinf(result) && std::isinf(rounded)) return (result > 0) != (rounded > 0);
  // The largest number is the neighbour of infinity.
  if (std::isinf(result))
    return Order(std::abs(rounded)) < Order(std::numeric_limits<T>::max()) - 15;
  if (std::isinf(rounded))
    return Order(std::abs(result)) < Order(std::numeric_limits<T>::max()) - 15;
  if (result == 0 && rounded == 0) return std::signbit(result) != std::signbit(rounded);
  return exact_is_zero && result != 0 && std::abs(result) > std::numeric_limits<T>::min();
}

}  // namespace

template <typename T>
Judge<T>::Judge(const Function& function) : function_(function) {
  // By default exp(x^2) overflows in the reference of erfcx.
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
  for (mpfr_t& x : x_) mpfr_init2(x, 53);
  mpfr_init2(exact_, kPrecisionBits);
  mpfr_init2(difference_, kPrecisionBits);
}

template <typename T>
Judge<T>::~Judge() {
  for (mpfr_t& x : x_) mpfr_clear(x);
  mpfr_clear(exact_);
  mpfr_clear(difference_);
}

template <typename T>
Verdict Judge<T>::Decide(const T* x, T result) {
  for (int i = 0; i < function_.arguments; ++i) mpfr_set_d(x_[i], x[i], MPFR_RNDN);
  function_.exact(exact_, x_, result);
  Verdict verdict;
  const T rounded = Round<T>(exact_);
  verdict.wrong_special = IsWrongSpecial(result, rounded, mpfr_zero_p(exact_) != 0);
  if (verdict.wrong_special || std::isnan(rounded) || !mpfr_number_p(exact_)) return verdict;
  verdict.rounded_ulp = static_cast<double>(std::abs(Order(result) - Order(rounded)));
  constexpr int kDigits = std::numeric_limits<T>::digits;
  constexpr int kLowest = std::numeric_limits<T>::min_exponent;
  // Infinity counts as the number that would follow the largest.
  if (std::isinf(result)) {
    mpfr_set_si_2exp(difference_, result > 0 ? 1 : -1, std::numeric_limits<T>::max_exponent,
                     MPFR_RNDN);
  } else {
    mpfr_set_d(difference_, result, MPFR_RNDN);
  }
  mpfr_sub(difference_, difference_, exact_, MPFR_RNDN);
  verdict.absolute_error = std::abs(mpfr_get_d(difference_, MPFR_RNDN));
  const mpfr_exp_t exponent = mpfr_zero_p(exact_) ? kLowest : mpfr_get_exp(exact_);
  const long lowest = std::clamp<long>(exponent, kLowest, std::numeric_limits<T>::max_exponent);
  mpfr_mul_2si(difference_, difference_, kDigits - lowest, MPFR_RNDN);
  verdict.error_ulp = std::abs(mpfr_get_d(difference_, MPFR_RNDN));
  return verdict;
}

template class Judge<float>;
template class Judge<double>;

}  // namespace opensupa::accuracy
