/// Block sizes with the most resident threads, for C++.
#ifndef SUPA_RUNTIME_OCCUPANCY_TEMPLATES_H_
#define SUPA_RUNTIME_OCCUPANCY_TEMPLATES_H_

#include "supa_runtime_api.h"

/// Stores the block size with the most resident threads per multiprocessor, and the least grid that
/// fills the device with such blocks. `block_size_to_dynamic_smem_size(n)` gives the dynamic shared
/// memory in bytes for a block of n threads. `block_size_limit` 0 means no limit.
template <class Size, class T>
inline supaError_t supaOccupancyMaxPotentialBlockSizeVariableSMemWithFlags(
    int* min_grid_size, int* block_size, T kernel, Size block_size_to_dynamic_smem_size,
    int block_size_limit = 0, unsigned int flags = 0) {
  const void* function = reinterpret_cast<const void*>(kernel);
  if (min_grid_size == nullptr || block_size == nullptr || function == nullptr) {
    return supaErrorInvalidValue;
  }
  int device = 0, threads_limit = 0, multiprocessors = 0, warp_size = 0, block_threads_limit = 0;
  supaFuncAttributes attributes;
  supaError_t error = ::supaGetDevice(&device);
  if (error == supaSuccess) error = ::supaFuncGetAttributes(&attributes, function);
  if (error == supaSuccess) {
    error =
        ::supaDeviceGetAttribute(&threads_limit, supaDevAttrMaxThreadsPerMultiProcessor, device);
  }
  if (error == supaSuccess) {
    error = ::supaDeviceGetAttribute(&multiprocessors, supaDevAttrMultiProcessorCount, device);
  }
  if (error == supaSuccess) {
    error = ::supaDeviceGetAttribute(&warp_size, supaDevAttrWarpSize, device);
  }
  if (error == supaSuccess) {
    error = ::supaDeviceGetAttribute(&block_threads_limit, supaDevAttrMaxThreadsPerBlock, device);
  }
  if (error != supaSuccess) return error;
  if (attributes.maxThreadsPerBlock < block_threads_limit) {
    block_threads_limit = attributes.maxThreadsPerBlock;
  }
  if (block_size_limit > 0 && block_size_limit < block_threads_limit) {
    block_threads_limit = block_size_limit;
  }
  int best_threads = 0, best_block = 0, best_blocks = 0;
  // From the largest size down in whole warps; the limit itself counts even if it is no multiple.
  const int rounded = (block_threads_limit + warp_size - 1) / warp_size * warp_size;
  for (int candidate = rounded; candidate > 0 && best_threads < threads_limit;
       candidate -= warp_size) {
    const int threads = candidate < block_threads_limit ? candidate : block_threads_limit;
    int blocks = 0;
    error = ::supaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
        &blocks, function, threads, block_size_to_dynamic_smem_size(threads), flags);
    if (error != supaSuccess) return error;
    if (blocks * threads > best_threads) {
      best_threads = blocks * threads;
      best_block = threads;
      best_blocks = blocks;
    }
  }
  *min_grid_size = best_blocks * multiprocessors;
  *block_size = best_block;
  return supaSuccess;
}

template <class Size, class T>
inline supaError_t supaOccupancyMaxPotentialBlockSizeVariableSMem(
    int* min_grid_size, int* block_size, T kernel, Size block_size_to_dynamic_smem_size,
    int block_size_limit = 0) {
  return supaOccupancyMaxPotentialBlockSizeVariableSMemWithFlags(
      min_grid_size, block_size, kernel, block_size_to_dynamic_smem_size, block_size_limit,
      supaOccupancyDefault);
}

/// As above, with the same `dynamic_smem_size` bytes for every block size.
template <class T>
inline supaError_t supaOccupancyMaxPotentialBlockSizeWithFlags(int* min_grid_size, int* block_size,
                                                               T kernel,
                                                               size_t dynamic_smem_size = 0,
                                                               int block_size_limit = 0,
                                                               unsigned int flags = 0) {
  return supaOccupancyMaxPotentialBlockSizeVariableSMemWithFlags(
      min_grid_size, block_size, kernel, [=](int) { return dynamic_smem_size; }, block_size_limit,
      flags);
}

template <class T>
inline supaError_t supaOccupancyMaxPotentialBlockSize(int* min_grid_size, int* block_size, T kernel,
                                                      size_t dynamic_smem_size = 0,
                                                      int block_size_limit = 0) {
  return supaOccupancyMaxPotentialBlockSizeWithFlags(
      min_grid_size, block_size, kernel, dynamic_smem_size, block_size_limit, supaOccupancyDefault);
}

#endif  // SUPA_RUNTIME_OCCUPANCY_TEMPLATES_H_
