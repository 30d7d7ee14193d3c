/// Driver API: modules, functions, launches, occupancy.
#ifndef SUPA_DRIVER_SU_API_MODULE_H_
#define SUPA_DRIVER_SU_API_MODULE_H_

#include "su_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Loads a fat binary from a file into the current context. SUPA_ERROR_FILE_NOT_FOUND,
/// SUPA_ERROR_INVALID_IMAGE for a damaged one, SUPA_ERROR_NO_BINARY_FOR_GPU if nothing in it fits.
SUresult suModuleLoad(SUmodule* module, const char* file_name);
/// Loads a fat binary from memory; `image` may be freed when the call returns.
SUresult suModuleLoadData(SUmodule* module, const void* image);
/// As above, with options; see SUjit_option.
SUresult suModuleLoadDataEx(SUmodule* module, const void* image, unsigned int num_options,
                            SUjit_option* options, void** option_values);
SUresult suModuleLoadFatBinary(SUmodule* module, const void* fat_binary);
SUresult suModuleUnload(SUmodule module);
/// Finds a kernel by its (mangled) name. SUPA_ERROR_NOT_FOUND if there is none.
SUresult suModuleGetFunction(SUfunction* function, SUmodule module, const char* name);
/// Finds a device variable; `dev_ptr` or `bytes` may be null.
SUresult suModuleGetGlobal(SUdeviceptr* dev_ptr, size_t* bytes, SUmodule module, const char* name);

SUresult suFuncGetAttribute(int* value, SUfunction_attribute attribute, SUfunction function);
SUresult suFuncSetAttribute(SUfunction function, SUfunction_attribute attribute, int value);
SUresult suFuncSetCacheConfig(SUfunction function, SUfunc_cache config);
SUresult suFuncSetSharedMemConfig(SUfunction function, SUsharedconfig config);
SUresult suFuncGetModule(SUmodule* module, SUfunction function);
SUresult suFuncGetName(const char** name, SUfunction function);

/// Launches a kernel; arguments come from `kernel_params` (one pointer each) or from the buffer
/// that `extra` names, not both.
SUresult suLaunchKernel(SUfunction function, unsigned int grid_dim_x, unsigned int grid_dim_y,
                        unsigned int grid_dim_z, unsigned int block_dim_x, unsigned int block_dim_y,
                        unsigned int block_dim_z, unsigned int shared_mem_bytes, SUstream stream,
                        void** kernel_params, void** extra);
SUresult suLaunchKernelEx(const SUlaunchConfig* config, SUfunction function, void** kernel_params,
                          void** extra);
SUresult suLaunchCooperativeKernel(SUfunction function, unsigned int grid_dim_x,
                                   unsigned int grid_dim_y, unsigned int grid_dim_z,
                                   unsigned int block_dim_x, unsigned int block_dim_y,
                                   unsigned int block_dim_z, unsigned int shared_mem_bytes,
                                   SUstream stream, void** kernel_params);
/// Calls `function` from a thread of the driver in the order of `stream`.
SUresult suLaunchHostFunc(SUstream stream, SUhostFn function, void* user_data);

SUresult suOccupancyMaxActiveBlocksPerMultiprocessor(int* num_blocks, SUfunction function,
                                                     int block_size, size_t dynamic_smem_size);
SUresult suOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* num_blocks, SUfunction function,
                                                              int block_size,
                                                              size_t dynamic_smem_size,
                                                              unsigned int flags);
/// Stores the block size with the most resident threads, and the least grid that fills the device.
/// `block_size_limit` 0 means no limit.
SUresult suOccupancyMaxPotentialClusterSize(int* cluster_size, SUfunction function,
                                            const SUlaunchConfig* config);
SUresult suOccupancyMaxActiveClusters(int* num_clusters, SUfunction function,
                                      const SUlaunchConfig* config);
SUresult suOccupancyMaxPotentialBlockSize(int* min_grid_size, int* block_size, SUfunction function,
                                          SUoccupancyB2DSize block_size_to_dynamic_smem_size,
                                          size_t dynamic_smem_size, int block_size_limit);
SUresult suOccupancyMaxPotentialBlockSizeWithFlags(
    int* min_grid_size, int* block_size, SUfunction function,
    SUoccupancyB2DSize block_size_to_dynamic_smem_size, size_t dynamic_smem_size,
    int block_size_limit, unsigned int flags);
SUresult suOccupancyAvailableDynamicSMemPerBlock(size_t* dynamic_smem_size, SUfunction function,
                                                 int num_blocks, int block_size);

/// Linking at run time and libraries: not supported yet.
SUresult suLinkCreate(unsigned int num_options, SUjit_option* options, void** option_values,
                      SUlinkState* state);
SUresult suLinkAddData(SUlinkState state, SUjitInputType type, void* data, size_t size,
                       const char* name, unsigned int num_options, SUjit_option* options,
                       void** option_values);
SUresult suLinkAddFile(SUlinkState state, SUjitInputType type, const char* path,
                       unsigned int num_options, SUjit_option* options, void** option_values);
SUresult suLinkComplete(SUlinkState state, void** image, size_t* size);
SUresult suLinkDestroy(SUlinkState state);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_DRIVER_SU_API_MODULE_H_
