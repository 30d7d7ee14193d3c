/// Driver API: start, errors, devices, contexts, entry points.
#ifndef SUPA_DRIVER_SU_API_DEVICE_H_
#define SUPA_DRIVER_SU_API_DEVICE_H_

#include "su_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Starts the driver; must come first. `flags` must be 0. SUPA_ERROR_NO_DEVICE if there is none.
SUresult suInit(unsigned int flags);
/// Stores the driver's version: 1000 * major + 10 * minor.
SUresult suDriverGetVersion(int* version);
/// Name and description of `error`, never freed; null and SUPA_ERROR_INVALID_VALUE if it is none.
SUresult suGetErrorName(SUresult error, const char** name);
SUresult suGetErrorString(SUresult error, const char** text);
/// Finds function `symbol` ("suX" or "cuX") as it was in driver interface `version` (CUDA
/// numbering).
SUresult suGetProcAddress(const char* symbol, void** function, int version,
                          SUdriverProcAddress_flags_t flags,
                          SUdriverProcAddressQueryResult* result);

SUresult suDeviceGet(SUdevice* device, int ordinal);
SUresult suDeviceGetCount(int* count);
/// Writes the name, NUL-terminated, into `length` bytes.
SUresult suDeviceGetName(char* name, int length, SUdevice device);
SUresult suDeviceGetUuid(SUuuid* uuid, SUdevice device);
SUresult suDeviceGetLuid(char* luid, unsigned int* device_node_mask, SUdevice device);
SUresult suDeviceTotalMem(size_t* bytes, SUdevice device);
SUresult suDeviceGetAttribute(int* value, SUdevice_attribute attribute, SUdevice device);
SUresult suDeviceGetProperties(SUdevprop* prop, SUdevice device);
SUresult suDeviceComputeCapability(int* major, int* minor, SUdevice device);
SUresult suDeviceGetByPCIBusId(SUdevice* device, const char* bus_id);
SUresult suDeviceGetPCIBusId(char* bus_id, int length, SUdevice device);
SUresult suDeviceCanAccessPeer(int* can_access, SUdevice device, SUdevice peer_device);
SUresult suDeviceGetP2PAttribute(int* value, SUdevice_P2PAttribute attribute, SUdevice src_device,
                                 SUdevice dst_device);

/// The context the runtime API uses. Retain creates it at need; each retain wants one release.
SUresult suDevicePrimaryCtxRetain(SUcontext* context, SUdevice device);
SUresult suDevicePrimaryCtxRelease(SUdevice device);
SUresult suDevicePrimaryCtxReset(SUdevice device);
/// Stores flags and activity without creating the context.
SUresult suDevicePrimaryCtxGetState(SUdevice device, unsigned int* flags, int* active);
SUresult suDevicePrimaryCtxSetFlags(SUdevice device, unsigned int flags);

/// Creates a context and makes it current for the calling thread.
SUresult suCtxCreate(SUcontext* context, unsigned int flags, SUdevice device);
SUresult suCtxDestroy(SUcontext context);
SUresult suCtxPushCurrent(SUcontext context);
SUresult suCtxPopCurrent(SUcontext* context);
/// Replaces the top of the thread's context stack; null pops it.
SUresult suCtxSetCurrent(SUcontext context);
SUresult suCtxGetCurrent(SUcontext* context);
SUresult suCtxGetDevice(SUdevice* device);
SUresult suCtxGetFlags(unsigned int* flags);
SUresult suCtxSetFlags(unsigned int flags);
SUresult suCtxGetId(SUcontext context, unsigned long long* context_id);
SUresult suCtxSynchronize(void);
SUresult suCtxSetLimit(SUlimit limit, size_t value);
SUresult suCtxGetLimit(size_t* value, SUlimit limit);
SUresult suCtxGetCacheConfig(SUfunc_cache* config);
SUresult suCtxSetCacheConfig(SUfunc_cache config);
SUresult suCtxGetSharedMemConfig(SUsharedconfig* config);
SUresult suCtxSetSharedMemConfig(SUsharedconfig config);
SUresult suCtxGetApiVersion(SUcontext context, unsigned int* version);
SUresult suCtxGetStreamPriorityRange(int* least_priority, int* greatest_priority);
SUresult suCtxResetPersistingL2Cache(void);
SUresult suCtxAttach(SUcontext* context, unsigned int flags);
SUresult suCtxDetach(SUcontext context);
SUresult suCtxEnablePeerAccess(SUcontext peer_context, unsigned int flags);
SUresult suCtxDisablePeerAccess(SUcontext peer_context);

SUresult suProfilerStart(void);
SUresult suProfilerStop(void);

/// Green contexts: not supported yet.
SUresult suGreenCtxCreate(SUgreenCtx* green_context, SUdevResourceDesc desc, SUdevice device,
                          unsigned int flags);
SUresult suGreenCtxDestroy(SUgreenCtx green_context);
SUresult suCtxFromGreenCtx(SUcontext* context, SUgreenCtx green_context);
SUresult suDeviceGetDevResource(SUdevice device, SUdevResource* resource, SUdevResourceType type);
SUresult suDevSmResourceSplitByCount(SUdevResource* result, unsigned int* num_groups,
                                     const SUdevResource* input, SUdevResource* remaining,
                                     unsigned int use_flags, unsigned int min_count);
SUresult suDevResourceGenerateDesc(SUdevResourceDesc* desc, SUdevResource* resources,
                                   unsigned int num_resources);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_DRIVER_SU_API_DEVICE_H_
