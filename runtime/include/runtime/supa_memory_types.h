/// Memory as the runtime API describes it: copies, pitched and array memory, pointers, pools.
#ifndef SUPA_RUNTIME_MEMORY_TYPES_H_
#define SUPA_RUNTIME_MEMORY_TYPES_H_

#include "../supa_host_defines.h"

enum supaMemcpyKind {
  supaMemcpyHostToHost = 0,
  supaMemcpyHostToDevice = 1,
  supaMemcpyDeviceToHost = 2,
  supaMemcpyDeviceToDevice = 3,
  supaMemcpyDefault = 4  ///< the direction follows from the two addresses
};

enum supaMemoryType {
  supaMemoryTypeUnregistered = 0,
  supaMemoryTypeHost = 1,
  supaMemoryTypeDevice = 2,
  supaMemoryTypeManaged = 3
};

/// What supaPointerGetAttributes() says of an address.
struct supaPointerAttributes {
  enum supaMemoryType type;
  int device;           ///< device that owns the memory, or was current when it was registered
  void* devicePointer;  ///< address for kernels, null if they cannot reach the memory
  void* hostPointer;    ///< address for the host, null if it cannot reach the memory
};
#ifndef __cplusplus
typedef struct supaPointerAttributes supaPointerAttributes;
#endif

/// Flags of supaHostAlloc().
#define supaHostAllocDefault 0x00
#define supaHostAllocPortable 0x01
#define supaHostAllocMapped 0x02
#define supaHostAllocWriteCombined 0x04

/// Flags of supaHostRegister().
#define supaHostRegisterDefault 0x00
#define supaHostRegisterPortable 0x01
#define supaHostRegisterMapped 0x02
#define supaHostRegisterIoMemory 0x04
#define supaHostRegisterReadOnly 0x08

/// Flags of supaMallocManaged() and supaStreamAttachMemAsync().
#define supaMemAttachGlobal 0x01
#define supaMemAttachHost 0x02
#define supaMemAttachSingle 0x04

#define supaPeerAccessDefault 0x00

enum supaMemoryAdvise {
  supaMemAdviseSetReadMostly = 1,
  supaMemAdviseUnsetReadMostly = 2,
  supaMemAdviseSetPreferredLocation = 3,
  supaMemAdviseUnsetPreferredLocation = 4,
  supaMemAdviseSetAccessedBy = 5,
  supaMemAdviseUnsetAccessedBy = 6
};

enum supaMemRangeAttribute {
  supaMemRangeAttributeReadMostly = 1,
  supaMemRangeAttributePreferredLocation = 2,
  supaMemRangeAttributeAccessedBy = 3,
  supaMemRangeAttributeLastPrefetchLocation = 4,
  supaMemRangeAttributePreferredLocationType = 5,
  supaMemRangeAttributePreferredLocationId = 6,
  supaMemRangeAttributeLastPrefetchLocationType = 7,
  supaMemRangeAttributeLastPrefetchLocationId = 8
};

/// Pitched memory: `pitch` and `xsize` in bytes (`xsize` in elements for arrays), `ysize` in rows.
struct supaPitchedPtr {
  void* ptr;
  size_t pitch;
  size_t xsize;
  size_t ysize;
};

/// Size of a box: `width` in bytes (elements if an array takes part), `height` and `depth` in rows
/// and slices.
struct supaExtent {
  size_t width;
  size_t height;
  size_t depth;
};

struct supaPos {
  size_t x;
  size_t y;
  size_t z;
};

enum supaChannelFormatKind {
  supaChannelFormatKindSigned = 0,
  supaChannelFormatKindUnsigned = 1,
  supaChannelFormatKindFloat = 2,
  supaChannelFormatKindNone = 3,
  supaChannelFormatKindNV12 = 4
};

/// Element of an array: bits per component and their kind.
struct supaChannelFormatDesc {
  int x;
  int y;
  int z;
  int w;
  enum supaChannelFormatKind f;
};

struct supaArray;
typedef struct supaArray* supaArray_t;
typedef const struct supaArray* supaArray_const_t;
struct supaMipmappedArray;
typedef struct supaMipmappedArray* supaMipmappedArray_t;
typedef const struct supaMipmappedArray* supaMipmappedArray_const_t;

#define supaArrayDefault 0x00
#define supaArrayLayered 0x01
#define supaArraySurfaceLoadStore 0x02
#define supaArrayCubemap 0x04
#define supaArrayTextureGather 0x08

