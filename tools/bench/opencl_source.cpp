// The kernels of the suite in OpenCL C: the same shapes, tiles and loops as the .su files.

#include "opencl.h"

namespace bench {
namespace {

constexpr char kSource[] = R"cl(
#define SYNC barrier(CLK_LOCAL_MEM_FENCE)

__kernel void vecadd(__global const float* a, __global const float* b, __global float* c, uint n) {
  uint i = get_global_id(0);
  if (i < n) c[i] = a[i] + b[i];
}

__kernel void saxpy(float a, __global const float* x, __global float* y, uint n) {
  uint i = get_global_id(0);
  if (i < n) y[i] = a * x[i] + y[i];
}

__kernel void reduce_tree(__global const float* x, __global float* out, uint n) {
  __local float partial[256];
  uint t = get_local_id(0), i = get_group_id(0) * 512 + t;
  float sum = 0;
  if (i < n) sum = x[i];
  if (i + 256 < n) sum += x[i + 256];
  partial[t] = sum;
  SYNC;
  for (uint stride = 128; stride > 0; stride >>= 1) {
    if (t < stride) partial[t] += partial[t + stride];
    SYNC;
  }
  if (t == 0) out[get_group_id(0)] = partial[0];
}

__kernel void reduce_grid(__global const float* x, __global float* out, uint n) {
  __local float partial[256];
  uint t = get_local_id(0);
  float sum = 0;
  for (uint i = get_global_id(0); i < n; i += get_global_size(0)) sum += x[i];
  partial[t] = sum;
  SYNC;
  for (uint stride = 128; stride > 0; stride >>= 1) {
    if (t < stride) partial[t] += partial[t + stride];
    SYNC;
  }
  if (t == 0) out[get_group_id(0)] = partial[0];
}

__kernel void sgemm_naive(int n, __global const float* a, __global const float* b,
                          __global float* c) {
  int column = get_global_id(0), row = get_global_id(1);
  if (row >= n || column >= n) return;
  float sum = 0;
  for (int k = 0; k < n; ++k) sum += a[row * n + k] * b[k * n + column];
  c[row * n + column] = sum;
}

__kernel void sgemm_tiled(int n, __global const float* a, __global const float* b,
                          __global float* c) {
  __local float a_tile[16][16], b_tile[16][16];
  int tx = get_local_id(0), ty = get_local_id(1);
  int column = get_group_id(0) * 16 + tx, row = get_group_id(1) * 16 + ty;
  float sum = 0;
  for (int start = 0; start < n; start += 16) {
    a_tile[ty][tx] = a[row * n + start + tx];
    b_tile[ty][tx] = b[(start + ty) * n + column];
    SYNC;
    for (int k = 0; k < 16; ++k) sum += a_tile[ty][k] * b_tile[k][tx];
    SYNC;
  }
  c[row * n + column] = sum;
}

__kernel void sgemm_reg(int n, __global const float* a, __global const float* b,
                        __global float* c) {
  __local float a_tile[16][64], b_tile[16][64];
  int tx = get_local_id(0), ty = get_local_id(1), thread = ty * 16 + tx;
  int first_row = get_group_id(1) * 64, first_column = get_group_id(0) * 64;
  float sum[4][4];
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) sum[i][j] = 0;
  for (int start = 0; start < n; start += 16) {
    for (int part = 0; part < 4; ++part) {
      int e = thread + part * 256;
      a_tile[e % 16][e / 16] = a[(first_row + e / 16) * n + start + e % 16];
      b_tile[e / 64][e % 64] = b[(start + e / 64) * n + first_column + e % 64];
    }
    SYNC;
    for (int k = 0; k < 16; ++k) {
      float a_part[4], b_part[4];
      for (int i = 0; i < 4; ++i) {
        a_part[i] = a_tile[k][ty + 16 * i];
        b_part[i] = b_tile[k][tx + 16 * i];
      }
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) sum[i][j] += a_part[i] * b_part[j];
    }
    SYNC;
  }
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      c[(first_row + ty + 16 * i) * n + first_column + tx + 16 * j] = sum[i][j];
}

__kernel void transpose(int n, __global const float* in, __global float* out) {
  __local float tile[32][33];
  int tx = get_local_id(0), ty = get_local_id(1);
  int x = get_group_id(0) * 32 + tx, y = get_group_id(1) * 32 + ty;
  for (int k = 0; k < 32; k += 8) tile[ty + k][tx] = in[(y + k) * n + x];
  SYNC;
  x = get_group_id(1) * 32 + tx;
  y = get_group_id(0) * 32 + ty;
  for (int k = 0; k < 32; k += 8) out[(y + k) * n + x] = tile[tx][ty + k];
}

__kernel void nbody(int n, __global const float4* pos, float softening, __global float4* acc) {
  __local float4 tile[256];
  int i = get_global_id(0), t = get_local_id(0);
  float4 self = pos[i];
  float ax = 0, ay = 0, az = 0;
  for (int start = 0; start < n; start += 256) {
    tile[t] = pos[start + t];
    SYNC;
    for (int j = 0; j < 256; ++j) {
      float4 other = tile[j];
      float dx = other.x - self.x, dy = other.y - self.y, dz = other.z - self.z;
      float inverse = rsqrt(dx * dx + dy * dy + dz * dz + softening);
      float force = other.w * inverse * inverse * inverse;
      ax += dx * force;
      ay += dy * force;
      az += dz * force;
    }
    SYNC;
  }
  acc[i] = (float4)(ax, ay, az, 0);
}

