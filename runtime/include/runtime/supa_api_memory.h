/// Runtime API: memory, copies and fills. Sizes, widths and pitches in bytes; heights in rows.
///
/// Copies without "Async" return when the destination is complete (device to device: when the copy
/// is ordered before later work of the default stream). The Async forms are ordered in `stream`.
#ifndef SUPA_RUNTIME_API_MEMORY_H_
#define SUPA_RUNTIME_API_MEMORY_H_

#include "../supa_driver_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Allocates `size` bytes on the current device, aligned to 256 bytes at least. Size 0 gives null
/// and supaSuccess. supaErrorMemoryAllocation if the device has no room.
supaError_t supaMalloc(void** dev_ptr, size_t size);
/// Frees device memory after the work that uses it; null is allowed. supaErrorInvalidValue for a
/// pointer that no allocation returned, or that was freed before.
supaError_t supaFree(void* dev_ptr);
/// Allocates page-locked host memory that devices can use at the same address.
supaError_t supaMallocHost(void** ptr, size_t size);
/// As supaMallocHost(), with flags supaHostAlloc*.
supaError_t supaHostAlloc(void** ptr, size_t size, unsigned int flags);
/// Frees what supaMallocHost() or supaHostAlloc() returned; null is allowed.
supaError_t supaFreeHost(void* ptr);
/// Page-locks `size` bytes at `ptr` and makes them usable by devices. Flags supaHostRegister*.
/// supaErrorHostMemoryAlreadyRegistered if part of the range is registered.
supaError_t supaHostRegister(void* ptr, size_t size, unsigned int flags);
/// Undoes supaHostRegister(). supaErrorHostMemoryNotRegistered if `ptr` is not the start of a
/// registered range.
supaError_t supaHostUnregister(void* ptr);
/// Stores the device address of page-locked memory, which is its host address. `flags` must be 0.
supaError_t supaHostGetDevicePointer(void** dev_ptr, void* host_ptr, unsigned int flags);
supaError_t supaHostGetFlags(unsigned int* flags, void* host_ptr);
/// Allocates `height` rows of `width` bytes and stores the distance between rows in `*pitch`.
supaError_t supaMallocPitch(void** dev_ptr, size_t* pitch, size_t width, size_t height);
/// As supaMallocPitch(), with `extent.depth` slices of `extent.height` rows.
supaError_t supaMalloc3D(struct supaPitchedPtr* pitched_ptr, struct supaExtent extent);
/// Allocates memory that host and devices use at one address. `flags` is supaMemAttachGlobal or
/// supaMemAttachHost.
supaError_t supaMallocManaged(void** dev_ptr, size_t size,
                              unsigned int flags OPENSUPA_DEFAULT(supaMemAttachGlobal));
/// Stores the free and the total memory of the current device.
supaError_t supaMemGetInfo(size_t* free, size_t* total);
/// Says what `ptr` is. A host pointer this library does not know is supaMemoryTypeUnregistered, not
/// an error.
supaError_t supaPointerGetAttributes(struct supaPointerAttributes* attributes, const void* ptr);

/// Copies `count` bytes. supaErrorInvalidValue for addresses that do not fit `kind` or are not
/// mapped; supaErrorInvalidMemcpyDirection for a kind that does not exist.
supaError_t supaMemcpy(void* dst, const void* src, size_t count, enum supaMemcpyKind kind);
supaError_t supaMemcpyAsync(void* dst, const void* src, size_t count, enum supaMemcpyKind kind,
                            supaStream_t stream OPENSUPA_DEFAULT(0));
/// Copies from `src_device` to `dst_device`.
supaError_t supaMemcpyPeer(void* dst, int dst_device, const void* src, int src_device,
                           size_t count);
supaError_t supaMemcpyPeerAsync(void* dst, int dst_device, const void* src, int src_device,
                                size_t count, supaStream_t stream OPENSUPA_DEFAULT(0));
