/// Memory as the driver API describes it. Numbers are those of the CUDA 12 driver.
#ifndef SUPA_DRIVER_SU_MEMORY_TYPES_H_
#define SUPA_DRIVER_SU_MEMORY_TYPES_H_

#include "../supa_host_defines.h"

/// A device address, as an integer.
typedef unsigned long long SUdeviceptr_v2;
typedef SUdeviceptr_v2 SUdeviceptr;

typedef struct SUarray_st* SUarray;
typedef struct SUmipmappedArray_st* SUmipmappedArray;
typedef struct SUmemPoolHandle_st* SUmemoryPool;
typedef unsigned long long SUtexObject;
typedef unsigned long long SUsurfObject;

typedef enum SUmemorytype_enum {
  SU_MEMORYTYPE_HOST = 0x01,
  SU_MEMORYTYPE_DEVICE = 0x02,
  SU_MEMORYTYPE_ARRAY = 0x03,
  SU_MEMORYTYPE_UNIFIED = 0x04
} SUmemorytype;

#define SU_MEMHOSTALLOC_PORTABLE 0x01
#define SU_MEMHOSTALLOC_DEVICEMAP 0x02
#define SU_MEMHOSTALLOC_WRITECOMBINED 0x04
#define SU_MEMHOSTREGISTER_PORTABLE 0x01
#define SU_MEMHOSTREGISTER_DEVICEMAP 0x02
#define SU_MEMHOSTREGISTER_IOMEMORY 0x04
#define SU_MEMHOSTREGISTER_READ_ONLY 0x08

typedef enum SUmemAttach_flags_enum {
  SU_MEM_ATTACH_GLOBAL = 0x1,
  SU_MEM_ATTACH_HOST = 0x2,
  SU_MEM_ATTACH_SINGLE = 0x4
} SUmemAttach_flags;

typedef enum SUmem_advise_enum {
  SU_MEM_ADVISE_SET_READ_MOSTLY = 1,
  SU_MEM_ADVISE_UNSET_READ_MOSTLY = 2,
  SU_MEM_ADVISE_SET_PREFERRED_LOCATION = 3,
  SU_MEM_ADVISE_UNSET_PREFERRED_LOCATION = 4,
  SU_MEM_ADVISE_SET_ACCESSED_BY = 5,
  SU_MEM_ADVISE_UNSET_ACCESSED_BY = 6
} SUmem_advise;

typedef enum SUpointer_attribute_enum {
  SU_POINTER_ATTRIBUTE_CONTEXT = 1,
  SU_POINTER_ATTRIBUTE_MEMORY_TYPE = 2,
  SU_POINTER_ATTRIBUTE_DEVICE_POINTER = 3,
  SU_POINTER_ATTRIBUTE_HOST_POINTER = 4,
  SU_POINTER_ATTRIBUTE_P2P_TOKENS = 5,
  SU_POINTER_ATTRIBUTE_SYNC_MEMOPS = 6,
  SU_POINTER_ATTRIBUTE_BUFFER_ID = 7,
  SU_POINTER_ATTRIBUTE_IS_MANAGED = 8,
  SU_POINTER_ATTRIBUTE_DEVICE_ORDINAL = 9,
  SU_POINTER_ATTRIBUTE_IS_LEGACY_SUPA_IPC_CAPABLE = 10,
  SU_POINTER_ATTRIBUTE_RANGE_START_ADDR = 11,
  SU_POINTER_ATTRIBUTE_RANGE_SIZE = 12,
  SU_POINTER_ATTRIBUTE_MAPPED = 13,
  SU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES = 14,
  SU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE = 15,
  SU_POINTER_ATTRIBUTE_ACCESS_FLAGS = 16,
  SU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE = 17,
  SU_POINTER_ATTRIBUTE_MAPPING_SIZE = 18,
  SU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR = 19,
  SU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID = 20
} SUpointer_attribute;

/// Arguments of suMemcpy2D(); pitches, widths and x offsets in bytes, heights in rows.
typedef struct SUPA_MEMCPY2D_st {
  size_t srcXInBytes;
  size_t srcY;
  SUmemorytype srcMemoryType;
  const void* srcHost;
  SUdeviceptr srcDevice;
  SUarray srcArray;
  size_t srcPitch;
  size_t dstXInBytes;
  size_t dstY;
  SUmemorytype dstMemoryType;
  void* dstHost;
  SUdeviceptr dstDevice;
  SUarray dstArray;
  size_t dstPitch;
  size_t WidthInBytes;
  size_t Height;
} SUPA_MEMCPY2D_v2;
typedef SUPA_MEMCPY2D_v2 SUPA_MEMCPY2D;

/// Arguments of suMemcpy3D(); slices are `srcHeight` and `dstHeight` rows apart.
typedef struct SUPA_MEMCPY3D_st {
  size_t srcXInBytes;
  size_t srcY;
  size_t srcZ;
  size_t srcLOD;
  SUmemorytype srcMemoryType;
  const void* srcHost;
  SUdeviceptr srcDevice;
  SUarray srcArray;
  void* reserved0;
  size_t srcPitch;
  size_t srcHeight;
  size_t dstXInBytes;
  size_t dstY;
  size_t dstZ;
  size_t dstLOD;
  SUmemorytype dstMemoryType;
  void* dstHost;
  SUdeviceptr dstDevice;
  SUarray dstArray;
  void* reserved1;
  size_t dstPitch;
  size_t dstHeight;
  size_t WidthInBytes;
  size_t Height;
  size_t Depth;
} SUPA_MEMCPY3D_v2;
typedef SUPA_MEMCPY3D_v2 SUPA_MEMCPY3D;

