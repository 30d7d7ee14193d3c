// Sources written for CUDA must compile unchanged: names, numbers and layouts of CUDA 12.
#include <cuda.h>
#include <cuda_profiler_api.h>
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <type_traits>

static_assert(CUDART_VERSION == 12090 && CUDA_VERSION == 12090);
static_assert(sizeof(cudaDeviceProp) == 1032);
static_assert(sizeof(cudaPointerAttributes) == 24 && sizeof(cudaLaunchAttribute) == 72);
static_assert(sizeof(CUDA_MEMCPY2D) == 128 && sizeof(CUDA_MEMCPY3D) == 200);
static_assert(sizeof(cudaMemcpy3DParms) == 160 && sizeof(CUmemAllocationProp) == 32);
static_assert(sizeof(cudaIpcMemHandle_t) == 64 && sizeof(CUipcMemHandle) == 64);
static_assert(offsetof(cudaDeviceProp, totalGlobalMem) == 288);
static_assert(std::is_standard_layout_v<cudaDeviceProp> && std::is_trivial_v<cudaDeviceProp>);
static_assert(std::is_same_v<CUdeviceptr, unsigned long long>);
static_assert(std::is_same_v<CUstream, cudaStream_t> && std::is_same_v<CUevent, cudaEvent_t>);
static_assert(cudaErrorInvalidValue == 1 && cudaErrorNotReady == 600 && cudaErrorUnknown == 999);
static_assert(cudaErrorCudartUnloading == 4 && CUDA_ERROR_DEINITIALIZED == 4);
static_assert(CUDA_SUCCESS == 0 && CUDA_ERROR_ILLEGAL_ADDRESS == 700);
static_assert(cudaMemcpyDeviceToHost == 2 && cudaMemoryTypeManaged == 3);
static_assert(cudaDevAttrComputeCapabilityMajor == 75);
static_assert(static_cast<int>(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) ==
              static_cast<int>(cudaDevAttrComputeCapabilityMajor));
static_assert(CU_DEVICE_ATTRIBUTE_GPU_DIRECT_RDMA_WITH_CUDA_VMM_SUPPORTED == 110);
static_assert(CUDA_R_16BF == 14 && CUDA_R_8F_E5M2 == 29);
static_assert(std::is_same_v<decltype(&cuMemAlloc_v2), CUresult (*)(CUdeviceptr*, size_t)>);
static_assert(
    std::is_same_v<decltype(&cudaGetDeviceProperties_v2), cudaError_t (*)(cudaDeviceProp*, int)>);
#if !defined(__CUDA_RUNTIME_H__) || !defined(__DRIVER_TYPES_H__) || !defined(__cuda_cuda_h__)
#error "Sources that test CUDA's include guards must find them."
#endif

// Names of CUDA that programs use for their own members, types and overloads keep working.
struct Properties : cudaDeviceProp {
  int cudaMalloc = 5;
};
__host__ __device__ static inline int Twice(int value) { return 2 * value; }

TEST(CudaNamesTest, GivenCudaNamesWhenUsedAsOwnThenTheyAreConsistent) {
  struct cudaDeviceProp plain = {};
  plain.sparseCudaArraySupported = Twice(1);
  Properties own;
  EXPECT_EQ(own.cudaMalloc, 5);
  EXPECT_EQ(plain.sparseCudaArraySupported, 2);
  EXPECT_EQ(reinterpret_cast<size_t>(cudaStreamPerThread), 2u);
  EXPECT_EQ(CU_STREAM_LEGACY, cudaStreamLegacy);
  const cudaExtent extent = make_cudaExtent(1, 2, 3);
  EXPECT_EQ(extent.depth, 3u);
}
