#include "absl/strings/str_format.h"
#include "driver_handles.h"
#include "function_attributes.h"
#include "opensupa/core/launch.h"

namespace opensupa::api {
namespace {

Status Launch(SUfunction function, SUstream stream, const rt::LaunchShape& shape,
              void** kernel_params, void** extra) {
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
  if (&found->context() != context) {
    return MakeError(supaErrorInvalidResourceHandle,
                     absl::StrFormat("Kernel '%s' was loaded in a context of device %d that is not "
                                     "the current one.",
                                     found->info().name, found->context().device_ordinal()));
  }
  SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> target, rt::FindOwnStream(*context, stream));
  if (kernel_params != nullptr && extra != nullptr) {
    return MakeError(
        supaErrorInvalidValue,
        absl::StrFormat("Arguments of kernel '%s' are given in two ways.", found->info().name));
  }
  SUPA_ASSIGN_OR_RETURN(rt::LaunchArguments arguments, rt::ParseExtra(extra));
  arguments.pointers = kernel_params;
  return rt::Launch(*found, *target, shape, arguments);
}

StatusOr<rt::LaunchShape> ShapeOf(const SUlaunchConfig* config) {
  SUPA_RETURN_IF_ERROR(NotNull(config, "config"));
  rt::LaunchShape shape{{config->gridDimX, config->gridDimY, config->gridDimZ},
                        {config->blockDimX, config->blockDimY, config->blockDimZ},
                        config->sharedMemBytes};
  SUPA_RETURN_IF_ERROR(ApplyLaunchAttributes(config->attrs, config->numAttrs, shape));
  return shape;
}

Status CheckOccupancyFlags(unsigned int flags) {
  if ((flags & ~static_cast<unsigned int>(SU_OCCUPANCY_DISABLE_CACHING_OVERRIDE)) == 0) {
    return absl::OkStatus();
  }
  return MakeError(supaErrorInvalidValue,
                   absl::StrFormat("Flags %#x of an occupancy query are not all known.", flags));
}

}  // namespace

SUresult suLaunchKernel(SUfunction function, unsigned int grid_dim_x, unsigned int grid_dim_y,
                        unsigned int grid_dim_z, unsigned int block_dim_x, unsigned int block_dim_y,
                        unsigned int block_dim_z, unsigned int shared_mem_bytes, SUstream stream,
                        void** kernel_params, void** extra) {
  return CallDriver([&]() -> Status {
    return Launch(function, stream,
                  {{grid_dim_x, grid_dim_y, grid_dim_z},
                   {block_dim_x, block_dim_y, block_dim_z},
                   shared_mem_bytes,
                   false},
                  kernel_params, extra);
  });
}

SUresult suLaunchKernelEx(const SUlaunchConfig* config, SUfunction function, void** kernel_params,
                          void** extra) {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(const rt::LaunchShape shape, ShapeOf(config));
    return Launch(function, config->hStream, shape, kernel_params, extra);
  });
}

SUresult suLaunchCooperativeKernel(SUfunction function, unsigned int grid_dim_x,
                                   unsigned int grid_dim_y, unsigned int grid_dim_z,
                                   unsigned int block_dim_x, unsigned int block_dim_y,
                                   unsigned int block_dim_z, unsigned int shared_mem_bytes,
                                   SUstream stream, void** kernel_params) {
  return CallDriver([&]() -> Status {
    return Launch(function, stream,
                  {{grid_dim_x, grid_dim_y, grid_dim_z},
                   {block_dim_x, block_dim_y, block_dim_z},
                   shared_mem_bytes,
                   true},
                  kernel_params, nullptr);
  });
}

SUresult suOccupancyMaxActiveBlocksPerMultiprocessor(int* num_blocks, SUfunction function,
                                                     int block_size, size_t dynamic_smem_size) {
  return api::suOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
      num_blocks, function, block_size, dynamic_smem_size, SU_OCCUPANCY_DEFAULT);
}

SUresult suOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* num_blocks, SUfunction function,
                                                              int block_size,
                                                              size_t dynamic_smem_size,
                                                              unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(num_blocks, "num_blocks"));
    SUPA_RETURN_IF_ERROR(CheckOccupancyFlags(flags));
    if (block_size <= 0) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("There are no blocks of %d threads.", block_size));
    }
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    *num_blocks = static_cast<int>(
        rt::ActiveBlocks(*found, static_cast<uint32_t>(block_size), dynamic_smem_size));
    return absl::OkStatus();
  });
}

SUresult suOccupancyMaxPotentialClusterSize(int* cluster_size, SUfunction function,
                                            const SUlaunchConfig* config) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(cluster_size, "cluster_size"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    SUPA_ASSIGN_OR_RETURN(const rt::LaunchShape shape, ShapeOf(config));
    *cluster_size = LargestCluster(*found, shape);
    return absl::OkStatus();
  });
}

SUresult suOccupancyMaxActiveClusters(int* num_clusters, SUfunction function,
                                      const SUlaunchConfig* config) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(num_clusters, "num_clusters"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    SUPA_ASSIGN_OR_RETURN(const rt::LaunchShape shape, ShapeOf(config));
    SUPA_ASSIGN_OR_RETURN(const uint64_t clusters, rt::ActiveClusters(*found, shape));
    *num_clusters = static_cast<int>(clusters);
    return absl::OkStatus();
  });
}

SUresult suOccupancyMaxPotentialBlockSize(int* min_grid_size, int* block_size, SUfunction function,
                                          SUoccupancyB2DSize block_size_to_dynamic_smem_size,
                                          size_t dynamic_smem_size, int block_size_limit) {
  return api::suOccupancyMaxPotentialBlockSizeWithFlags(
      min_grid_size, block_size, function, block_size_to_dynamic_smem_size, dynamic_smem_size,
      block_size_limit, SU_OCCUPANCY_DEFAULT);
}

SUresult suOccupancyMaxPotentialBlockSizeWithFlags(
    int* min_grid_size, int* block_size, SUfunction function,
    SUoccupancyB2DSize block_size_to_dynamic_smem_size, size_t dynamic_smem_size,
    int block_size_limit, unsigned int flags) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(min_grid_size, "min_grid_size"));
    SUPA_RETURN_IF_ERROR(NotNull(block_size, "block_size"));
    SUPA_RETURN_IF_ERROR(CheckOccupancyFlags(flags));
    if (block_size_limit < 0) {
      return MakeError(supaErrorInvalidValue,
                       absl::StrFormat("A limit of %d threads is negative.", block_size_limit));
    }
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    const auto dynamic_bytes = [&](int threads) -> uint64_t {
      return block_size_to_dynamic_smem_size != nullptr ? block_size_to_dynamic_smem_size(threads)
                                                        : dynamic_smem_size;
    };
    const rt::BlockSizeChoice choice = rt::ChooseBlockSize(*found, dynamic_bytes, block_size_limit);
    *min_grid_size = choice.min_grid_size;
    *block_size = choice.block_size;
    return absl::OkStatus();
  });
}

SUresult suOccupancyAvailableDynamicSMemPerBlock(size_t* dynamic_smem_size, SUfunction function,
                                                 int num_blocks, int block_size) {
  return CallDriver([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(dynamic_smem_size, "dynamic_smem_size"));
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Function> found, FindFunction(function));
    SUPA_ASSIGN_OR_RETURN(*dynamic_smem_size,
                          rt::AvailableDynamicShared(*found, num_blocks, block_size));
    return absl::OkStatus();
  });
}

}  // namespace opensupa::api
