/// Runtime API: memory pools. Not supported yet: the calls report supaErrorNotSupported.
#ifndef SUPA_RUNTIME_API_MEMORY_POOL_H_
#define SUPA_RUNTIME_API_MEMORY_POOL_H_

#include "../supa_driver_types.h"

OPENSUPA_EXTERN_C_BEGIN

supaError_t supaDeviceGetDefaultMemPool(supaMemPool_t* pool, int device);
supaError_t supaDeviceSetMemPool(int device, supaMemPool_t pool);
supaError_t supaDeviceGetMemPool(supaMemPool_t* pool, int device);
supaError_t supaMemPoolCreate(supaMemPool_t* pool, const struct supaMemPoolProps* props);
supaError_t supaMemPoolDestroy(supaMemPool_t pool);
supaError_t supaMemPoolTrimTo(supaMemPool_t pool, size_t min_bytes_to_keep);
supaError_t supaMemPoolSetAttribute(supaMemPool_t pool, enum supaMemPoolAttr attribute,
                                    void* value);
supaError_t supaMemPoolGetAttribute(supaMemPool_t pool, enum supaMemPoolAttr attribute,
                                    void* value);
supaError_t supaMemPoolSetAccess(supaMemPool_t pool, const struct supaMemAccessDesc* descs,
                                 size_t count);
supaError_t supaMemPoolGetAccess(enum supaMemAccessFlags* flags, supaMemPool_t pool,
                                 struct supaMemLocation* location);
supaError_t supaMallocFromPoolAsync(void** dev_ptr, size_t size, supaMemPool_t pool,
                                    supaStream_t stream);
supaError_t supaMemPoolExportToShareableHandle(void* shareable_handle, supaMemPool_t pool,
                                               enum supaMemAllocationHandleType handle_type,
                                               unsigned int flags);
supaError_t supaMemPoolImportFromShareableHandle(supaMemPool_t* pool, void* shareable_handle,
                                                 enum supaMemAllocationHandleType handle_type,
                                                 unsigned int flags);
supaError_t supaMemPoolExportPointer(struct supaMemPoolPtrExportData* data, void* ptr);
supaError_t supaMemPoolImportPointer(void** ptr, supaMemPool_t pool,
                                     struct supaMemPoolPtrExportData* data);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_RUNTIME_API_MEMORY_POOL_H_