float normal_cdf(float d) { return 0.5f * (1.0f + erf(d * 0.70710678f)); }

__kernel void blackscholes(uint n, __global const float* spot, __global const float* strike,
                           __global const float* years, float rate, float volatility,
                           __global float* call, __global float* put) {
  uint i = get_global_id(0);
  if (i >= n) return;
  float s = spot[i], x = strike[i], t = years[i], root = sqrt(t);
  float d1 = (log(s / x) + (rate + 0.5f * volatility * volatility) * t) / (volatility * root);
  float d2 = d1 - volatility * root;
  float n1 = normal_cdf(d1), n2 = normal_cdf(d2), discounted = x * exp(-rate * t);
  call[i] = s * n1 - discounted * n2;
  put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
}

__kernel void mandelbrot(int n, int limit, float left, float top, float pixel,
                         __global int* steps) {
  int i = get_global_id(0), j = get_global_id(1);
  if (i >= n || j >= n) return;
  float cx = left + i * pixel, cy = top + j * pixel, x = 0, y = 0;
  int k = 0;
  while (k < limit && x * x + y * y <= 4.0f) {
    float next = x * x - y * y + cx;
    y = 2 * x * y + cy;
    x = next;
    ++k;
  }
  steps[j * n + i] = k;
}

__kernel void stencil7(int n, float center, float side, __global const float* in,
                       __global float* out) {
  int x = get_global_id(0), y = get_global_id(1), z = get_global_id(2);
  if (x < 1 || y < 1 || z < 1 || x >= n - 1 || y >= n - 1 || z >= n - 1) return;
  int plane = n * n, i = z * plane + y * n + x;
  out[i] = center * in[i] + side * (in[i - 1] + in[i + 1] + in[i - n] + in[i + n] +
                                    in[i - plane] + in[i + plane]);
}
)cl"
                           R"cl(
__kernel void empty(void) {}

__kernel void zero(__global uint* counts) { counts[get_global_id(0)] = 0; }

__kernel void histogram(uint words, __global const uint* x, __global uint* counts) {
  __local uint bins[256];
  uint t = get_local_id(0);
  bins[t] = 0;
  SYNC;
  for (uint i = get_global_id(0); i < words; i += get_global_size(0)) {
    uint word = x[i];
    atomic_inc(&bins[word & 255]);
    atomic_inc(&bins[word >> 8 & 255]);
    atomic_inc(&bins[word >> 16 & 255]);
    atomic_inc(&bins[word >> 24]);
  }
  SYNC;
  atomic_add(&counts[t], bins[t]);
}

__kernel void scan_block(uint n, __global const uint* in, __global uint* out,
                         __global uint* sums) {
  __local uint partial[256];
  uint t = get_local_id(0), i = get_group_id(0) * 1024 + 4 * t;
  uint a = i < n ? in[i] : 0, b = i + 1 < n ? in[i + 1] : 0;
  uint c = i + 2 < n ? in[i + 2] : 0, d = i + 3 < n ? in[i + 3] : 0;
  partial[t] = a + b + c + d;
  SYNC;
  for (uint distance = 1; distance < 256; distance <<= 1) {
    uint other = t >= distance ? partial[t - distance] : 0;
    SYNC;
    partial[t] += other;
    SYNC;
  }
  uint before = t > 0 ? partial[t - 1] : 0;
  if (i < n) out[i] = before;
  if (i + 1 < n) out[i + 1] = before + a;
  if (i + 2 < n) out[i + 2] = before + a + b;
  if (i + 3 < n) out[i + 3] = before + a + b + c;
  if (t == 255) sums[get_group_id(0)] = partial[t];
}

__kernel void scan_add(uint n, __global uint* out, __global const uint* sums) {
  uint before = sums[get_group_id(0)], i = get_group_id(0) * 1024 + get_local_id(0);
  for (int k = 0; k < 4; ++k, i += 256) {
    if (i < n) out[i] += before;
  }
}

__kernel void spmv(int rows, __global const int* row_start, __global const int* column,
                   __global const float* value, __global const float* x, __global float* y) {
  int r = get_global_id(0);
  if (r >= rows) return;
  float sum = 0;
  for (int j = row_start[r]; j < row_start[r + 1]; ++j) sum += value[j] * x[column[j]];
  y[r] = sum;
}

void exchange(__local uint* a, __local uint* b, int up) {
  uint u = *a, v = *b;
  if ((u > v) == up) {
    *a = v;
    *b = u;
  }
}

