/// Streams, events, launches, captures and graphs as the runtime API describes them.
#ifndef SUPA_RUNTIME_STREAM_TYPES_H_
#define SUPA_RUNTIME_STREAM_TYPES_H_

#include "../supa_vector_types.h"
#include "supa_error_types.h"
#include "supa_memory_types.h"

struct SUstream_st;
struct SUevent_st;
struct SUfunc_st;
struct SUgraph_st;
struct SUgraphNode_st;
struct SUgraphExec_st;
struct SUuserObject_st;
struct SUkern_st;

/// A stream; null stands for the default stream.
typedef struct SUstream_st* supaStream_t;
typedef struct SUevent_st* supaEvent_t;
typedef struct SUfunc_st* supaFunction_t;
typedef struct SUkern_st* supaKernel_t;
typedef struct SUgraph_st* supaGraph_t;
typedef struct SUgraphNode_st* supaGraphNode_t;
typedef struct SUgraphExec_st* supaGraphExec_t;
typedef struct SUuserObject_st* supaUserObject_t;

/// The two default streams by name, whichever of them null stands for.
#define supaStreamLegacy ((supaStream_t)0x1)
#define supaStreamPerThread ((supaStream_t)0x2)

#define supaStreamDefault 0x00
#define supaStreamNonBlocking 0x01

#define supaEventDefault 0x00
#define supaEventBlockingSync 0x01
#define supaEventDisableTiming 0x02
#define supaEventInterprocess 0x04
#define supaEventRecordDefault 0x00
#define supaEventRecordExternal 0x01
#define supaEventWaitDefault 0x00
#define supaEventWaitExternal 0x01

/// Runs on a thread of the runtime when the stream reaches it; must not call this API.
typedef void(SUPART_CB* supaHostFn_t)(void* user_data);
/// As supaHostFn_t, and told the state of the stream.
typedef void(SUPART_CB* supaStreamCallback_t)(supaStream_t stream, supaError_t status,
                                              void* user_data);

struct supaFuncAttributes {
  size_t sharedSizeBytes;
  size_t constSizeBytes;
  size_t localSizeBytes;
  int maxThreadsPerBlock;
  int numRegs;
  int ptxVersion;
  int binaryVersion;
  int cacheModeCA;
  int maxDynamicSharedSizeBytes;
  int preferredShmemCarveout;
  int clusterDimMustBeSet;
  int requiredClusterWidth;
  int requiredClusterHeight;
  int requiredClusterDepth;
  int clusterSchedulingPolicyPreference;
  int nonPortableClusterSizeAllowed;
  int reserved[16];
};

enum supaFuncAttribute {
  supaFuncAttributeMaxDynamicSharedMemorySize = 8,
  supaFuncAttributePreferredSharedMemoryCarveout = 9,
  supaFuncAttributeClusterDimMustBeSet = 10,
  supaFuncAttributeRequiredClusterWidth = 11,
  supaFuncAttributeRequiredClusterHeight = 12,
  supaFuncAttributeRequiredClusterDepth = 13,
  supaFuncAttributeNonPortableClusterSizeAllowed = 14,
  supaFuncAttributeClusterSchedulingPolicyPreference = 15,
  supaFuncAttributeMax
};

#define supaOccupancyDefault 0x00
#define supaOccupancyDisableCachingOverride 0x01

#define supaCooperativeLaunchMultiDeviceNoPreSync 0x01
#define supaCooperativeLaunchMultiDeviceNoPostSync 0x02

enum supaAccessProperty {
  supaAccessPropertyNormal = 0,
  supaAccessPropertyStreaming = 1,
  supaAccessPropertyPersisting = 2
};

struct supaAccessPolicyWindow {
  void* base_ptr;
  size_t num_bytes;
  float hitRatio;
  enum supaAccessProperty hitProp;
  enum supaAccessProperty missProp;
};

enum supaSynchronizationPolicy {
  supaSyncPolicyAuto = 1,
  supaSyncPolicySpin = 2,
  supaSyncPolicyYield = 3,
  supaSyncPolicyBlockingSync = 4
};

enum supaClusterSchedulingPolicy {
  supaClusterSchedulingPolicyDefault = 0,
  supaClusterSchedulingPolicySpread = 1,
  supaClusterSchedulingPolicyLoadBalancing = 2
};

