/// Devices as the runtime API describes them: properties, attributes, limits, flags.
/// Numbers and the layout of supaDeviceProp are those of the CUDA 12 runtime.
#ifndef SUPA_RUNTIME_DEVICE_TYPES_H_
#define SUPA_RUNTIME_DEVICE_TYPES_H_

#include "../supa_host_defines.h"

struct SUuuid_st {
  char bytes[16];
};
typedef struct SUuuid_st SUuuid;
typedef struct SUuuid_st supaUUID_t;

/// Properties of one device; a plain struct. Sizes in bytes, clocks in kHz, widths in bits.
struct supaDeviceProp {
  char name[256];
  supaUUID_t uuid;
  char luid[8];
  unsigned int luidDeviceNodeMask;
  size_t totalGlobalMem;
  size_t sharedMemPerBlock;
  int regsPerBlock;
  int warpSize;
  size_t memPitch;
  int maxThreadsPerBlock;
  int maxThreadsDim[3];
  int maxGridSize[3];
  int clockRate;
  size_t totalConstMem;
  int major;
  int minor;
  size_t textureAlignment;
  size_t texturePitchAlignment;
  int deviceOverlap;
  int multiProcessorCount;
  int kernelExecTimeoutEnabled;
  int integrated;
  int canMapHostMemory;
  int computeMode;
  int maxTexture1D;
  int maxTexture1DMipmap;
  int maxTexture1DLinear;
  int maxTexture2D[2];
  int maxTexture2DMipmap[2];
  int maxTexture2DLinear[3];
  int maxTexture2DGather[2];
  int maxTexture3D[3];
  int maxTexture3DAlt[3];
  int maxTextureCubemap;
  int maxTexture1DLayered[2];
  int maxTexture2DLayered[3];
  int maxTextureCubemapLayered[2];
  int maxSurface1D;
  int maxSurface2D[2];
  int maxSurface3D[3];
  int maxSurface1DLayered[2];
  int maxSurface2DLayered[3];
  int maxSurfaceCubemap;
  int maxSurfaceCubemapLayered[2];
  size_t surfaceAlignment;
  int concurrentKernels;
  int ECCEnabled;
  int pciBusID;
  int pciDeviceID;
  int pciDomainID;
  int tccDriver;
  int asyncEngineCount;
  int unifiedAddressing;
  int memoryClockRate;
  int memoryBusWidth;
  int l2CacheSize;
  int persistingL2CacheMaxSize;
  int maxThreadsPerMultiProcessor;
  int streamPrioritiesSupported;
  int globalL1CacheSupported;
  int localL1CacheSupported;
  size_t sharedMemPerMultiprocessor;
  int regsPerMultiprocessor;
  int managedMemory;
  int isMultiGpuBoard;
  int multiGpuBoardGroupID;
  int hostNativeAtomicSupported;
  int singleToDoublePrecisionPerfRatio;
  int pageableMemoryAccess;
  int concurrentManagedAccess;
  int computePreemptionSupported;
  int canUseHostPointerForRegisteredMem;
  int cooperativeLaunch;
  int cooperativeMultiDeviceLaunch;
  size_t sharedMemPerBlockOptin;
  int pageableMemoryAccessUsesHostPageTables;
  int directManagedMemAccessFromHost;
  int maxBlocksPerMultiProcessor;
  int accessPolicyMaxWindowSize;
  size_t reservedSharedMemPerBlock;
  int hostRegisterSupported;
  int sparseSupaArraySupported;
  int hostRegisterReadOnlySupported;
  int timelineSemaphoreInteropSupported;
  int memoryPoolsSupported;
  int gpuDirectRDMASupported;
  unsigned int gpuDirectRDMAFlushWritesOptions;
  int gpuDirectRDMAWritesOrdering;
  unsigned int memoryPoolSupportedHandleTypes;
  int deferredMappingSupaArraySupported;
  int ipcEventSupported;
  int clusterLaunch;
  int unifiedFunctionPointers;
  int reserved[63];
};
#ifndef __cplusplus
typedef struct supaDeviceProp supaDeviceProp;
#endif

