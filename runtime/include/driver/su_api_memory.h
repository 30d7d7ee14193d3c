/// Driver API: memory, copies and fills. Sizes, widths and pitches in bytes; heights in rows; the
/// counts of suMemsetD16/D32 in elements.
#ifndef SUPA_DRIVER_SU_API_MEMORY_H_
#define SUPA_DRIVER_SU_API_MEMORY_H_

#include "su_types.h"

OPENSUPA_EXTERN_C_BEGIN

SUresult suMemGetInfo(size_t* free, size_t* total);
/// Allocates device memory in the current context. SUPA_ERROR_INVALID_VALUE for size 0.
SUresult suMemAlloc(SUdeviceptr* dev_ptr, size_t size);
/// `element_size_bytes` is 4, 8 or 16.
SUresult suMemAllocPitch(SUdeviceptr* dev_ptr, size_t* pitch, size_t width_in_bytes, size_t height,
                         unsigned int element_size_bytes);
SUresult suMemAllocManaged(SUdeviceptr* dev_ptr, size_t size, unsigned int flags);
SUresult suMemFree(SUdeviceptr dev_ptr);
/// Stores start and size of the allocation that holds `dev_ptr`; either may be null.
SUresult suMemGetAddressRange(SUdeviceptr* base, size_t* size, SUdeviceptr dev_ptr);
SUresult suMemAllocHost(void** ptr, size_t size);
SUresult suMemHostAlloc(void** ptr, size_t size, unsigned int flags);
SUresult suMemFreeHost(void* ptr);
SUresult suMemHostGetDevicePointer(SUdeviceptr* dev_ptr, void* ptr, unsigned int flags);
SUresult suMemHostGetFlags(unsigned int* flags, void* ptr);
SUresult suMemHostRegister(void* ptr, size_t size, unsigned int flags);
SUresult suMemHostUnregister(void* ptr);
SUresult suMemAllocAsync(SUdeviceptr* dev_ptr, size_t size, SUstream stream);
SUresult suMemFreeAsync(SUdeviceptr dev_ptr, SUstream stream);
SUresult suPointerGetAttribute(void* data, SUpointer_attribute attribute, SUdeviceptr ptr);
SUresult suPointerGetAttributes(unsigned int num_attributes, SUpointer_attribute* attributes,
                                void** data, SUdeviceptr ptr);
SUresult suPointerSetAttribute(const void* value, SUpointer_attribute attribute, SUdeviceptr ptr);
SUresult suMemPrefetchAsync(SUdeviceptr dev_ptr, size_t count, SUdevice dst_device,
                            SUstream stream);
SUresult suMemAdvise(SUdeviceptr dev_ptr, size_t count, SUmem_advise advice, SUdevice device);

/// Copies between any two addresses; the direction follows from them.
SUresult suMemcpy(SUdeviceptr dst, SUdeviceptr src, size_t count);
SUresult suMemcpyAsync(SUdeviceptr dst, SUdeviceptr src, size_t count, SUstream stream);
SUresult suMemcpyPeer(SUdeviceptr dst, SUcontext dst_context, SUdeviceptr src,
                      SUcontext src_context, size_t count);
SUresult suMemcpyPeerAsync(SUdeviceptr dst, SUcontext dst_context, SUdeviceptr src,
                           SUcontext src_context, size_t count, SUstream stream);
SUresult suMemcpyHtoD(SUdeviceptr dst, const void* src, size_t count);
SUresult suMemcpyHtoDAsync(SUdeviceptr dst, const void* src, size_t count, SUstream stream);
SUresult suMemcpyDtoH(void* dst, SUdeviceptr src, size_t count);
SUresult suMemcpyDtoHAsync(void* dst, SUdeviceptr src, size_t count, SUstream stream);
SUresult suMemcpyDtoD(SUdeviceptr dst, SUdeviceptr src, size_t count);
SUresult suMemcpyDtoDAsync(SUdeviceptr dst, SUdeviceptr src, size_t count, SUstream stream);
SUresult suMemcpy2D(const SUPA_MEMCPY2D* copy);
SUresult suMemcpy2DUnaligned(const SUPA_MEMCPY2D* copy);
SUresult suMemcpy2DAsync(const SUPA_MEMCPY2D* copy, SUstream stream);
SUresult suMemcpy3D(const SUPA_MEMCPY3D* copy);
SUresult suMemcpy3DAsync(const SUPA_MEMCPY3D* copy, SUstream stream);

SUresult suMemsetD8(SUdeviceptr dst, unsigned char value, size_t count);
SUresult suMemsetD16(SUdeviceptr dst, unsigned short value, size_t count);
SUresult suMemsetD32(SUdeviceptr dst, unsigned int value, size_t count);
SUresult suMemsetD8Async(SUdeviceptr dst, unsigned char value, size_t count, SUstream stream);
SUresult suMemsetD16Async(SUdeviceptr dst, unsigned short value, size_t count, SUstream stream);
SUresult suMemsetD32Async(SUdeviceptr dst, unsigned int value, size_t count, SUstream stream);
SUresult suMemsetD2D8(SUdeviceptr dst, size_t pitch, unsigned char value, size_t width,
                      size_t height);
SUresult suMemsetD2D16(SUdeviceptr dst, size_t pitch, unsigned short value, size_t width,
                       size_t height);
