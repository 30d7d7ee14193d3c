/// Runtime API: devices, versions, errors, peers, driver entry points.
#ifndef SUPA_RUNTIME_API_DEVICE_H_
#define SUPA_RUNTIME_API_DEVICE_H_

#include "../supa_driver_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Stores the number of usable devices in `*count`. supaErrorNoDevice (and 0) if there is none.
supaError_t supaGetDeviceCount(int* count);
/// Stores the calling thread's current device in `*device`.
supaError_t supaGetDevice(int* device);
/// Makes `device` current for the calling thread and starts its primary context.
/// supaErrorInvalidDevice unless 0 <= device < count.
supaError_t supaSetDevice(int device);
/// Restricts device choice to the first usable of `count` devices. supaErrorInvalidDevice for a
/// number out of range.
supaError_t supaSetValidDevices(int* devices, int count);
/// As supaSetDevice(), without making the device current; `device_flags` as in
/// supaSetDeviceFlags(), used if `flags` has supaInitDeviceFlagsAreValid.
supaError_t supaInitDevice(int device, unsigned int device_flags, unsigned int flags);
/// Fills in `*prop` for `device`.
supaError_t supaGetDeviceProperties(struct supaDeviceProp* prop, int device);
/// Stores one attribute of `device`. supaErrorInvalidValue for an attribute it does not know.
supaError_t supaDeviceGetAttribute(int* value, enum supaDeviceAttr attribute, int device);
/// Stores the number of the device that fits `*prop` best; zero fields do not matter.
supaError_t supaChooseDevice(int* device, const struct supaDeviceProp* prop);
/// Destroys the current device's primary context with everything allocated in it.
supaError_t supaDeviceReset(void);
/// Waits for all work of the current device; returns the first error found in it.
supaError_t supaDeviceSynchronize(void);
/// Sets a limit of the current device. supaErrorUnsupportedLimit for a limit it does not have.
supaError_t supaDeviceSetLimit(enum supaLimit limit, size_t value);
supaError_t supaDeviceGetLimit(size_t* value, enum supaLimit limit);
/// Cache preference: a hint, kept and returned.
supaError_t supaDeviceSetCacheConfig(enum supaFuncCache config);
supaError_t supaDeviceGetCacheConfig(enum supaFuncCache* config);
supaError_t supaDeviceSetSharedMemConfig(enum supaSharedMemConfig config);
supaError_t supaDeviceGetSharedMemConfig(enum supaSharedMemConfig* config);
/// Flags (supaDeviceSchedule*) of the current device.
supaError_t supaSetDeviceFlags(unsigned int flags);
supaError_t supaGetDeviceFlags(unsigned int* flags);
/// Stores the number of the device at `bus_id` ("domain:bus:device.function", hexadecimal).
supaError_t supaDeviceGetByPCIBusId(int* device, const char* bus_id);
/// Writes the bus id of `device`, NUL-terminated, into `length` bytes; 13 suffice.
supaError_t supaDeviceGetPCIBusId(char* bus_id, int length, int device);
/// Stores the least urgent (0) and the most urgent (negative) stream priority.
supaError_t supaDeviceGetStreamPriorityRange(int* least_priority, int* greatest_priority);
/// Stores 1 if `device` can be given access to the memory of `peer_device`, else 0.
supaError_t supaDeviceCanAccessPeer(int* can_access, int device, int peer_device);
/// Lets the current device use the memory of `peer_device`. `flags` must be 0.
/// supaErrorPeerAccessAlreadyEnabled if that is so already.
supaError_t supaDeviceEnablePeerAccess(int peer_device, unsigned int flags OPENSUPA_DEFAULT(0));
supaError_t supaDeviceDisablePeerAccess(int peer_device);
supaError_t supaDeviceGetP2PAttribute(int* value, enum supaDeviceP2PAttr attribute, int src_device,
                                      int dst_device);
supaError_t supaDeviceFlushGPUDirectRDMAWrites(enum supaFlushGPUDirectRDMAWritesTarget target,
                                               enum supaFlushGPUDirectRDMAWritesScope scope);

/// Stores the version of the driver, or of the runtime: 1000 * major + 10 * minor.
supaError_t supaDriverGetVersion(int* version);
supaError_t supaRuntimeGetVersion(int* version);

/// Returns the thread's last error and forgets it, unless it is one that only a reset clears.
supaError_t supaGetLastError(void);
/// As supaGetLastError(), without forgetting it.
supaError_t supaPeekAtLastError(void);
/// Name of the enumerator; "unrecognized error code" for a number that is none. Never freed.
const char* supaGetErrorName(supaError_t error);
/// Description of the error, as above.
const char* supaGetErrorString(supaError_t error);

/// Finds the driver function `symbol` ("suX" or "cuX") and stores it in `*function`. `result` may
/// be null; otherwise it says why `*function` is null.
supaError_t supaGetDriverEntryPoint(const char* symbol, void** function, unsigned long long flags,
                                    enum supaDriverEntryPointQueryResult* result
                                        OPENSUPA_DEFAULT(NULL));
/// As above, the function as it was in driver interface `version` (CUDA numbering, e.g. 12000).
supaError_t supaGetDriverEntryPointByVersion(
    const char* symbol, void** function, unsigned int version, unsigned long long flags,
    enum supaDriverEntryPointQueryResult* result OPENSUPA_DEFAULT(NULL));

/// Starts and stops collection by an attached profiler.
supaError_t supaProfilerStart(void);
supaError_t supaProfilerStop(void);

/// Old names of the supaDevice* calls.
supaError_t supaThreadExit(void);
supaError_t supaThreadSynchronize(void);
supaError_t supaThreadSetLimit(enum supaLimit limit, size_t value);
supaError_t supaThreadGetLimit(size_t* value, enum supaLimit limit);
supaError_t supaThreadSetCacheConfig(enum supaFuncCache config);
supaError_t supaThreadGetCacheConfig(enum supaFuncCache* config);

/// Handles for other processes.
supaError_t supaIpcGetMemHandle(supaIpcMemHandle_t* handle, void* dev_ptr);
supaError_t supaIpcOpenMemHandle(void** dev_ptr, supaIpcMemHandle_t handle, unsigned int flags);
supaError_t supaIpcCloseMemHandle(void* dev_ptr);
supaError_t supaIpcGetEventHandle(supaIpcEventHandle_t* handle, supaEvent_t event);
supaError_t supaIpcOpenEventHandle(supaEvent_t* event, supaIpcEventHandle_t handle);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_RUNTIME_API_DEVICE_H_