enum supaDeviceAttr {
  supaDevAttrMaxThreadsPerBlock = 1,
  supaDevAttrMaxBlockDimX = 2,
  supaDevAttrMaxBlockDimY = 3,
  supaDevAttrMaxBlockDimZ = 4,
  supaDevAttrMaxGridDimX = 5,
  supaDevAttrMaxGridDimY = 6,
  supaDevAttrMaxGridDimZ = 7,
  supaDevAttrMaxSharedMemoryPerBlock = 8,
  supaDevAttrTotalConstantMemory = 9,
  supaDevAttrWarpSize = 10,
  supaDevAttrMaxPitch = 11,
  supaDevAttrMaxRegistersPerBlock = 12,
  supaDevAttrClockRate = 13,
  supaDevAttrTextureAlignment = 14,
  supaDevAttrGpuOverlap = 15,
  supaDevAttrMultiProcessorCount = 16,
  supaDevAttrKernelExecTimeout = 17,
  supaDevAttrIntegrated = 18,
  supaDevAttrCanMapHostMemory = 19,
  supaDevAttrComputeMode = 20,
  supaDevAttrMaxTexture1DWidth = 21,
  supaDevAttrMaxTexture2DWidth = 22,
  supaDevAttrMaxTexture2DHeight = 23,
  supaDevAttrMaxTexture3DWidth = 24,
  supaDevAttrMaxTexture3DHeight = 25,
  supaDevAttrMaxTexture3DDepth = 26,
  supaDevAttrMaxTexture2DLayeredWidth = 27,
  supaDevAttrMaxTexture2DLayeredHeight = 28,
  supaDevAttrMaxTexture2DLayeredLayers = 29,
  supaDevAttrSurfaceAlignment = 30,
  supaDevAttrConcurrentKernels = 31,
  supaDevAttrEccEnabled = 32,
  supaDevAttrPciBusId = 33,
  supaDevAttrPciDeviceId = 34,
  supaDevAttrTccDriver = 35,
  supaDevAttrMemoryClockRate = 36,
  supaDevAttrGlobalMemoryBusWidth = 37,
  supaDevAttrL2CacheSize = 38,
  supaDevAttrMaxThreadsPerMultiProcessor = 39,
  supaDevAttrAsyncEngineCount = 40,
  supaDevAttrUnifiedAddressing = 41,
  supaDevAttrMaxTexture1DLayeredWidth = 42,
  supaDevAttrMaxTexture1DLayeredLayers = 43,
  supaDevAttrMaxTexture2DGatherWidth = 45,
  supaDevAttrMaxTexture2DGatherHeight = 46,
  supaDevAttrMaxTexture3DWidthAlt = 47,
  supaDevAttrMaxTexture3DHeightAlt = 48,
  supaDevAttrMaxTexture3DDepthAlt = 49,
  supaDevAttrPciDomainId = 50,
  supaDevAttrTexturePitchAlignment = 51,
  supaDevAttrMaxTextureCubemapWidth = 52,
  supaDevAttrMaxTextureCubemapLayeredWidth = 53,
  supaDevAttrMaxTextureCubemapLayeredLayers = 54,
  supaDevAttrMaxSurface1DWidth = 55,
  supaDevAttrMaxSurface2DWidth = 56,
  supaDevAttrMaxSurface2DHeight = 57,
  supaDevAttrMaxSurface3DWidth = 58,
  supaDevAttrMaxSurface3DHeight = 59,
  supaDevAttrMaxSurface3DDepth = 60,
  supaDevAttrMaxSurface1DLayeredWidth = 61,
  supaDevAttrMaxSurface1DLayeredLayers = 62,
  supaDevAttrMaxSurface2DLayeredWidth = 63,
  supaDevAttrMaxSurface2DLayeredHeight = 64,
  supaDevAttrMaxSurface2DLayeredLayers = 65,
  supaDevAttrMaxSurfaceCubemapWidth = 66,
  supaDevAttrMaxSurfaceCubemapLayeredWidth = 67,
  supaDevAttrMaxSurfaceCubemapLayeredLayers = 68,
  supaDevAttrMaxTexture1DLinearWidth = 69,
  supaDevAttrMaxTexture2DLinearWidth = 70,
  supaDevAttrMaxTexture2DLinearHeight = 71,
  supaDevAttrMaxTexture2DLinearPitch = 72,
  supaDevAttrMaxTexture2DMipmappedWidth = 73,
  supaDevAttrMaxTexture2DMipmappedHeight = 74,
  supaDevAttrComputeCapabilityMajor = 75,
  supaDevAttrComputeCapabilityMinor = 76,
  supaDevAttrMaxTexture1DMipmappedWidth = 77,
  supaDevAttrStreamPrioritiesSupported = 78,
  supaDevAttrGlobalL1CacheSupported = 79,
  supaDevAttrLocalL1CacheSupported = 80,
  supaDevAttrMaxSharedMemoryPerMultiprocessor = 81,
  supaDevAttrMaxRegistersPerMultiprocessor = 82,
  supaDevAttrManagedMemory = 83,
  supaDevAttrIsMultiGpuBoard = 84,
  supaDevAttrMultiGpuBoardGroupID = 85,
  supaDevAttrHostNativeAtomicSupported = 86,
  supaDevAttrSingleToDoublePrecisionPerfRatio = 87,
  supaDevAttrPageableMemoryAccess = 88,
  supaDevAttrConcurrentManagedAccess = 89,
  supaDevAttrComputePreemptionSupported = 90,
  supaDevAttrCanUseHostPointerForRegisteredMem = 91,
  supaDevAttrReserved92 = 92,
  supaDevAttrReserved93 = 93,
  supaDevAttrReserved94 = 94,
  supaDevAttrCooperativeLaunch = 95,
  supaDevAttrCooperativeMultiDeviceLaunch = 96,
  supaDevAttrMaxSharedMemoryPerBlockOptin = 97,
  supaDevAttrCanFlushRemoteWrites = 98,
  supaDevAttrHostRegisterSupported = 99,
  supaDevAttrPageableMemoryAccessUsesHostPageTables = 100,
  supaDevAttrDirectManagedMemAccessFromHost = 101,
  supaDevAttrMaxBlocksPerMultiprocessor = 106,
  supaDevAttrMaxPersistingL2CacheSize = 108,
  supaDevAttrMaxAccessPolicyWindowSize = 109,
  supaDevAttrReservedSharedMemoryPerBlock = 111,
  supaDevAttrSparseSupaArraySupported = 112,
  supaDevAttrHostRegisterReadOnlySupported = 113,
  supaDevAttrTimelineSemaphoreInteropSupported = 114,
  supaDevAttrMaxTimelineSemaphoreInteropSupported = 114,
  supaDevAttrMemoryPoolsSupported = 115,
  supaDevAttrGPUDirectRDMASupported = 116,
  supaDevAttrGPUDirectRDMAFlushWritesOptions = 117,
  supaDevAttrGPUDirectRDMAWritesOrdering = 118,
  supaDevAttrMemoryPoolSupportedHandleTypes = 119,
  supaDevAttrClusterLaunch = 120,
  supaDevAttrDeferredMappingSupaArraySupported = 121,
  supaDevAttrReserved122 = 122,
  supaDevAttrReserved123 = 123,
  supaDevAttrReserved124 = 124,
  supaDevAttrIpcEventSupport = 125,
  supaDevAttrMemSyncDomainCount = 126,
  supaDevAttrReserved127 = 127,
  supaDevAttrReserved128 = 128,
  supaDevAttrReserved129 = 129,
  supaDevAttrNumaConfig = 130,
  supaDevAttrNumaId = 131,
  supaDevAttrReserved132 = 132,
  supaDevAttrMpsEnabled = 133,
  supaDevAttrHostNumaId = 134,
  supaDevAttrD3D12CigSupported = 135,
  supaDevAttrMax
};