SUresult suMemsetD2D32(SUdeviceptr dst, size_t pitch, unsigned int value, size_t width,
                       size_t height);
SUresult suMemsetD2D8Async(SUdeviceptr dst, size_t pitch, unsigned char value, size_t width,
                           size_t height, SUstream stream);
SUresult suMemsetD2D16Async(SUdeviceptr dst, size_t pitch, unsigned short value, size_t width,
                            size_t height, SUstream stream);
SUresult suMemsetD2D32Async(SUdeviceptr dst, size_t pitch, unsigned int value, size_t width,
                            size_t height, SUstream stream);

/// Physical memory and address ranges kept apart. Sizes and offsets are multiples of what
/// suMemGetAllocationGranularity() tells; unmap and release do not wait for running work.
SUresult suMemGetAllocationGranularity(size_t* granularity, const SUmemAllocationProp* prop,
                                       SUmemAllocationGranularity_flags option);
SUresult suMemCreate(SUmemGenericAllocationHandle* handle, size_t size,
                     const SUmemAllocationProp* prop, unsigned long long flags);
SUresult suMemRelease(SUmemGenericAllocationHandle handle);
SUresult suMemAddressReserve(SUdeviceptr* ptr, size_t size, size_t alignment, SUdeviceptr address,
                             unsigned long long flags);
SUresult suMemAddressFree(SUdeviceptr ptr, size_t size);
SUresult suMemMap(SUdeviceptr ptr, size_t size, size_t offset, SUmemGenericAllocationHandle handle,
                  unsigned long long flags);
SUresult suMemUnmap(SUdeviceptr ptr, size_t size);
SUresult suMemSetAccess(SUdeviceptr ptr, size_t size, const SUmemAccessDesc* desc, size_t count);
SUresult suMemGetAccess(unsigned long long* flags, const SUmemLocation* location, SUdeviceptr ptr);
SUresult suMemRetainAllocationHandle(SUmemGenericAllocationHandle* handle, void* address);
SUresult suMemGetAllocationPropertiesFromHandle(SUmemAllocationProp* prop,
                                                SUmemGenericAllocationHandle handle);
SUresult suMemExportToShareableHandle(void* shareable_handle, SUmemGenericAllocationHandle handle,
                                      SUmemAllocationHandleType handle_type,
                                      unsigned long long flags);
SUresult suMemImportFromShareableHandle(SUmemGenericAllocationHandle* handle, void* os_handle,
                                        SUmemAllocationHandleType handle_type);
SUresult suMemGetHandleForAddressRange(void* handle, SUdeviceptr dev_ptr, size_t size,
                                       SUmemRangeHandleType handle_type, unsigned long long flags);

/// Multicast objects: not supported yet.
SUresult suMulticastCreate(SUmemGenericAllocationHandle* handle, const SUmulticastObjectProp* prop);
SUresult suMulticastAddDevice(SUmemGenericAllocationHandle handle, SUdevice device);
SUresult suMulticastBindMem(SUmemGenericAllocationHandle handle, size_t offset,
                            SUmemGenericAllocationHandle memory, size_t memory_offset, size_t size,
                            unsigned long long flags);
SUresult suMulticastBindAddr(SUmemGenericAllocationHandle handle, size_t offset, SUdeviceptr ptr,
                             size_t size, unsigned long long flags);
SUresult suMulticastUnbind(SUmemGenericAllocationHandle handle, SUdevice device, size_t offset,
                           size_t size);
SUresult suMulticastGetGranularity(size_t* granularity, const SUmulticastObjectProp* prop,
                                   SUmulticastGranularity_flags option);

/// Handles for other processes: not supported yet.
SUresult suIpcGetMemHandle(SUipcMemHandle* handle, SUdeviceptr dev_ptr);
SUresult suIpcOpenMemHandle(SUdeviceptr* dev_ptr, SUipcMemHandle handle, unsigned int flags);
SUresult suIpcCloseMemHandle(SUdeviceptr dev_ptr);
SUresult suIpcGetEventHandle(SUipcEventHandle* handle, SUevent event);
SUresult suIpcOpenEventHandle(SUevent* event, SUipcEventHandle handle);

/// Memory pools and arrays: not supported yet.
SUresult suDeviceGetDefaultMemPool(SUmemoryPool* pool, SUdevice device);
SUresult suDeviceGetMemPool(SUmemoryPool* pool, SUdevice device);
SUresult suDeviceSetMemPool(SUdevice device, SUmemoryPool pool);
SUresult suMemPoolCreate(SUmemoryPool* pool, const SUmemPoolProps* props);
SUresult suMemPoolDestroy(SUmemoryPool pool);
SUresult suMemPoolTrimTo(SUmemoryPool pool, size_t min_bytes_to_keep);
SUresult suMemPoolSetAttribute(SUmemoryPool pool, SUmemPool_attribute attribute, void* value);
SUresult suMemPoolGetAttribute(SUmemoryPool pool, SUmemPool_attribute attribute, void* value);
SUresult suMemAllocFromPoolAsync(SUdeviceptr* dev_ptr, size_t size, SUmemoryPool pool,
                                 SUstream stream);
SUresult suArrayCreate(SUarray* array, const SUPA_ARRAY_DESCRIPTOR* desc);
SUresult suArrayDestroy(SUarray array);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_DRIVER_SU_API_MEMORY_H_
