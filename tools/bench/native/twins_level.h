// What one level's files offer to its table.

#ifndef SUPA_BENCH_NATIVE_TWINS_LEVEL_H_
#define SUPA_BENCH_NATIVE_TWINS_LEVEL_H_

#include "twins.h"

namespace bench::BENCH_LEVEL {

void AddStreams(Twins& twins);
void AddMatrix(Twins& twins);
void AddCompute(Twins& twins);
void AddGrid(Twins& twins);
void AddInteger(Twins& twins);
void AddSort(Twins& twins);
void AddRows(Twins& twins);
void AddAttention(Twins& twins);

}  // namespace bench::BENCH_LEVEL

#endif  // SUPA_BENCH_NATIVE_TWINS_LEVEL_H_
