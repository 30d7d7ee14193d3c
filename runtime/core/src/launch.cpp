#include "opensupa/core/launch.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "driver/su_types.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/core/context.h"
#include "opensupa/core/error.h"
#include "opensupa/core/runtime.h"

namespace opensupa::rt {
namespace {

constexpr size_t kMaxArgumentBytes = 4096;

bool Fits(const hal::Dim3& size, const hal::Dim3& limit) {
  return size.x != 0 && size.y != 0 && size.z != 0 && size.x <= limit.x && size.y <= limit.y &&
         size.z <= limit.z;
}

std::string Text(const hal::Dim3& size) {
  return absl::StrFormat("(%d, %d, %d)", size.x, size.y, size.z);
}

Status BadShape(const Function& function, absl::string_view what, const hal::Dim3& given,
                const hal::Dim3& limit) {
  return MakeError(
      supaErrorInvalidConfiguration,
      absl::StrCat("The ", what, " ", Text(given), " of a launch of kernel '", function.info().name,
                   "' must lie between (1, 1, 1) and ", Text(limit), "."));
}

uint64_t Threads(const hal::Dim3& block) { return uint64_t{block.x} * block.y * block.z; }

Status CheckShared(const Function& function, uint64_t dynamic_bytes) {
  const uint32_t most = function.max_dynamic_shared_bytes.load(std::memory_order_relaxed);
  if (dynamic_bytes <= most) return absl::OkStatus();
  return MakeError(
      supaErrorInvalidValue,
      absl::StrFormat("Kernel '%s' has %d bytes of static shared memory, so a block can have at "
                      "most %d bytes of dynamic shared memory, but the launch asks for %d.",
                      function.info().name, function.info().static_shared_bytes, most,
                      dynamic_bytes));
}

Status CheckCluster(const Function& function, const LaunchShape& shape) {
  const hal::Dim3 cluster = ClusterOf(function, shape);
  if (Threads(cluster) == 0 && (cluster.x | cluster.y | cluster.z) == 0) return absl::OkStatus();
  const std::string& name = function.info().name;
  const uint32_t most = MaxClusterBlocks(function);
  const auto& fixed = function.info().cluster_dim;
  const bool differs =
      fixed[0] != 0 && (cluster.x != fixed[0] || cluster.y != fixed[1] || cluster.z != fixed[2]);
  if (differs) {
    return MakeError(supaErrorInvalidClusterSize,
                     absl::StrFormat("A launch of kernel '%s' asks for clusters of %s blocks, but "
                                     "the kernel was compiled for %s.",
                                     name, Text(cluster), Text({fixed[0], fixed[1], fixed[2]})));
  }
  if (Threads(cluster) == 0 || Threads(cluster) > most) {
    return MakeError(
        supaErrorInvalidClusterSize,
        absl::StrFormat("A launch of kernel '%s' asks for clusters of %s blocks, but a "
                        "cluster has from 1 to %d.",
                        name, Text(cluster), most));
  }
  const hal::Dim3& grid = shape.grid;
  if (grid.x % cluster.x == 0 && grid.y % cluster.y == 0 && grid.z % cluster.z == 0) {
    return absl::OkStatus();
  }
  return MakeError(
      supaErrorInvalidClusterSize,
      absl::StrFormat("A launch of kernel '%s' has clusters of %s blocks, which do not "
                      "divide the grid %s.",
                      name, Text(cluster), Text(grid)));
}

Status CheckCooperative(const Function& function, const LaunchShape& shape) {
  const hal::DeviceProperties& device = PropertiesOf(function);
  if (!device.cooperative_launch) {
    return MakeError(supaErrorNotSupported,
                     absl::StrCat("Device ", device.name, " has no cooperative launches."));
  }
  const uint64_t blocks = Threads(shape.grid);
  const uint64_t most = uint64_t{ActiveBlocks(function, static_cast<uint32_t>(Threads(shape.block)),
                                              shape.dynamic_shared_bytes)} *
                        device.multiprocessors;
  if (blocks <= most) return absl::OkStatus();
  return MakeError(supaErrorCooperativeLaunchTooLarge,
                   absl::StrFormat("A cooperative launch of kernel '%s' has %d blocks, but only %d "
                                   "run at one time.",
                                   function.info().name, blocks, most));
}

/// Gathers the arguments into `buffer`.
StatusOr<std::span<const std::byte>> Pack(const Function& function, const LaunchArguments& given,
                                          std::array<std::byte, kMaxArgumentBytes>& buffer) {
  const binary::KernelInfo& info = function.info();
  if (info.args_size_bytes > buffer.size()) {
    return MakeError(supaErrorInvalidValue,
                     absl::StrFormat("Kernel '%s' takes %d bytes of arguments; at most %d are "
                                     "supported.",
                                     info.name, info.args_size_bytes, buffer.size()));
  }
  if (given.buffer != nullptr) {
    if (given.buffer_bytes > info.args_size_bytes) {
      return MakeError(
          supaErrorInvalidValue,
          absl::StrFormat("Kernel '%s' takes %d bytes of arguments, but a buffer of %d "
                          "bytes is given.",
                          info.name, info.args_size_bytes, given.buffer_bytes));
    }
    std::memset(buffer.data(), 0, info.args_size_bytes);
    std::memcpy(buffer.data(), given.buffer, given.buffer_bytes);
    return std::span<const std::byte>(buffer.data(), info.args_size_bytes);
  }
  for (size_t i = 0; i < info.params.size(); ++i) {
    if (given.pointers == nullptr || given.pointers[i] == nullptr) {
      return MakeError(
          supaErrorInvalidValue,
          absl::StrFormat("Kernel '%s' takes %d arguments, but argument %d is missing.", info.name,
                          info.params.size(), i));
    }
    std::memcpy(buffer.data() + info.params[i].offset_bytes, given.pointers[i],
                info.params[i].size_bytes);
  }
  return std::span<const std::byte>(buffer.data(), info.args_size_bytes);
}

}  // namespace

const hal::DeviceProperties& PropertiesOf(const Function& function) {
  return function.context().properties();
}

StatusOr<LaunchArguments> ParseExtra(void** extra) {
  LaunchArguments arguments;
  for (size_t i = 0; extra != nullptr && extra[i] != SU_LAUNCH_PARAM_END; i += 2) {
    if (extra[i] == SU_LAUNCH_PARAM_BUFFER_POINTER) {
      arguments.buffer = extra[i + 1];
    } else if (extra[i] == SU_LAUNCH_PARAM_BUFFER_SIZE && extra[i + 1] != nullptr) {
      arguments.buffer_bytes = *static_cast<const size_t*>(extra[i + 1]);
    } else {
      return MakeError(
          supaErrorInvalidValue,
          absl::StrFormat("Entry %d of the launch's extra list, %p, has no meaning.", i, extra[i]));
    }
  }
  return arguments;
}

Status CheckShape(const Function& function, const LaunchShape& shape) {
  const hal::DeviceProperties& device = PropertiesOf(function);
  if (!Fits(shape.grid, device.max_grid_dim)) {
    return BadShape(function, "grid", shape.grid, device.max_grid_dim);
  }
  if (!Fits(shape.block, device.max_block_dim)) {
    return BadShape(function, "block", shape.block, device.max_block_dim);
  }
  const uint64_t threads = Threads(shape.block);
  if (threads > device.max_threads_per_block) {
    return MakeError(supaErrorInvalidConfiguration,
                     absl::StrFormat("A launch of kernel '%s' has %d threads per block, but the "
                                     "device has at most %d.",
                                     function.info().name, threads, device.max_threads_per_block));
  }
  if (threads > function.max_threads_per_block()) {
    return MakeError(
        supaErrorLaunchOutOfResources,
        absl::StrFormat("A launch of kernel '%s' has %d threads per block, but its "
                        "launch bound is %d.",
                        function.info().name, threads, function.max_threads_per_block()));
  }
  SUPA_RETURN_IF_ERROR(CheckShared(function, shape.dynamic_shared_bytes));
  SUPA_RETURN_IF_ERROR(CheckCluster(function, shape));
  return shape.cooperative ? CheckCooperative(function, shape) : absl::OkStatus();
}

Status Launch(Function& function, Stream& stream, const LaunchShape& shape,
              const LaunchArguments& arguments) {
  SUPA_RETURN_IF_ERROR(stream.context().CheckHealth());
  OPENSUPA_FAULT_POINT("runtime.launch");
  SUPA_RETURN_IF_ERROR(CheckShape(function, shape));
  std::array<std::byte, kMaxArgumentBytes> buffer;
  SUPA_ASSIGN_OR_RETURN(std::span<const std::byte> packed, Pack(function, arguments, buffer));
  hal::DispatchCommand dispatch;
  dispatch.kernel = function.HandleFor(shape.block);
  dispatch.grid = shape.grid;
  dispatch.block = shape.block;
  dispatch.cluster = ClusterOf(function, shape);
  dispatch.cooperative = shape.cooperative;
  dispatch.heap_limit_bytes = stream.context().limits[supaLimitMallocHeapSize].load();
  dispatch.dynamic_shared_bytes = static_cast<uint32_t>(shape.dynamic_shared_bytes);
  dispatch.args = packed;
  dispatch.cookie = stream.id();
  SUPA_RETURN_IF_ERROR(stream.Submit(dispatch));
  return stream.context().runtime().launch_blocking() ? stream.Drain() : absl::OkStatus();
}

hal::Dim3 ClusterOf(const Function& function, const LaunchShape& shape) {
  if ((shape.cluster.x | shape.cluster.y | shape.cluster.z) != 0) return shape.cluster;
  const auto& fixed = function.info().cluster_dim;
  return {fixed[0], fixed[1], fixed[2]};
}

uint32_t MaxClusterBlocks(const Function& function) {
  const uint32_t most = PropertiesOf(function).max_cluster_blocks;
  return function.large_clusters.load() ? most : std::min(most, Function::kPortableClusterBlocks);
}

StatusOr<uint64_t> ActiveClusters(const Function& function, const LaunchShape& shape) {
  SUPA_RETURN_IF_ERROR(CheckCluster(function, shape));
  const uint64_t cluster_blocks = std::max<uint64_t>(Threads(ClusterOf(function, shape)), 1);
  const uint64_t blocks =
      uint64_t{ActiveBlocks(function, static_cast<uint32_t>(Threads(shape.block)),
                            shape.dynamic_shared_bytes)} *
      PropertiesOf(function).multiprocessors;
  return blocks / cluster_blocks;
}

uint32_t ActiveBlocks(const Function& function, uint32_t block_threads, uint64_t dynamic_bytes) {
  const hal::DeviceProperties& device = PropertiesOf(function);
  if (block_threads == 0 || block_threads > function.max_threads_per_block()) return 0;
  if (dynamic_bytes > function.max_dynamic_shared_bytes.load()) return 0;
  const uint32_t warp = device.warp_threads;
  const uint32_t threads = (block_threads + warp - 1) / warp * warp;
  uint64_t blocks = device.max_blocks_per_multiprocessor;
  blocks = std::min<uint64_t>(blocks, device.max_threads_per_multiprocessor / threads);
  const uint64_t shared_bytes = function.info().static_shared_bytes + dynamic_bytes;
  if (shared_bytes != 0) {
    blocks = std::min(blocks, device.shared_bytes_per_multiprocessor / shared_bytes);
  }
  const uint64_t registers = uint64_t{function.info().registers_per_thread} * threads;
  if (registers != 0 && device.registers_per_multiprocessor != 0) {
    blocks =
        std::min(blocks, std::max<uint64_t>(1, device.registers_per_multiprocessor / registers));
  }
  return static_cast<uint32_t>(blocks);
}

StatusOr<uint64_t> AvailableDynamicShared(const Function& function, int blocks, int block_threads) {
  const hal::DeviceProperties& device = PropertiesOf(function);
  if (blocks <= 0 || block_threads <= 0 ||
      ActiveBlocks(function, static_cast<uint32_t>(block_threads), 0) <
          static_cast<uint32_t>(blocks)) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("A multiprocessor cannot run %d blocks of %d threads of kernel "
                        "'%s'.",
                        blocks, block_threads, function.info().name));
  }
  const uint64_t share = device.shared_bytes_per_multiprocessor / static_cast<uint64_t>(blocks);
  const uint64_t fixed = function.info().static_shared_bytes;
  return std::min<uint64_t>(share > fixed ? share - fixed : 0,
                            function.max_dynamic_shared_bytes.load());
}

}  // namespace opensupa::rt
