/// Handles and the types of modules, launches, streams and events of the driver API. Numbers are
/// those of the CUDA 12 driver.
#ifndef SUPA_DRIVER_SU_TYPES_H_
#define SUPA_DRIVER_SU_TYPES_H_

#include "../runtime/supa_stream_types.h"
#include "su_device_types.h"
#include "su_memory_types.h"
#include "su_result.h"

typedef struct SUctx_st* SUcontext;
typedef struct SUmod_st* SUmodule;
typedef struct SUfunc_st* SUfunction;
typedef struct SUlib_st* SUlibrary;
typedef struct SUkern_st* SUkernel;
typedef struct SUstream_st* SUstream;
typedef struct SUevent_st* SUevent;
typedef struct SUgraph_st* SUgraph;
typedef struct SUgraphNode_st* SUgraphNode;
typedef struct SUgraphExec_st* SUgraphExec;
typedef struct SUgreenCtx_st* SUgreenCtx;
typedef struct SUlinkState_st* SUlinkState;

#define SU_STREAM_LEGACY ((SUstream)0x1)
#define SU_STREAM_PER_THREAD ((SUstream)0x2)

/// Values of the `extra` list of suLaunchKernel().
#define SU_LAUNCH_PARAM_END_AS_INT 0x00
#define SU_LAUNCH_PARAM_END ((void*)SU_LAUNCH_PARAM_END_AS_INT)
#define SU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT 0x01
#define SU_LAUNCH_PARAM_BUFFER_POINTER ((void*)SU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT)
#define SU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT 0x02
#define SU_LAUNCH_PARAM_BUFFER_SIZE ((void*)SU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT)

typedef enum SUstream_flags_enum {
  SU_STREAM_DEFAULT = 0x0,
  SU_STREAM_NON_BLOCKING = 0x1
} SUstream_flags;

typedef enum SUevent_flags_enum {
  SU_EVENT_DEFAULT = 0x0,
  SU_EVENT_BLOCKING_SYNC = 0x1,
  SU_EVENT_DISABLE_TIMING = 0x2,
  SU_EVENT_INTERPROCESS = 0x4
} SUevent_flags;

typedef enum SUevent_record_flags_enum {
  SU_EVENT_RECORD_DEFAULT = 0x0,
  SU_EVENT_RECORD_EXTERNAL = 0x1
} SUevent_record_flags;

typedef enum SUevent_wait_flags_enum {
  SU_EVENT_WAIT_DEFAULT = 0x0,
  SU_EVENT_WAIT_EXTERNAL = 0x1
} SUevent_wait_flags;

typedef enum SUstreamWaitValue_flags_enum {
  SU_STREAM_WAIT_VALUE_GEQ = 0x0,
  SU_STREAM_WAIT_VALUE_EQ = 0x1,
  SU_STREAM_WAIT_VALUE_AND = 0x2,
  SU_STREAM_WAIT_VALUE_NOR = 0x3,
  SU_STREAM_WAIT_VALUE_FLUSH = 1 << 30
} SUstreamWaitValue_flags;

typedef enum SUstreamWriteValue_flags_enum {
  SU_STREAM_WRITE_VALUE_DEFAULT = 0x0,
  SU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER = 0x1
} SUstreamWriteValue_flags;

typedef enum SUstreamBatchMemOpType_enum {
  SU_STREAM_MEM_OP_WAIT_VALUE_32 = 1,
  SU_STREAM_MEM_OP_WRITE_VALUE_32 = 2,
  SU_STREAM_MEM_OP_FLUSH_REMOTE_WRITES = 3,
  SU_STREAM_MEM_OP_WAIT_VALUE_64 = 4,
  SU_STREAM_MEM_OP_WRITE_VALUE_64 = 5,
  SU_STREAM_MEM_OP_BARRIER = 6
} SUstreamBatchMemOpType;

typedef uint32_t suuint32_t;
typedef uint64_t suuint64_t;

typedef void(SU_CB* SUhostFn)(void* user_data);
typedef void(SU_CB* SUstreamCallback)(SUstream stream, SUresult status, void* user_data);
/// Bytes of dynamic shared memory a block of `block_size` threads needs.
typedef size_t(SU_CB* SUoccupancyB2DSize)(int block_size);

typedef enum SUstreamCaptureStatus_enum {
  SU_STREAM_CAPTURE_STATUS_NONE = 0,
  SU_STREAM_CAPTURE_STATUS_ACTIVE = 1,
  SU_STREAM_CAPTURE_STATUS_INVALIDATED = 2
} SUstreamCaptureStatus;

typedef enum SUstreamCaptureMode_enum {
  SU_STREAM_CAPTURE_MODE_GLOBAL = 0,
  SU_STREAM_CAPTURE_MODE_THREAD_LOCAL = 1,
  SU_STREAM_CAPTURE_MODE_RELAXED = 2
} SUstreamCaptureMode;

typedef enum SUfunction_attribute_enum {
  SU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK = 0,
  SU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES = 1,
  SU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES = 2,
  SU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES = 3,
  SU_FUNC_ATTRIBUTE_NUM_REGS = 4,
  SU_FUNC_ATTRIBUTE_PTX_VERSION = 5,
  SU_FUNC_ATTRIBUTE_BINARY_VERSION = 6,
  SU_FUNC_ATTRIBUTE_CACHE_MODE_CA = 7,
  SU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8,
  SU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT = 9,
  SU_FUNC_ATTRIBUTE_CLUSTER_SIZE_MUST_BE_SET = 10,
  SU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH = 11,
  SU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT = 12,
  SU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH = 13,
  SU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED = 14,
  SU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE = 15,
  SU_FUNC_ATTRIBUTE_MAX
} SUfunction_attribute;

