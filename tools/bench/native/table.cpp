#include "twins_level.h"

#define BENCH_TEXT_OF(name) #name
#define BENCH_TEXT(name) BENCH_TEXT_OF(name)

namespace bench::BENCH_LEVEL {

extern const Twins& LevelTwins();

const Twins& LevelTwins() {
  static const Twins twins = [] {
    Twins t{};
    t.level = BENCH_TEXT(BENCH_LEVEL);
    AddStreams(t);
    AddMatrix(t);
    AddCompute(t);
    AddGrid(t);
    AddInteger(t);
    AddSort(t);
    AddRows(t);
    AddAttention(t);
    return t;
  }();
  return twins;
}

}  // namespace bench::BENCH_LEVEL
