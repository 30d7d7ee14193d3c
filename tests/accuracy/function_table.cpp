// What is measured: functions, CUDA's documented bounds (maximum distance from the correctly
// rounded result, in ulp) and the arguments that deserve a closer look.

#include "references.h"

namespace opensupa::accuracy {
namespace {

struct Row {
  const char* name;
  int arguments;
  double cuda_float_ulp;
  double cuda_double_ulp;
  std::vector<Range> ranges;
  /// Where CUDA's bound is in ulp; elsewhere it documents an absolute error.
  Range relative = {-HUGE_VAL, HUGE_VAL};
  double relative_below = -HUGE_VAL;
};

const std::vector<Row>& Rows() {
  static const std::vector<Row> kRows = {
      {"exp", 1, 1, 1, {{-750, 750}, {-1, 1}}},
      {"log", 1, 1, 1, {{0, 4}, {0.9, 1.1}}},
      {"sin", 1, 2, 2, {{-7, 7}, {-1e6, 1e6}}},
      {"cos", 1, 2, 2, {{-7, 7}, {-1e6, 1e6}}},
      {"tan", 1, 4, 2, {{-7, 7}, {-1e6, 1e6}}},
      {"tanh", 1, 2, 1, {{-25, 25}, {-1, 1}}},
      {"sqrt", 1, 0, 0, {{0, 4}}},
      {"rsqrt", 1, 2, 1, {{0, 4}}},
      {"exp2", 1, 2, 1, {{-1080, 1030}, {-1, 1}}},
      {"log2", 1, 1, 1, {{0, 4}, {0.9, 1.1}}},
      {"exp10", 1, 2, 1, {{-330, 310}, {-1, 1}}},
      {"log10", 1, 2, 1, {{0, 4}, {0.9, 1.1}}},
      {"expm1", 1, 1, 1, {{-50, 750}, {-1, 1}}},
      {"log1p", 1, 1, 1, {{-1, 4}, {-0.1, 0.1}}},
      {"sinh", 1, 3, 2, {{-720, 720}, {-2, 2}}},
      {"cosh", 1, 2, 1, {{-720, 720}, {-2, 2}}},
      {"asin", 1, 2, 2, {{-1, 1}, {-0.51, 0.51}}},
      {"acos", 1, 2, 2, {{-1, 1}, {-0.51, 0.51}}},
      {"atan", 1, 2, 2, {{-4, 4}, {-100, 100}}},
      {"asinh", 1, 3, 3, {{-4, 4}, {-100, 100}}},
      {"acosh", 1, 4, 3, {{1, 2}, {1, 100}}},
      {"atanh", 1, 3, 2, {{-1, 1}, {-0.51, 0.51}}},
      {"cbrt", 1, 1, 1, {{-8, 8}}},
      {"rcbrt", 1, 1, 1, {{-8, 8}}},
      {"sinpi", 1, 1, 2, {{-3, 3}, {-0.5, 0.5}}},
      {"cospi", 1, 1, 2, {{-3, 3}, {-0.5, 0.5}}},
      {"erf", 1, 2, 2, {{-6, 6}, {-1, 1}}},
      {"erfc", 1, 4, 5, {{-6, 28}, {-1, 1}}},
      {"erfcx", 1, 4, 4, {{-27, 30}, {-3, 3}}},
      {"erfinv", 1, 2, 5, {{-1, 1}, {-0.5, 0.5}}},
      {"erfcinv", 1, 4, 6, {{0, 2}, {0.9, 1.1}}},
      {"normcdf", 1, 5, 5, {{-39, 9}, {-2, 2}}},
      {"normcdfinv", 1, 5, 8, {{0, 1}, {0.45, 0.55}}},
      {"lgamma", 1, 6, 4, {{-2.2, 10}, {0.5, 3}, {-40, -11}}, {-2.2637, HUGE_VAL}, -11.0001},
      {"tgamma", 1, 5, 10, {{-10, 10}, {-190, 172}}},
      {"j0", 1, 9, 7, {{-8, 8}, {-100, 100}}, {-8, 8}},
      {"j1", 1, 9, 7, {{-8, 8}, {-100, 100}}, {-8, 8}},
      {"y0", 1, 9, 7, {{0, 8}, {0, 100}}, {0, 8}},
      {"y1", 1, 9, 7, {{0, 8}, {0, 100}}, {0, 8}},
      {"cyl_bessel_i0", 1, 6, 6, {{-8, 8}, {-720, 720}}},
      {"cyl_bessel_i1", 1, 6, 6, {{-8, 8}, {-720, 720}}},
      {"fabs", 1, 0, 0, {{-4, 4}}},
      {"floor", 1, 0, 0, {{-100, 100}}},
      {"ceil", 1, 0, 0, {{-100, 100}}},
      {"trunc", 1, 0, 0, {{-100, 100}}},
      {"round", 1, 0, 0, {{-100, 100}}},
      {"rint", 1, 0, 0, {{-100, 100}}},
      {"nearbyint", 1, 0, 0, {{-100, 100}}},
      {"logb", 1, 0, 0, {{-100, 100}}},
      {"pow", 2, 4, 2, {{0, 4}, {-50, 50}}},
      {"atan2", 2, 3, 2, {{-4, 4}, {-100, 100}}},
      {"hypot", 2, 3, 2, {{-4, 4}, {-1000, 1000}}},
      {"rhypot", 2, 2, 1, {{-4, 4}, {-1000, 1000}}},
      {"fmod", 2, 0, 0, {{-100, 100}}},
      {"remainder", 2, 0, 0, {{-100, 100}}},
      {"fdim", 2, 0, 0, {{-100, 100}}},
      {"fma", 3, 0, 0, {{-4, 4}}},
      {"norm3d", 3, 3, 2, {{-4, 4}}},
      {"rnorm3d", 3, 2, 1, {{-4, 4}}},
      {"norm4d", 4, 3, 2, {{-4, 4}}},
      {"rnorm4d", 4, 2, 1, {{-4, 4}}},
  };
  return kRows;
}

}  // namespace

const std::vector<Function>& AllFunctions() {
  static const std::vector<Function> kFunctions = [] {
    std::vector<Function> functions;
    for (const Row& row : Rows()) {
      functions.push_back({row.name, row.arguments, FindFloatReference(row.name),
                           FindDoubleReference(row.name), FindExactReference(row.name),
                           row.cuda_float_ulp, row.cuda_double_ulp, row.ranges, row.relative,
                           row.relative_below});
    }
    return functions;
  }();
  return kFunctions;
}

}  // namespace opensupa::accuracy