typedef enum supaLaunchAttributeID {
  supaLaunchAttributeIgnore = 0,
  supaLaunchAttributeAccessPolicyWindow = 1,
  supaLaunchAttributeCooperative = 2,
  supaLaunchAttributeSynchronizationPolicy = 3,
  supaLaunchAttributeClusterDimension = 4,
  supaLaunchAttributeClusterSchedulingPolicyPreference = 5,
  supaLaunchAttributeProgrammaticStreamSerialization = 6,
  supaLaunchAttributeProgrammaticEvent = 7,
  supaLaunchAttributePriority = 8,
  supaLaunchAttributeMemSyncDomainMap = 9,
  supaLaunchAttributeMemSyncDomain = 10,
  supaLaunchAttributeLaunchCompletionEvent = 12,
  supaLaunchAttributeDeviceUpdatableKernelNode = 13,
  supaLaunchAttributePreferredSharedMemoryCarveout = 14
} supaLaunchAttributeID;

typedef union supaLaunchAttributeValue {
  char pad[64];
  struct supaAccessPolicyWindow accessPolicyWindow;
  int cooperative;
  enum supaSynchronizationPolicy syncPolicy;
  struct {
    unsigned int x;
    unsigned int y;
    unsigned int z;
  } clusterDim;
  enum supaClusterSchedulingPolicy clusterSchedulingPolicyPreference;
  int programmaticStreamSerializationAllowed;
  struct {
    supaEvent_t event;
    int flags;
    int triggerAtBlockStart;
  } programmaticEvent;
  int priority;
  struct {
    unsigned char default_;
    unsigned char remote;
  } memSyncDomainMap;
  int memSyncDomain;
  struct {
    supaEvent_t event;
    int flags;
  } launchCompletionEvent;
  unsigned int sharedMemCarveout;
} supaLaunchAttributeValue;

typedef struct supaLaunchAttribute_st {
  supaLaunchAttributeID id;
  char pad[8 - sizeof(supaLaunchAttributeID)];
  supaLaunchAttributeValue val;
} supaLaunchAttribute;

#define supaStreamAttrID supaLaunchAttributeID
#define supaStreamAttrValue supaLaunchAttributeValue
#define supaStreamAttributeAccessPolicyWindow supaLaunchAttributeAccessPolicyWindow
#define supaStreamAttributeSynchronizationPolicy supaLaunchAttributeSynchronizationPolicy
#define supaStreamAttributePriority supaLaunchAttributePriority

/// Arguments of supaLaunchKernelExC(); `dynamicSmemBytes` bytes of dynamic shared memory per block.
typedef struct supaLaunchConfig_st {
  struct dim3 gridDim;
  struct dim3 blockDim;
  size_t dynamicSmemBytes;
  supaStream_t stream;
  supaLaunchAttribute* attrs;
  unsigned int numAttrs;
} supaLaunchConfig_t;

struct supaLaunchParams {
  void* func;
  struct dim3 gridDim;
  struct dim3 blockDim;
  void** args;
  size_t sharedMem;
  supaStream_t stream;
};

enum supaStreamCaptureStatus {
  supaStreamCaptureStatusNone = 0,
  supaStreamCaptureStatusActive = 1,
  supaStreamCaptureStatusInvalidated = 2
};

enum supaStreamCaptureMode {
  supaStreamCaptureModeGlobal = 0,
  supaStreamCaptureModeThreadLocal = 1,
  supaStreamCaptureModeRelaxed = 2
};

enum supaStreamUpdateCaptureDependenciesFlags {
  supaStreamAddCaptureDependencies = 0x0,
  supaStreamSetCaptureDependencies = 0x1
};