/// Copies `height` rows of `width` bytes; rows start `dpitch` and `spitch` bytes apart.
/// supaErrorInvalidPitchValue if a pitch is less than `width`.
supaError_t supaMemcpy2D(void* dst, size_t dpitch, const void* src, size_t spitch, size_t width,
                         size_t height, enum supaMemcpyKind kind);
supaError_t supaMemcpy2DAsync(void* dst, size_t dpitch, const void* src, size_t spitch,
                              size_t width, size_t height, enum supaMemcpyKind kind,
                              supaStream_t stream OPENSUPA_DEFAULT(0));
/// Copies a box of pitched memory.
supaError_t supaMemcpy3D(const struct supaMemcpy3DParms* parms);
supaError_t supaMemcpy3DAsync(const struct supaMemcpy3DParms* parms,
                              supaStream_t stream OPENSUPA_DEFAULT(0));
supaError_t supaMemcpy3DPeer(const struct supaMemcpy3DPeerParms* parms);
supaError_t supaMemcpy3DPeerAsync(const struct supaMemcpy3DPeerParms* parms,
                                  supaStream_t stream OPENSUPA_DEFAULT(0));

/// Sets `count` bytes at `dev_ptr` to the low byte of `value`.
supaError_t supaMemset(void* dev_ptr, int value, size_t count);
supaError_t supaMemsetAsync(void* dev_ptr, int value, size_t count,
                            supaStream_t stream OPENSUPA_DEFAULT(0));
/// Sets `height` rows of `width` bytes, `pitch` bytes apart.
supaError_t supaMemset2D(void* dev_ptr, size_t pitch, int value, size_t width, size_t height);
supaError_t supaMemset2DAsync(void* dev_ptr, size_t pitch, int value, size_t width, size_t height,
                              supaStream_t stream OPENSUPA_DEFAULT(0));
/// Sets a box of pitched memory.
supaError_t supaMemset3D(struct supaPitchedPtr pitched_ptr, int value, struct supaExtent extent);
supaError_t supaMemset3DAsync(struct supaPitchedPtr pitched_ptr, int value,
                              struct supaExtent extent, supaStream_t stream OPENSUPA_DEFAULT(0));

/// Hints for managed memory. Host and device share it coherently, so they move nothing; arguments
/// are checked and the order in `stream` is kept.
supaError_t supaMemPrefetchAsync(const void* dev_ptr, size_t count, int dst_device,
                                 supaStream_t stream OPENSUPA_DEFAULT(0));
supaError_t supaMemPrefetchAsync_v2(const void* dev_ptr, size_t count,
                                    struct supaMemLocation location, unsigned int flags,
                                    supaStream_t stream OPENSUPA_DEFAULT(0));
supaError_t supaMemAdvise(const void* dev_ptr, size_t count, enum supaMemoryAdvise advice,
                          int device);
supaError_t supaMemRangeGetAttribute(void* data, size_t data_size,
                                     enum supaMemRangeAttribute attribute, const void* dev_ptr,
                                     size_t count);
supaError_t supaMemRangeGetAttributes(void** data, size_t* data_sizes,
                                      enum supaMemRangeAttribute* attributes, size_t num_attributes,
                                      const void* dev_ptr, size_t count);
/// Attaches managed memory to `stream`. Checked, without effect: the memory is coherent.
supaError_t supaStreamAttachMemAsync(supaStream_t stream, void* dev_ptr,
                                     size_t length OPENSUPA_DEFAULT(0),
                                     unsigned int flags OPENSUPA_DEFAULT(supaMemAttachSingle));

/// Allocates in the order of `stream`: usable by work put into it later.
supaError_t supaMallocAsync(void** dev_ptr, size_t size, supaStream_t stream);
/// Frees in the order of `stream`. The memory may come from supaMalloc() or supaMallocAsync().
supaError_t supaFreeAsync(void* dev_ptr, supaStream_t stream);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_RUNTIME_API_MEMORY_H_
