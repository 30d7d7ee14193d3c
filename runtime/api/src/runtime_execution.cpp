#include <cstring>

#include "absl/strings/str_format.h"
#include "call.h"
#include "function_attributes.h"
#include "opensupa/core/launch.h"
#include "opensupa/core/module.h"

namespace opensupa::api {
namespace {

hal::Dim3 ToHal(const dim3& size) { return {size.x, size.y, size.z}; }

/// The kernel behind a stub, in the current context.
StatusOr<std::shared_ptr<rt::Function>> FunctionOf(const void* stub) {
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
  return context->modules().FunctionOfStub(stub);
}

Status LaunchStub(const void* stub, const rt::LaunchShape& shape, void** args,
                  supaStream_t stream) {
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, Current());
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> function,
                        context->modules().FunctionOfStub(stub));
  if (stream == nullptr) {  // lives as long as the context, which the thread holds
    return rt::Launch(*function, *context->legacy_stream(), shape, {.pointers = args});
  }
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindOwnStream(*context, stream));
  return rt::Launch(*function, *target, shape, {.pointers = args});
}

void Describe(const rt::Function& function, supaFuncAttributes& attributes) {
  const binary::KernelInfo& info = function.info();
  std::memset(&attributes, 0, sizeof(attributes));
  attributes.sharedSizeBytes = info.static_shared_bytes;
  attributes.constSizeBytes = info.constant_bytes;
  attributes.localSizeBytes = info.local_bytes_per_thread;
  attributes.maxThreadsPerBlock = static_cast<int>(function.max_threads_per_block());
  attributes.numRegs = static_cast<int>(info.registers_per_thread);
  const hal::DeviceProperties& device = rt::PropertiesOf(function);
  attributes.binaryVersion = static_cast<int>(device.compute_major * 10 + device.compute_minor);
  attributes.ptxVersion = attributes.binaryVersion;
  attributes.maxDynamicSharedSizeBytes = static_cast<int>(function.max_dynamic_shared_bytes.load());
  attributes.preferredShmemCarveout = function.shared_carveout.load();
  attributes.clusterDimMustBeSet = info.cluster_dim[0] != 0;
  attributes.requiredClusterWidth = static_cast<int>(info.cluster_dim[0]);
  attributes.requiredClusterHeight = static_cast<int>(info.cluster_dim[1]);
  attributes.requiredClusterDepth = static_cast<int>(info.cluster_dim[2]);
  attributes.nonPortableClusterSizeAllowed = function.large_clusters.load();
}

StatusOr<rt::LaunchShape> ShapeOf(const supaLaunchConfig_t& config) {
  rt::LaunchShape shape{ToHal(config.gridDim), ToHal(config.blockDim), config.dynamicSmemBytes};
  SUPA_RETURN_IF_ERROR(ApplyLaunchAttributes(config.attrs, config.numAttrs, shape));
  return shape;
}

}  // namespace

supaError_t supaLaunchKernel(const void* function, struct dim3 grid_dim, struct dim3 block_dim,
                             void** args, size_t shared_mem, supaStream_t stream) {
  return Call([&]() -> Status {
    return LaunchStub(function, {ToHal(grid_dim), ToHal(block_dim), shared_mem}, args, stream);
  });
}

supaError_t supaLaunchKernelExC(const supaLaunchConfig_t* config, const void* function,
                                void** args) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(config, "config"));
    SUPA_ASSIGN_OR_RETURN(const rt::LaunchShape shape, ShapeOf(*config));
    return LaunchStub(function, shape, args, config->stream);
  });
}

supaError_t supaLaunchCooperativeKernel(const void* function, struct dim3 grid_dim,
                                        struct dim3 block_dim, void** args, size_t shared_mem,
                                        supaStream_t stream) {
  return Call([&]() -> Status {
    return LaunchStub(function, {ToHal(grid_dim), ToHal(block_dim), shared_mem, true}, args,
                      stream);
  });
}