enum supaGraphNodeType {
  supaGraphNodeTypeKernel = 0x00,
  supaGraphNodeTypeMemcpy = 0x01,
  supaGraphNodeTypeMemset = 0x02,
  supaGraphNodeTypeHost = 0x03,
  supaGraphNodeTypeGraph = 0x04,
  supaGraphNodeTypeEmpty = 0x05,
  supaGraphNodeTypeWaitEvent = 0x06,
  supaGraphNodeTypeEventRecord = 0x07,
  supaGraphNodeTypeExtSemaphoreSignal = 0x08,
  supaGraphNodeTypeExtSemaphoreWait = 0x09,
  supaGraphNodeTypeMemAlloc = 0x0a,
  supaGraphNodeTypeMemFree = 0x0b,
  supaGraphNodeTypeConditional = 0x0d,
  supaGraphNodeTypeCount
};

enum supaGraphInstantiateFlags {
  supaGraphInstantiateFlagAutoFreeOnLaunch = 1,
  supaGraphInstantiateFlagUpload = 2,
  supaGraphInstantiateFlagDeviceLaunch = 4,
  supaGraphInstantiateFlagUseNodePriority = 8
};

enum supaGraphDebugDotFlags {
  supaGraphDebugDotFlagsVerbose = 1 << 0,
  supaGraphDebugDotFlagsKernelNodeParams = 1 << 2,
  supaGraphDebugDotFlagsMemcpyNodeParams = 1 << 3,
  supaGraphDebugDotFlagsMemsetNodeParams = 1 << 4,
  supaGraphDebugDotFlagsHostNodeParams = 1 << 5,
  supaGraphDebugDotFlagsEventNodeParams = 1 << 6,
  supaGraphDebugDotFlagsHandles = 1 << 10
};

enum supaGraphExecUpdateResult {
  supaGraphExecUpdateSuccess = 0x0,
  supaGraphExecUpdateError = 0x1,
  supaGraphExecUpdateErrorTopologyChanged = 0x2,
  supaGraphExecUpdateErrorNodeTypeChanged = 0x3,
  supaGraphExecUpdateErrorFunctionChanged = 0x4,
  supaGraphExecUpdateErrorParametersChanged = 0x5,
  supaGraphExecUpdateErrorNotSupported = 0x6
};

typedef struct supaGraphExecUpdateResultInfo_st {
  enum supaGraphExecUpdateResult result;
  supaGraphNode_t errorNode;
  supaGraphNode_t errorFromNode;
} supaGraphExecUpdateResultInfo;

struct supaKernelNodeParams {
  void* func;
  struct dim3 gridDim;
  struct dim3 blockDim;
  unsigned int sharedMemBytes;
  void** kernelParams;
  void** extra;
};

struct supaHostNodeParams {
  supaHostFn_t fn;
  void* userData;
};

struct supaMemsetParams {
  void* dst;
  size_t pitch;
  unsigned int value;
  unsigned int elementSize;
  size_t width;
  size_t height;
};

enum supaGraphMemAttributeType {
  supaGraphMemAttrUsedMemCurrent = 0x0,
  supaGraphMemAttrUsedMemHigh = 0x1,
  supaGraphMemAttrReservedMemCurrent = 0x2,
  supaGraphMemAttrReservedMemHigh = 0x3
};

enum supaUserObjectFlags { supaUserObjectNoDestructorSync = 0x1 };
enum supaUserObjectRetainFlags { supaGraphUserObjectMove = 0x1 };

/// Flags and result of supaGetDriverEntryPoint().
enum supaGetDriverEntryPointFlags {
  supaEnableDefault = 0x0,
  supaEnableLegacyStream = 0x1,
  supaEnablePerThreadDefaultStream = 0x2
};

enum supaDriverEntryPointQueryResult {
  supaDriverEntryPointSuccess = 0,
  supaDriverEntryPointSymbolNotFound = 1,
  supaDriverEntryPointVersionNotSufficent = 2
};

#ifndef __cplusplus
typedef enum supaDriverEntryPointQueryResult supaDriverEntryPointQueryResult;
typedef enum supaStreamCaptureStatus supaStreamCaptureStatus;
typedef enum supaStreamCaptureMode supaStreamCaptureMode;
typedef struct supaFuncAttributes supaFuncAttributes;
typedef struct supaLaunchParams supaLaunchParams;
typedef struct supaKernelNodeParams supaKernelNodeParams;
typedef struct supaHostNodeParams supaHostNodeParams;
typedef struct supaMemsetParams supaMemsetParams;
#endif

#endif  // SUPA_RUNTIME_STREAM_TYPES_H_
