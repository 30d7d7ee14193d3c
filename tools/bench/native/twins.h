// The native twins: each problem as one would write it in C++ for this machine, with threads and
// vectors. Every twin exists once for each level of the instruction set that the build knows.

#ifndef SUPA_BENCH_NATIVE_TWINS_H_
#define SUPA_BENCH_NATIVE_TWINS_H_

#include <cstddef>
#include <cstdint>

#include "../workers.h"

namespace bench {

/// Arrays are row-major and aligned to 64 bytes; lengths are multiples of 256 where the problem's
/// own are. `streaming` asks for non-temporal stores to the outputs.
struct Twins {
  const char* level;
  void (*vecadd)(Workers&, bool streaming, size_t n, const float* a, const float* b, float* c);
  void (*saxpy)(Workers&, bool streaming, size_t n, float a, const float* x, float* y);
  float (*sum)(Workers&, size_t n, const float* x);
  /// n x n matrices. `naive` in the natural loop order, `tiled` with a register tile, `packed` with
  /// a register tile over packed and cache-blocked operands; scratch holds n * n elements.
  void (*sgemm_naive)(Workers&, int n, const float* a, const float* b, float* c);
  void (*sgemm_tiled)(Workers&, int n, const float* a, const float* b, float* c);
  void (*sgemm_packed)(Workers&, int n, const float* a, const float* b, float* c, float* scratch);
  void (*transpose)(Workers&, bool streaming, int n, const float* in, float* out);
  /// pos and acc hold x, y, z, mass (or 0) for each body; scratch holds 4 * n elements.
  void (*nbody)(Workers&, int n, const float* pos, float softening, float* acc, float* scratch);
  void (*blackscholes)(Workers&, bool streaming, size_t n, const float* spot, const float* strike,
                       const float* years, float rate, float volatility, float* call, float* put);
  void (*mandelbrot)(Workers&, int n, int limit, float left, float top, float pixel, int* steps);
  /// One step on the n x n x n cube; the border is not written.
  void (*stencil7)(Workers&, bool streaming, int n, float center, float side, const float* in,
                   float* out);
  void (*histogram)(Workers&, size_t n, const uint8_t* x, uint32_t* counts);
  void (*scan)(Workers&, bool streaming, size_t n, const uint32_t* in, uint32_t* out);
  /// With `gathers` a row in each lane where the level has gathers with masks.
  void (*spmv)(Workers&, bool gathers, int rows, const int* row_start, const int* column,
               const float* value, const float* x, float* y);
  /// n is a power of two, at least 1024.
  void (*bitonic)(Workers&, size_t n, uint32_t* keys);
  void (*softmax)(Workers&, bool streaming, int rows, int columns, const float* x, float* y);
  void (*layernorm)(Workers&, bool streaming, int rows, int columns, const float* x,
                    const float* gain, const float* bias, float* y);
  /// Rows of 64; scratch holds heads * length * 64 elements.
  void (*attention)(Workers&, int heads, int length, const float* q, const float* k, const float* v,
                    float* out, float* scratch);
};

/// The twins for the highest level that both the build and this CPU know.
const Twins& BestTwins();

}  // namespace bench

#endif  // SUPA_BENCH_NATIVE_TWINS_H_
