#include "twins.h"

namespace bench {

#if defined(__x86_64__)
namespace v2 {
const Twins& LevelTwins();
}
namespace v3 {
const Twins& LevelTwins();
}
namespace v4 {
const Twins& LevelTwins();
}

const Twins& BestTwins() {
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512cd");
  return v4 ? v4::LevelTwins() : v3 ? v3::LevelTwins() : v2::LevelTwins();
}
#else
namespace generic {
const Twins& LevelTwins();
}

const Twins& BestTwins() { return generic::LevelTwins(); }
#endif

}  // namespace bench
