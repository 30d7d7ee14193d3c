/// Typed forms of the runtime API for C++. Each does what the call of the same name in
/// runtime/supa_runtime_api.h does; sizes stay in bytes.
#ifndef SUPA_RUNTIME_TEMPLATES_H_
#define SUPA_RUNTIME_TEMPLATES_H_

#include "supa_channel_descriptor.h"
#include "supa_make_functions.h"
#include "supa_occupancy_templates.h"
#include "supa_runtime_api.h"

template <class T>
inline supaError_t supaMalloc(T** dev_ptr, size_t size) {
  return ::supaMalloc(reinterpret_cast<void**>(dev_ptr), size);
}

template <class T>
inline supaError_t supaMallocHost(T** ptr, size_t size, unsigned int flags = supaHostAllocDefault) {
  return ::supaHostAlloc(reinterpret_cast<void**>(ptr), size, flags);
}

inline supaError_t supaMallocHost(void** ptr, size_t size, unsigned int flags) {
  return ::supaHostAlloc(ptr, size, flags);
}

template <class T>
inline supaError_t supaHostAlloc(T** ptr, size_t size, unsigned int flags) {
  return ::supaHostAlloc(reinterpret_cast<void**>(ptr), size, flags);
}

template <class T>
inline supaError_t supaHostGetDevicePointer(T** dev_ptr, void* host_ptr, unsigned int flags) {
  return ::supaHostGetDevicePointer(reinterpret_cast<void**>(dev_ptr), host_ptr, flags);
}

template <class T>
inline supaError_t supaMallocManaged(T** dev_ptr, size_t size,
                                     unsigned int flags = supaMemAttachGlobal) {
  return ::supaMallocManaged(reinterpret_cast<void**>(dev_ptr), size, flags);
}

template <class T>
inline supaError_t supaMallocPitch(T** dev_ptr, size_t* pitch, size_t width, size_t height) {
  return ::supaMallocPitch(reinterpret_cast<void**>(dev_ptr), pitch, width, height);
}

template <class T>
inline supaError_t supaMallocAsync(T** dev_ptr, size_t size, supaStream_t stream) {
  return ::supaMallocAsync(reinterpret_cast<void**>(dev_ptr), size, stream);
}

template <class T>
inline supaError_t supaMallocAsync(T** dev_ptr, size_t size, supaMemPool_t pool,
                                   supaStream_t stream) {
  return ::supaMallocFromPoolAsync(reinterpret_cast<void**>(dev_ptr), size, pool, stream);
}

template <class T>
inline supaError_t supaMallocFromPoolAsync(T** dev_ptr, size_t size, supaMemPool_t pool,
                                           supaStream_t stream) {
  return ::supaMallocFromPoolAsync(reinterpret_cast<void**>(dev_ptr), size, pool, stream);
}

template <class T>
inline supaError_t supaStreamAttachMemAsync(supaStream_t stream, T* dev_ptr, size_t length = 0,
                                            unsigned int flags = supaMemAttachSingle) {
  return ::supaStreamAttachMemAsync(stream, static_cast<void*>(dev_ptr), length, flags);
}

inline supaError_t supaEventCreate(supaEvent_t* event, unsigned int flags) {
  return ::supaEventCreateWithFlags(event, flags);
}

// The forms below take a device variable itself.

template <class T>
inline supaError_t supaMemcpyToSymbol(const T& symbol, const void* src, size_t count,
                                      size_t offset = 0,
                                      supaMemcpyKind kind = supaMemcpyHostToDevice) {
  return ::supaMemcpyToSymbol(reinterpret_cast<const void*>(&symbol), src, count, offset, kind);
}

template <class T>
inline supaError_t supaMemcpyToSymbolAsync(const T& symbol, const void* src, size_t count,
                                           size_t offset = 0,
                                           supaMemcpyKind kind = supaMemcpyHostToDevice,
                                           supaStream_t stream = nullptr) {
  return ::supaMemcpyToSymbolAsync(reinterpret_cast<const void*>(&symbol), src, count, offset, kind,
                                   stream);
}

template <class T>
inline supaError_t supaMemcpyFromSymbol(void* dst, const T& symbol, size_t count, size_t offset = 0,
                                        supaMemcpyKind kind = supaMemcpyDeviceToHost) {
  return ::supaMemcpyFromSymbol(dst, reinterpret_cast<const void*>(&symbol), count, offset, kind);
}

template <class T>
inline supaError_t supaMemcpyFromSymbolAsync(void* dst, const T& symbol, size_t count,
                                             size_t offset = 0,
                                             supaMemcpyKind kind = supaMemcpyDeviceToHost,
                                             supaStream_t stream = nullptr) {
  return ::supaMemcpyFromSymbolAsync(dst, reinterpret_cast<const void*>(&symbol), count, offset,
                                     kind, stream);
}

