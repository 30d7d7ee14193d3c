/// Runtime API: launches, kernel attributes, occupancy, and the calls compiled code makes.
///
/// `function` is the address of the host's stub of a __global__ function; supa_runtime.h has forms
/// that take the function itself.
#ifndef SUPA_RUNTIME_API_EXECUTION_H_
#define SUPA_RUNTIME_API_EXECUTION_H_

#include "../supa_driver_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Launches a kernel. `args[i]` points to the i-th argument; `shared_mem` is the dynamic shared
/// memory per block in bytes. supaErrorInvalidConfiguration for zero or too many blocks or threads,
/// supaErrorInvalidDeviceFunction for an address that is no kernel.
supaError_t supaLaunchKernel(const void* function, struct dim3 grid_dim, struct dim3 block_dim,
                             void** args, size_t shared_mem OPENSUPA_DEFAULT(0),
                             supaStream_t stream OPENSUPA_DEFAULT(0));
/// As supaLaunchKernel(), with attributes. Those that are not supported are refused.
supaError_t supaLaunchKernelExC(const supaLaunchConfig_t* config, const void* function,
                                void** args);
/// As supaLaunchKernel(), all blocks resident at once. supaErrorCooperativeLaunchTooLarge if they
/// do not fit.
supaError_t supaLaunchCooperativeKernel(const void* function, struct dim3 grid_dim,
                                        struct dim3 block_dim, void** args,
                                        size_t shared_mem OPENSUPA_DEFAULT(0),
                                        supaStream_t stream OPENSUPA_DEFAULT(0));
supaError_t supaLaunchCooperativeKernelMultiDevice(struct supaLaunchParams* params,
                                                   unsigned int num_devices,
                                                   unsigned int flags OPENSUPA_DEFAULT(0));
/// Stores what is known of a kernel on the current device.
supaError_t supaFuncGetAttributes(struct supaFuncAttributes* attributes, const void* function);
/// Sets a kernel attribute, such as the limit of dynamic shared memory.
supaError_t supaFuncSetAttribute(const void* function, enum supaFuncAttribute attribute, int value);
/// Cache preference of one kernel: a hint.
supaError_t supaFuncSetCacheConfig(const void* function, enum supaFuncCache config);
supaError_t supaFuncSetSharedMemConfig(const void* function, enum supaSharedMemConfig config);
supaError_t supaFuncGetName(const char** name, const void* function);
/// Stores the driver's handle of a kernel on the current device.
supaError_t supaGetFuncBySymbol(supaFunction_t* driver_function, const void* function);

/// Stores how many blocks of `block_size` threads and `dynamic_smem_size` bytes of dynamic shared
/// memory a multiprocessor runs at once.
supaError_t supaOccupancyMaxActiveBlocksPerMultiprocessor(int* num_blocks, const void* function,
                                                          int block_size, size_t dynamic_smem_size);
supaError_t supaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* num_blocks,
                                                                   const void* function,
                                                                   int block_size,
                                                                   size_t dynamic_smem_size,
                                                                   unsigned int flags);
/// Stores the dynamic shared memory each of `num_blocks` resident blocks can have.
supaError_t supaOccupancyAvailableDynamicSMemPerBlock(size_t* dynamic_smem_size,
                                                      const void* function, int num_blocks,
                                                      int block_size);
supaError_t supaOccupancyMaxPotentialClusterSize(int* cluster_size, const void* function,
                                                 const supaLaunchConfig_t* config);
supaError_t supaOccupancyMaxActiveClusters(int* num_clusters, const void* function,
                                           const supaLaunchConfig_t* config);

/// Calls made by compiled objects. `wrapper` is a {uint32 magic 0x53555041, uint32 version,
/// pointer, pointer} record; the handle that comes back names the fat binary in the calls that
/// follow.
void** __supaRegisterFatBinary(void* wrapper);
void __supaRegisterFatBinaryEnd(void** handle);
void __supaUnregisterFatBinary(void** handle);
/// Binds the host stub of a kernel to its device name. The pointers after `thread_limit` may be
/// null.
void __supaRegisterFunction(void** handle, const char* host_function, char* device_function,
                            const char* device_name, int thread_limit, struct uint3* thread_id,
                            struct uint3* block_id, struct dim3* block_dim, struct dim3* grid_dim,
                            int* warp_size);
/// Binds the host shadow of a device variable of `size` bytes to its device name.
void __supaRegisterVar(void** handle, char* host_var, char* device_address, const char* device_name,
                       int external, size_t size, int constant, int global);
/// Binds a __managed__ variable to its device name. `host_var_address` points to the address of its
/// storage of `size` bytes, which the host uses as any variable and devices use where it is.
void __supaRegisterManagedVar(void** handle, void** host_var_address, char* device_address,
                              const char* device_name, int external, size_t size, int constant,
                              int global);
/// Keeps the launch configuration of `<<<>>>` for the stub that runs next. Zero on success.
unsigned int __supaPushCallConfiguration(struct dim3 grid_dim, struct dim3 block_dim,
                                         size_t shared_mem OPENSUPA_DEFAULT(0),
                                         struct SUstream_st* stream OPENSUPA_DEFAULT(0));
supaError_t __supaPopCallConfiguration(struct dim3* grid_dim, struct dim3* block_dim,
                                       size_t* shared_mem, void* stream);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_RUNTIME_API_EXECUTION_H_
