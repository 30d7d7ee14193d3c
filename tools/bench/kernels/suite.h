// What the files of the suite share, and the makers of its problems.

#ifndef SUPA_BENCH_KERNELS_SUITE_H_
#define SUPA_BENCH_KERNELS_SUITE_H_

#include <supa_runtime.h>

#include "../problem.h"

namespace bench {

inline unsigned Blocks(size_t threads, unsigned block) {
  return static_cast<unsigned>((threads + block - 1) / block);
}

std::unique_ptr<Problem> MakeVecadd(bool quick);
std::unique_ptr<Problem> MakeSaxpy(bool quick);
std::unique_ptr<Problem> MakeReduceTree(bool quick);
std::unique_ptr<Problem> MakeReduceGrid(bool quick);
std::unique_ptr<Problem> MakeSgemmNaive(bool quick);
std::unique_ptr<Problem> MakeSgemmTiled(bool quick);
std::unique_ptr<Problem> MakeSgemmReg(bool quick);
std::unique_ptr<Problem> MakeTranspose(bool quick);
std::unique_ptr<Problem> MakeNbody(bool quick);
std::unique_ptr<Problem> MakeBlackscholes(bool quick);
std::unique_ptr<Problem> MakeMandelbrot(bool quick);
std::unique_ptr<Problem> MakeStencil7(bool quick);
std::unique_ptr<Problem> MakeHistogram(bool quick);
std::unique_ptr<Problem> MakeScan(bool quick);
std::unique_ptr<Problem> MakeSpmv(bool quick);
std::unique_ptr<Problem> MakeBitonic(bool quick);
std::unique_ptr<Problem> MakeSoftmax(bool quick);
std::unique_ptr<Problem> MakeLayernorm(bool quick);
std::unique_ptr<Problem> MakeAttention(bool quick);
std::unique_ptr<Problem> MakeWmmaBf16(bool quick);
std::unique_ptr<Problem> MakeWmmaInt8(bool quick);

}  // namespace bench

#endif  // SUPA_BENCH_KERNELS_SUITE_H_