/// Arguments of supaMemcpy3D(). Of each side exactly one of array and pointer is set.
struct supaMemcpy3DParms {
  supaArray_t srcArray;
  struct supaPos srcPos;
  struct supaPitchedPtr srcPtr;
  supaArray_t dstArray;
  struct supaPos dstPos;
  struct supaPitchedPtr dstPtr;
  struct supaExtent extent;
  enum supaMemcpyKind kind;
};

struct supaMemcpy3DPeerParms {
  supaArray_t srcArray;
  struct supaPos srcPos;
  struct supaPitchedPtr srcPtr;
  int srcDevice;
  supaArray_t dstArray;
  struct supaPos dstPos;
  struct supaPitchedPtr dstPtr;
  int dstDevice;
  struct supaExtent extent;
};

enum supaMemLocationType {
  supaMemLocationTypeInvalid = 0,
  supaMemLocationTypeDevice = 1,
  supaMemLocationTypeHost = 2,
  supaMemLocationTypeHostNuma = 3,
  supaMemLocationTypeHostNumaCurrent = 4
};

struct supaMemLocation {
  enum supaMemLocationType type;
  int id;
};

enum supaMemAccessFlags {
  supaMemAccessFlagsProtNone = 0,
  supaMemAccessFlagsProtRead = 1,
  supaMemAccessFlagsProtReadWrite = 3
};

struct supaMemAccessDesc {
  struct supaMemLocation location;
  enum supaMemAccessFlags flags;
};

enum supaMemAllocationType {
  supaMemAllocationTypeInvalid = 0x0,
  supaMemAllocationTypePinned = 0x1,
  supaMemAllocationTypeMax = 0x7FFFFFFF
};

enum supaMemAllocationHandleType {
  supaMemHandleTypeNone = 0x0,
  supaMemHandleTypePosixFileDescriptor = 0x1,
  supaMemHandleTypeWin32 = 0x2,
  supaMemHandleTypeWin32Kmt = 0x4,
  supaMemHandleTypeFabric = 0x8
};

struct SUmemPoolHandle_st;
typedef struct SUmemPoolHandle_st* supaMemPool_t;

struct supaMemPoolProps {
  enum supaMemAllocationType allocType;
  enum supaMemAllocationHandleType handleTypes;
  struct supaMemLocation location;
  void* win32SecurityAttributes;
  size_t maxSize;
  unsigned short usage;
  unsigned char reserved[54];
};

enum supaMemPoolAttr {
  supaMemPoolReuseFollowEventDependencies = 0x1,
  supaMemPoolReuseAllowOpportunistic = 0x2,
  supaMemPoolReuseAllowInternalDependencies = 0x3,
  supaMemPoolAttrReleaseThreshold = 0x4,
  supaMemPoolAttrReservedMemCurrent = 0x5,
  supaMemPoolAttrReservedMemHigh = 0x6,
  supaMemPoolAttrUsedMemCurrent = 0x7,
  supaMemPoolAttrUsedMemHigh = 0x8
};

struct supaMemPoolPtrExportData {
  unsigned char reserved[64];
};

/// Handles of memory and events for other processes; plain bytes.
#define SUPA_IPC_HANDLE_SIZE 64
typedef struct supaIpcMemHandle_st {
  char reserved[SUPA_IPC_HANDLE_SIZE];
} supaIpcMemHandle_t;
typedef struct supaIpcEventHandle_st {
  char reserved[SUPA_IPC_HANDLE_SIZE];
} supaIpcEventHandle_t;
#define supaIpcMemLazyEnablePeerAccess 0x01

#ifndef __cplusplus
typedef struct supaPitchedPtr supaPitchedPtr;
typedef struct supaExtent supaExtent;
typedef struct supaPos supaPos;
typedef struct supaChannelFormatDesc supaChannelFormatDesc;
typedef struct supaMemcpy3DParms supaMemcpy3DParms;
typedef struct supaMemcpy3DPeerParms supaMemcpy3DPeerParms;
typedef struct supaMemLocation supaMemLocation;
typedef struct supaMemAccessDesc supaMemAccessDesc;
typedef struct supaMemPoolProps supaMemPoolProps;
typedef struct supaMemPoolPtrExportData supaMemPoolPtrExportData;
#endif

#endif  // SUPA_RUNTIME_MEMORY_TYPES_H_