enum supaDeviceP2PAttr {
  supaDevP2PAttrPerformanceRank = 1,
  supaDevP2PAttrAccessSupported = 2,
  supaDevP2PAttrNativeAtomicSupported = 3,
  supaDevP2PAttrSupaArrayAccessSupported = 4
};

enum supaComputeMode {
  supaComputeModeDefault = 0,
  supaComputeModeExclusive = 1,
  supaComputeModeProhibited = 2,
  supaComputeModeExclusiveProcess = 3
};

/// Limits of a device, in bytes unless the name says otherwise.
enum supaLimit {
  supaLimitStackSize = 0x00,
  supaLimitPrintfFifoSize = 0x01,
  supaLimitMallocHeapSize = 0x02,
  supaLimitDevRuntimeSyncDepth = 0x03,
  supaLimitDevRuntimePendingLaunchCount = 0x04,
  supaLimitMaxL2FetchGranularity = 0x05,
  supaLimitPersistingL2CacheSize = 0x06
};

enum supaFuncCache {
  supaFuncCachePreferNone = 0,
  supaFuncCachePreferShared = 1,
  supaFuncCachePreferL1 = 2,
  supaFuncCachePreferEqual = 3
};

enum supaSharedMemConfig {
  supaSharedMemBankSizeDefault = 0,
  supaSharedMemBankSizeFourByte = 1,
  supaSharedMemBankSizeEightByte = 2
};

enum supaSharedCarveout {
  supaSharedmemCarveoutDefault = -1,
  supaSharedmemCarveoutMaxShared = 100,
  supaSharedmemCarveoutMaxL1 = 0
};

enum supaFlushGPUDirectRDMAWritesTarget { supaFlushGPUDirectRDMAWritesTargetCurrentDevice = 0 };

enum supaFlushGPUDirectRDMAWritesScope {
  supaFlushGPUDirectRDMAWritesToOwner = 100,
  supaFlushGPUDirectRDMAWritesToAllDevices = 200
};

/// Flags of supaSetDeviceFlags().
#define supaDeviceScheduleAuto 0x00
#define supaDeviceScheduleSpin 0x01
#define supaDeviceScheduleYield 0x02
#define supaDeviceScheduleBlockingSync 0x04
#define supaDeviceBlockingSync 0x04
#define supaDeviceScheduleMask 0x07
#define supaDeviceMapHost 0x08
#define supaDeviceLmemResizeToMax 0x10
#define supaDeviceSyncMemops 0x80
#define supaDeviceMask 0xff
#define supaInitDeviceFlagsAreValid 0x01

/// Device numbers which stand for the host and for "no device".
#define supaCpuDeviceId ((int)-1)
#define supaInvalidDeviceId ((int)-2)

#endif  // SUPA_RUNTIME_DEVICE_TYPES_H_