__kernel void bitonic_sort_block(__global uint* keys) {
  __local uint s[512];
  uint t = get_local_id(0), base = get_group_id(0) * 512;
  s[t] = keys[base + t];
  s[t + 256] = keys[base + t + 256];
  for (uint run = 2; run <= 512; run <<= 1) {
    for (uint distance = run >> 1; distance > 0; distance >>= 1) {
      SYNC;
      uint p = 2 * t - (t & (distance - 1));
      exchange(&s[p], &s[p + distance], ((base + p) & run) == 0);
    }
  }
  SYNC;
  keys[base + t] = s[t];
  keys[base + t + 256] = s[t + 256];
}

__kernel void bitonic_merge_global(__global uint* keys, uint run, uint distance) {
  uint t = get_global_id(0), p = 2 * t - (t & (distance - 1));
  uint a = keys[p], b = keys[p + distance];
  if ((a > b) == ((p & run) == 0)) {
    keys[p] = b;
    keys[p + distance] = a;
  }
}

__kernel void bitonic_merge_block(__global uint* keys, uint run) {
  __local uint s[512];
  uint t = get_local_id(0), base = get_group_id(0) * 512;
  s[t] = keys[base + t];
  s[t + 256] = keys[base + t + 256];
  for (uint distance = 256; distance > 0; distance >>= 1) {
    SYNC;
    uint p = 2 * t - (t & (distance - 1));
    exchange(&s[p], &s[p + distance], ((base + p) & run) == 0);
  }
  SYNC;
  keys[base + t] = s[t];
  keys[base + t + 256] = s[t + 256];
}

__kernel void softmax(int columns, __global const float* x, __global float* y) {
  __local float partial[256];
  int t = get_local_id(0);
  x += (size_t)get_group_id(0) * columns;
  y += (size_t)get_group_id(0) * columns;
  float max = -INFINITY;
  for (int i = t; i < columns; i += 256) max = fmax(max, x[i]);
  partial[t] = max;
  SYNC;
  for (int stride = 128; stride > 0; stride >>= 1) {
    if (t < stride) partial[t] = fmax(partial[t], partial[t + stride]);
    SYNC;
  }
  max = partial[0];
  SYNC;
  float sum = 0;
  for (int i = t; i < columns; i += 256) {
    float power = exp(x[i] - max);
    y[i] = power;
    sum += power;
  }
  partial[t] = sum;
  SYNC;
  for (int stride = 128; stride > 0; stride >>= 1) {
    if (t < stride) partial[t] += partial[t + stride];
    SYNC;
  }
  float scale = 1.0f / partial[0];
  for (int i = t; i < columns; i += 256) y[i] *= scale;
}

__kernel void layernorm(int columns, __global const float* x, __global const float* gain,
                        __global const float* bias, __global float* y) {
  __local float sums[256], squares[256];
  int t = get_local_id(0);
  x += (size_t)get_group_id(0) * columns;
  y += (size_t)get_group_id(0) * columns;
  float sum = 0, square = 0;
  for (int i = t; i < columns; i += 256) {
    float v = x[i];
    sum += v;
    square += v * v;
  }
  sums[t] = sum;
  squares[t] = square;
  SYNC;
  for (int stride = 128; stride > 0; stride >>= 1) {
    if (t < stride) {
      sums[t] += sums[t + stride];
      squares[t] += squares[t + stride];
    }
    SYNC;
  }
  float mean = sums[0] / columns;
  float scale = rsqrt(squares[0] / columns - mean * mean + 1e-5f);
  for (int i = t; i < columns; i += 256) y[i] = (x[i] - mean) * scale * gain[i] + bias[i];
}

__kernel void attention(int length, __global const float* q, __global const float* k,
                        __global const float* v, __global float* out) {
  __local float k_tile[32][64], v_tile[32][64];
  int t = get_local_id(0), i = get_global_id(0);
  size_t head = (size_t)get_group_id(1) * length * 64;
  float query[64], sum[64], max = -INFINITY, weight = 0;
  for (int d = 0; d < 64; ++d) {
    query[d] = q[head + i * 64 + d] * 0.125f;
    sum[d] = 0;
  }
  for (int start = 0; start < length; start += 32) {
    for (int e = t; e < 2048; e += 256) {
      k_tile[e / 64][e % 64] = k[head + start * 64 + e];
      v_tile[e / 64][e % 64] = v[head + start * 64 + e];
    }
    SYNC;
    float score[32], tile_max = max;
    for (int j = 0; j < 32; ++j) {
      float dot_product = 0;
      for (int d = 0; d < 64; ++d) dot_product += query[d] * k_tile[j][d];
      score[j] = dot_product;
      tile_max = fmax(tile_max, dot_product);
    }
    float shrink = exp(max - tile_max);
    weight *= shrink;
    for (int d = 0; d < 64; ++d) sum[d] *= shrink;
    for (int j = 0; j < 32; ++j) {
      float p = exp(score[j] - tile_max);
      weight += p;
      for (int d = 0; d < 64; ++d) sum[d] += p * v_tile[j][d];
    }
    max = tile_max;
    SYNC;
  }
  float scale = 1.0f / weight;
  for (int d = 0; d < 64; ++d) out[head + i * 64 + d] = sum[d] * scale;
}
)cl";

}  // namespace

const char* const kOpenClSource = kSource;

}  // namespace bench