template <class T>
inline supaError_t supaGetSymbolAddress(void** dev_ptr, const T& symbol) {
  return ::supaGetSymbolAddress(dev_ptr, reinterpret_cast<const void*>(&symbol));
}

template <class P, class T>
inline supaError_t supaGetSymbolAddress(P** dev_ptr, const T& symbol) {
  return ::supaGetSymbolAddress(reinterpret_cast<void**>(dev_ptr),
                                reinterpret_cast<const void*>(&symbol));
}

template <class T>
inline supaError_t supaGetSymbolSize(size_t* size, const T& symbol) {
  return ::supaGetSymbolSize(size, reinterpret_cast<const void*>(&symbol));
}

// The forms below take a kernel itself.

template <class T>
inline supaError_t supaLaunchKernel(T* kernel, dim3 grid_dim, dim3 block_dim, void** args,
                                    size_t shared_mem = 0, supaStream_t stream = nullptr) {
  return ::supaLaunchKernel(reinterpret_cast<const void*>(kernel), grid_dim, block_dim, args,
                            shared_mem, stream);
}

template <class T>
inline supaError_t supaLaunchCooperativeKernel(T* kernel, dim3 grid_dim, dim3 block_dim,
                                               void** args, size_t shared_mem = 0,
                                               supaStream_t stream = nullptr) {
  return ::supaLaunchCooperativeKernel(reinterpret_cast<const void*>(kernel), grid_dim, block_dim,
                                       args, shared_mem, stream);
}

/// Launches `kernel` with arguments converted to the types of its parameters.
template <class... Parameters, class... Arguments>
inline supaError_t supaLaunchKernelEx(const supaLaunchConfig_t* config,
                                      void (*kernel)(Parameters...), Arguments&&... arguments) {
  return [&](Parameters... converted) {
    void* pointers[sizeof...(Parameters) + 1] = {
        const_cast<void*>(static_cast<const volatile void*>(&converted))..., nullptr};
    return ::supaLaunchKernelExC(config, reinterpret_cast<const void*>(kernel), pointers);
  }(static_cast<Arguments&&>(arguments)...);
}

template <class T>
inline supaError_t supaLaunchKernelExC(const supaLaunchConfig_t* config, T* kernel, void** args) {
  return ::supaLaunchKernelExC(config, reinterpret_cast<const void*>(kernel), args);
}

template <class T>
inline supaError_t supaFuncGetAttributes(struct supaFuncAttributes* attributes, T* kernel) {
  return ::supaFuncGetAttributes(attributes, reinterpret_cast<const void*>(kernel));
}

template <class T>
inline supaError_t supaFuncSetAttribute(T* kernel, supaFuncAttribute attribute, int value) {
  return ::supaFuncSetAttribute(reinterpret_cast<const void*>(kernel), attribute, value);
}

template <class T>
inline supaError_t supaFuncSetCacheConfig(T* kernel, supaFuncCache config) {
  return ::supaFuncSetCacheConfig(reinterpret_cast<const void*>(kernel), config);
}

template <class T>
inline supaError_t supaFuncSetSharedMemConfig(T* kernel, supaSharedMemConfig config) {
  return ::supaFuncSetSharedMemConfig(reinterpret_cast<const void*>(kernel), config);
}

template <class T>
inline supaError_t supaFuncGetName(const char** name, T* kernel) {
  return ::supaFuncGetName(name, reinterpret_cast<const void*>(kernel));
}

template <class T>
inline supaError_t supaGetFuncBySymbol(supaFunction_t* driver_function, T* kernel) {
  return ::supaGetFuncBySymbol(driver_function, reinterpret_cast<const void*>(kernel));
}

template <class T>
inline supaError_t supaOccupancyMaxActiveBlocksPerMultiprocessor(int* num_blocks, T kernel,
                                                                 int block_size,
                                                                 size_t dynamic_smem_size) {
  return ::supaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
      num_blocks, reinterpret_cast<const void*>(kernel), block_size, dynamic_smem_size,
      supaOccupancyDefault);
}

template <class T>
inline supaError_t supaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* num_blocks, T kernel,
                                                                          int block_size,
                                                                          size_t dynamic_smem_size,
                                                                          unsigned int flags) {
  return ::supaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
      num_blocks, reinterpret_cast<const void*>(kernel), block_size, dynamic_smem_size, flags);
}

template <class T>
inline supaError_t supaOccupancyAvailableDynamicSMemPerBlock(size_t* dynamic_smem_size, T* kernel,
                                                             int num_blocks, int block_size) {
  return ::supaOccupancyAvailableDynamicSMemPerBlock(
      dynamic_smem_size, reinterpret_cast<const void*>(kernel), num_blocks, block_size);
}

#endif  // SUPA_RUNTIME_TEMPLATES_H_