typedef enum SUoccupancy_flags_enum {
  SU_OCCUPANCY_DEFAULT = 0x0,
  SU_OCCUPANCY_DISABLE_CACHING_OVERRIDE = 0x1
} SUoccupancy_flags;

/// Options of suModuleLoadDataEx(); each value is passed in the pointer or behind it, as in CUDA.
typedef enum SUjit_option_enum {
  SU_JIT_MAX_REGISTERS = 0,
  SU_JIT_THREADS_PER_BLOCK = 1,
  SU_JIT_WALL_TIME = 2,
  SU_JIT_INFO_LOG_BUFFER = 3,
  SU_JIT_INFO_LOG_BUFFER_SIZE_BYTES = 4,
  SU_JIT_ERROR_LOG_BUFFER = 5,
  SU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES = 6,
  SU_JIT_OPTIMIZATION_LEVEL = 7,
  SU_JIT_TARGET_FROM_SUCONTEXT = 8,
  SU_JIT_TARGET = 9,
  SU_JIT_FALLBACK_STRATEGY = 10,
  SU_JIT_GENERATE_DEBUG_INFO = 11,
  SU_JIT_LOG_VERBOSE = 12,
  SU_JIT_GENERATE_LINE_INFO = 13,
  SU_JIT_CACHE_MODE = 14,
  SU_JIT_NEW_SM3X_OPT = 15,
  SU_JIT_FAST_COMPILE = 16,
  SU_JIT_GLOBAL_SYMBOL_NAMES = 17,
  SU_JIT_GLOBAL_SYMBOL_ADDRESSES = 18,
  SU_JIT_GLOBAL_SYMBOL_COUNT = 19,
  SU_JIT_NUM_OPTIONS
} SUjit_option;

typedef enum SUjitInputType_enum {
  SU_JIT_INPUT_SUBIN = 0,
  SU_JIT_INPUT_PTX = 1,
  SU_JIT_INPUT_FATBINARY = 2,
  SU_JIT_INPUT_OBJECT = 3,
  SU_JIT_INPUT_LIBRARY = 4
} SUjitInputType;

typedef supaLaunchAttributeID SUlaunchAttributeID;
#define SU_LAUNCH_ATTRIBUTE_IGNORE supaLaunchAttributeIgnore
#define SU_LAUNCH_ATTRIBUTE_COOPERATIVE supaLaunchAttributeCooperative
#define SU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION supaLaunchAttributeClusterDimension
#define SU_LAUNCH_ATTRIBUTE_PRIORITY supaLaunchAttributePriority
#define SU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION \
  supaLaunchAttributeProgrammaticStreamSerialization
typedef supaLaunchAttributeValue SUlaunchAttributeValue;
typedef supaLaunchAttribute SUlaunchAttribute;

/// Arguments of suLaunchKernelEx().
typedef struct SUlaunchConfig_st {
  unsigned int gridDimX;
  unsigned int gridDimY;
  unsigned int gridDimZ;
  unsigned int blockDimX;
  unsigned int blockDimY;
  unsigned int blockDimZ;
  unsigned int sharedMemBytes;
  SUstream hStream;
  SUlaunchAttribute* attrs;
  unsigned int numAttrs;
} SUlaunchConfig;

/// How suGetProcAddress() looks a name up, and what came of it.
typedef uint64_t SUdriverProcAddress_flags_t;
typedef enum SUdriverProcAddress_flags_enum {
  SU_GET_PROC_ADDRESS_DEFAULT = 0,
  SU_GET_PROC_ADDRESS_LEGACY_STREAM = 1 << 0,
  SU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM = 1 << 1
} SUdriverProcAddress_flags;

typedef enum SUdriverProcAddressQueryResult_enum {
  SU_GET_PROC_ADDRESS_SUCCESS = 0,
  SU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND = 1,
  SU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT = 2
} SUdriverProcAddressQueryResult;

/// Handles for other processes; plain bytes.
#define SU_IPC_HANDLE_SIZE 64
typedef struct SUipcMemHandle_st {
  char reserved[SU_IPC_HANDLE_SIZE];
} SUipcMemHandle;
typedef struct SUipcEventHandle_st {
  char reserved[SU_IPC_HANDLE_SIZE];
} SUipcEventHandle;
typedef enum SUipcMem_flags_enum { SU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS = 0x1 } SUipcMem_flags;

/// Multicast objects and green contexts: declared so that their users compile.
typedef struct SUmulticastObjectProp_st {
  unsigned int numDevices;
  size_t size;
  unsigned long long handleTypes;
  unsigned long long flags;
} SUmulticastObjectProp;

typedef enum SUmulticastGranularity_flags_enum {
  SU_MULTICAST_GRANULARITY_MINIMUM = 0x0,
  SU_MULTICAST_GRANULARITY_RECOMMENDED = 0x1
} SUmulticastGranularity_flags;

typedef struct SUdevResourceDesc_st* SUdevResourceDesc;
typedef enum SUgreenCtxCreate_flags_enum {
  SU_GREEN_CTX_DEFAULT_STREAM = 0x1
} SUgreenCtxCreate_flags;
typedef enum SUdevResourceType_enum {
  SU_DEV_RESOURCE_TYPE_INVALID = 0,
  SU_DEV_RESOURCE_TYPE_SM = 1
} SUdevResourceType;
typedef struct SUdevSmResource_st {
  unsigned int smCount;
} SUdevSmResource;
typedef struct SUdevResource_st {
  SUdevResourceType type;
  unsigned char _internal_padding[92];
  union {
    SUdevSmResource sm;
    unsigned char _oversize[48];
  };
} SUdevResource;

#endif  // SUPA_DRIVER_SU_TYPES_H_