supaError_t supaFuncGetAttributes(struct supaFuncAttributes* attributes, const void* function) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(attributes, "attributes"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FunctionOf(function));
    Describe(*found, *attributes);
    return absl::OkStatus();
  });
}

supaError_t supaFuncSetAttribute(const void* function, enum supaFuncAttribute attribute,
                                 int value) {
  return Call([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FunctionOf(function));
    return SetFunctionAttribute(*found, attribute, value);
  });
}

supaError_t supaFuncSetCacheConfig(const void* function, enum supaFuncCache) {
  return Call([&]() -> Status { return FunctionOf(function).status(); });
}

supaError_t supaFuncSetSharedMemConfig(const void* function, enum supaSharedMemConfig) {
  return Call([&]() -> Status { return FunctionOf(function).status(); });
}

supaError_t supaFuncGetName(const char** name, const void* function) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(name, "name"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FunctionOf(function));
    *name = found->info().name.c_str();  // lives as long as the image
    return absl::OkStatus();
  });
}

supaError_t supaGetFuncBySymbol(supaFunction_t* driver_function, const void* function) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(driver_function, "driver_function"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FunctionOf(function));
    Process().functions().Insert(found.get(), found);
    *driver_function = reinterpret_cast<supaFunction_t>(found.get());
    return absl::OkStatus();
  });
}

supaError_t supaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* num_blocks,
                                                                   const void* function,
                                                                   int block_size,
                                                                   size_t dynamic_smem_size,
                                                                   unsigned int flags) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(num_blocks, "num_blocks"));
    if (block_size <= 0 || (flags & ~supaOccupancyDisableCachingOverride) != 0) {
      return MakeError(
          supaErrorInvalidValue,
          absl::StrFormat("A block of %d threads or flags %#x are wrong.", block_size, flags));
    }
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FunctionOf(function));
    *num_blocks = static_cast<int>(
        rt::ActiveBlocks(*found, static_cast<uint32_t>(block_size), dynamic_smem_size));
    return absl::OkStatus();
  });
}

supaError_t supaOccupancyMaxActiveBlocksPerMultiprocessor(int* num_blocks, const void* function,
                                                          int block_size,
                                                          size_t dynamic_smem_size) {
  return api::supaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
      num_blocks, function, block_size, dynamic_smem_size, 0);
}

supaError_t supaOccupancyAvailableDynamicSMemPerBlock(size_t* dynamic_smem_size,
                                                      const void* function, int num_blocks,
                                                      int block_size) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dynamic_smem_size, "dynamic_smem_size"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FunctionOf(function));
    SUPA_ASSIGN_OR_RETURN(*dynamic_smem_size,
                          rt::AvailableDynamicShared(*found, num_blocks, block_size));
    return absl::OkStatus();
  });
}

supaError_t supaOccupancyMaxPotentialClusterSize(int* cluster_size, const void* function,
                                                 const supaLaunchConfig_t* config) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(cluster_size, "cluster_size"));
    SUPA_RETURN_IF_ERROR(NotNull(config, "config"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FunctionOf(function));
    SUPA_ASSIGN_OR_RETURN(const rt::LaunchShape shape, ShapeOf(*config));
    *cluster_size = LargestCluster(*found, shape);
    return absl::OkStatus();
  });
}

supaError_t supaOccupancyMaxActiveClusters(int* num_clusters, const void* function,
                                           const supaLaunchConfig_t* config) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(num_clusters, "num_clusters"));
    SUPA_RETURN_IF_ERROR(NotNull(config, "config"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FunctionOf(function));
    SUPA_ASSIGN_OR_RETURN(const rt::LaunchShape shape, ShapeOf(*config));
    SUPA_ASSIGN_OR_RETURN(const uint64_t clusters, rt::ActiveClusters(*found, shape));
    *num_clusters = static_cast<int>(clusters);
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
