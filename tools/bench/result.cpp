#include "result.h"

#include <algorithm>
#include <cmath>

namespace bench {

std::optional<double> GeometricMean(const std::vector<Result>& results,
                                    std::optional<double> Result::* ratio) {
  double sum = 0;
  int count = 0;
  for (const Result& result : results) {
    if (!(result.*ratio)) continue;
    sum += std::log(*(result.*ratio));
    ++count;
  }
  if (count == 0) return std::nullopt;
  return std::exp(sum / count);
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const size_t middle = values.size() / 2;
  std::nth_element(values.begin(), values.begin() + middle, values.end());
  const double upper = values[middle];
  if (values.size() % 2 == 1) return upper;
  return (upper + *std::max_element(values.begin(), values.begin() + middle)) / 2;
}

}  // namespace bench
