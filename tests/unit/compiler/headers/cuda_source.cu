// A program that knows CUDA only: its names, its macros and the headers it includes.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#if !defined(__CUDACC__) || !defined(__NVCC__) || __CUDACC_VER_MAJOR__ < 12
#error "A .cu file must look as if CUDA's compiler read it."
#endif
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 600
double atomicAdd(double*, double);  // must not be needed
#endif

__global__ void convert(__half* h, __nv_bfloat16* b, float* out) {
  out[threadIdx.x] = __half2float(h[threadIdx.x]) + __bfloat162float(b[threadIdx.x]);
  h[0] = __shfl_down_sync(0xffffffff, h[1], 1);
  atomicAdd(h, __float2half(1.0f));
}

int main() {
  float* out = nullptr;
  if (cudaMalloc((void**)&out, 64) != cudaSuccess) return 1;
  convert<<<1, 16>>>(nullptr, nullptr, out);
  return cudaDeviceSynchronize() == cudaSuccess ? 0 : 1;
}
