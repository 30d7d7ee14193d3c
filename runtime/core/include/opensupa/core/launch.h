#pragma once

#include <cstdint>

#include "opensupa/core/module.h"
#include "opensupa/core/stream.h"
#include "runtime/supa_stream_types.h"

namespace opensupa::rt {

struct LaunchShape {
  hal::Dim3 grid, block;
  uint64_t dynamic_shared_bytes = 0;
  bool cooperative = false;
  hal::Dim3 cluster{0, 0, 0};  // all 0 = as the kernel says
};

/// Where the arguments are: one pointer each, or a buffer laid out as the kernel has it.
struct LaunchArguments {
  void** pointers = nullptr;
  const void* buffer = nullptr;
  size_t buffer_bytes = 0;
};

/// The arguments that suLaunchKernel's `extra` list names. supaErrorInvalidValue for a bad list.
StatusOr<LaunchArguments> ParseExtra(void** extra);

/// Checks a launch against the limits of kernel and device; see Launch for the errors.
Status CheckShape(const Function& function, const LaunchShape& shape);

/// Puts a launch into `stream`, whose context must be the function's. No allocation on the way.
/// supaErrorInvalidConfiguration for sizes of 0 or beyond the device, supaErrorLaunchOutOfResources
/// beyond the kernel's launch bound, supaErrorInvalidValue for too much shared memory or missing
/// arguments, supaErrorCooperativeLaunchTooLarge, supaErrorInvalidClusterSize.
Status Launch(Function& function, Stream& stream, const LaunchShape& shape,
              const LaunchArguments& arguments);

/// Blocks of `block_threads` threads that one multiprocessor runs at once.
uint32_t ActiveBlocks(const Function& function, uint32_t block_threads, uint64_t dynamic_bytes);

/// Most blocks that a cluster of the kernel may have.
uint32_t MaxClusterBlocks(const Function& function);
/// The cluster of a launch: what it asks for, or else what the kernel was compiled for; all 0 =
/// none.
hal::Dim3 ClusterOf(const Function& function, const LaunchShape& shape);
/// Clusters of a launch that the device runs at once; its cluster must be known.
StatusOr<uint64_t> ActiveClusters(const Function& function, const LaunchShape& shape);

struct BlockSizeChoice {
  int min_grid_size = 0;
  int block_size = 0;
};
/// The block size with the most resident threads. `dynamic_bytes(block_size)` is the dynamic shared
/// memory that a block of that size wants; `limit` 0 means no limit.
template <typename DynamicBytes>
BlockSizeChoice ChooseBlockSize(const Function& function, DynamicBytes dynamic_bytes, int limit);

/// Dynamic shared memory that each of `blocks` resident blocks can have.
StatusOr<uint64_t> AvailableDynamicShared(const Function& function, int blocks, int block_threads);

/// The device of a function's context.
const hal::DeviceProperties& PropertiesOf(const Function& function);

template <typename DynamicBytes>
BlockSizeChoice ChooseBlockSize(const Function& function, DynamicBytes dynamic_bytes, int limit) {
  const hal::DeviceProperties& device = PropertiesOf(function);
  uint32_t most = function.max_threads_per_block();
  if (limit > 0 && static_cast<uint32_t>(limit) < most) most = static_cast<uint32_t>(limit);
  BlockSizeChoice choice;
  uint32_t best_threads = 0;
  const uint32_t step = device.warp_threads;
  for (uint32_t size = (most + step - 1) / step * step; size > 0; size -= step) {
    const uint32_t threads = size < most ? size : most;
    const uint32_t blocks =
        ActiveBlocks(function, threads, dynamic_bytes(static_cast<int>(threads)));
    if (blocks * threads <= best_threads) continue;
    best_threads = blocks * threads;
    choice.block_size = static_cast<int>(threads);
    choice.min_grid_size = static_cast<int>(blocks * device.multiprocessors);
  }
  return choice;
}

}  // namespace opensupa::rt