typedef enum SUarray_format_enum {
  SU_AD_FORMAT_UNSIGNED_INT8 = 0x01,
  SU_AD_FORMAT_UNSIGNED_INT16 = 0x02,
  SU_AD_FORMAT_UNSIGNED_INT32 = 0x03,
  SU_AD_FORMAT_SIGNED_INT8 = 0x08,
  SU_AD_FORMAT_SIGNED_INT16 = 0x09,
  SU_AD_FORMAT_SIGNED_INT32 = 0x0a,
  SU_AD_FORMAT_HALF = 0x10,
  SU_AD_FORMAT_FLOAT = 0x20
} SUarray_format;

typedef struct SUPA_ARRAY_DESCRIPTOR_st {
  size_t Width;
  size_t Height;
  SUarray_format Format;
  unsigned int NumChannels;
} SUPA_ARRAY_DESCRIPTOR_v2;
typedef SUPA_ARRAY_DESCRIPTOR_v2 SUPA_ARRAY_DESCRIPTOR;

/// Physical memory that is created, mapped and shared by handle.
typedef unsigned long long SUmemGenericAllocationHandle_v1;
typedef SUmemGenericAllocationHandle_v1 SUmemGenericAllocationHandle;

typedef enum SUmemAllocationHandleType_enum {
  SU_MEM_HANDLE_TYPE_NONE = 0x0,
  SU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR = 0x1,
  SU_MEM_HANDLE_TYPE_WIN32 = 0x2,
  SU_MEM_HANDLE_TYPE_WIN32_KMT = 0x4,
  SU_MEM_HANDLE_TYPE_FABRIC = 0x8,
  SU_MEM_HANDLE_TYPE_MAX = 0x7FFFFFFF
} SUmemAllocationHandleType;

typedef enum SUmemAccess_flags_enum {
  SU_MEM_ACCESS_FLAGS_PROT_NONE = 0x0,
  SU_MEM_ACCESS_FLAGS_PROT_READ = 0x1,
  SU_MEM_ACCESS_FLAGS_PROT_READWRITE = 0x3,
  SU_MEM_ACCESS_FLAGS_PROT_MAX = 0x7FFFFFFF
} SUmemAccess_flags;

typedef enum SUmemLocationType_enum {
  SU_MEM_LOCATION_TYPE_INVALID = 0x0,
  SU_MEM_LOCATION_TYPE_DEVICE = 0x1,
  SU_MEM_LOCATION_TYPE_HOST = 0x2,
  SU_MEM_LOCATION_TYPE_HOST_NUMA = 0x3,
  SU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT = 0x4,
  SU_MEM_LOCATION_TYPE_MAX = 0x7FFFFFFF
} SUmemLocationType;

typedef enum SUmemAllocationType_enum {
  SU_MEM_ALLOCATION_TYPE_INVALID = 0x0,
  SU_MEM_ALLOCATION_TYPE_PINNED = 0x1,
  SU_MEM_ALLOCATION_TYPE_MAX = 0x7FFFFFFF
} SUmemAllocationType;

typedef enum SUmemAllocationGranularity_flags_enum {
  SU_MEM_ALLOC_GRANULARITY_MINIMUM = 0x0,
  SU_MEM_ALLOC_GRANULARITY_RECOMMENDED = 0x1
} SUmemAllocationGranularity_flags;

typedef enum SUmemRangeHandleType_enum {
  SU_MEM_RANGE_HANDLE_TYPE_DMA_BUF_FD = 0x1,
  SU_MEM_RANGE_HANDLE_TYPE_MAX = 0x7FFFFFFF
} SUmemRangeHandleType;

typedef struct SUmemLocation_st {
  SUmemLocationType type;
  int id;
} SUmemLocation_v1;
typedef SUmemLocation_v1 SUmemLocation;

/// What suMemCreate() makes.
typedef struct SUmemAllocationProp_st {
  SUmemAllocationType type;
  SUmemAllocationHandleType requestedHandleTypes;
  SUmemLocation location;
  void* win32HandleMetaData;
  struct {
    unsigned char compressionType;
    unsigned char gpuDirectRDMACapable;
    unsigned short usage;
    unsigned char reserved[4];
  } allocFlags;
} SUmemAllocationProp_v1;
typedef SUmemAllocationProp_v1 SUmemAllocationProp;

/// Who may use a mapping, and how.
typedef struct SUmemAccessDesc_st {
  SUmemLocation location;
  SUmemAccess_flags flags;
} SUmemAccessDesc_v1;
typedef SUmemAccessDesc_v1 SUmemAccessDesc;

typedef struct SUmemFabricHandle_st {
  unsigned char data[64];
} SUmemFabricHandle_v1;
typedef SUmemFabricHandle_v1 SUmemFabricHandle;

typedef enum SUmemPool_attribute_enum {
  SU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES = 1,
  SU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC = 2,
  SU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES = 3,
  SU_MEMPOOL_ATTR_RELEASE_THRESHOLD = 4,
  SU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT = 5,
  SU_MEMPOOL_ATTR_RESERVED_MEM_HIGH = 6,
  SU_MEMPOOL_ATTR_USED_MEM_CURRENT = 7,
  SU_MEMPOOL_ATTR_USED_MEM_HIGH = 8
} SUmemPool_attribute;

typedef struct SUmemPoolProps_st {
  SUmemAllocationType allocType;
  SUmemAllocationHandleType handleTypes;
  SUmemLocation location;
  void* win32SecurityAttributes;
  size_t maxSize;
  unsigned short usage;
  unsigned char reserved[54];
} SUmemPoolProps_v1;
typedef SUmemPoolProps_v1 SUmemPoolProps;

#endif  // SUPA_DRIVER_SU_MEMORY_TYPES_H_
