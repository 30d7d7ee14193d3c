/// Textures and surfaces as the runtime API describes them. Sources that name them compile; the
/// calls that create them report supaErrorNotSupported.
#ifndef SUPA_RUNTIME_TEXTURE_TYPES_H_
#define SUPA_RUNTIME_TEXTURE_TYPES_H_

#include "supa_memory_types.h"

#define supaTextureType1D 0x01
#define supaTextureType2D 0x02
#define supaTextureType3D 0x03
#define supaTextureTypeCubemap 0x0C
#define supaTextureType1DLayered 0xF1
#define supaTextureType2DLayered 0xF2
#define supaTextureTypeCubemapLayered 0xFC

enum supaTextureAddressMode {
  supaAddressModeWrap = 0,
  supaAddressModeClamp = 1,
  supaAddressModeMirror = 2,
  supaAddressModeBorder = 3
};

enum supaTextureFilterMode { supaFilterModePoint = 0, supaFilterModeLinear = 1 };

enum supaTextureReadMode { supaReadModeElementType = 0, supaReadModeNormalizedFloat = 1 };

enum supaSurfaceBoundaryMode {
  supaBoundaryModeZero = 0,
  supaBoundaryModeClamp = 1,
  supaBoundaryModeTrap = 2
};

struct supaTextureDesc {
  enum supaTextureAddressMode addressMode[3];
  enum supaTextureFilterMode filterMode;
  enum supaTextureReadMode readMode;
  int sRGB;
  float borderColor[4];
  int normalizedCoords;
  unsigned int maxAnisotropy;
  enum supaTextureFilterMode mipmapFilterMode;
  float mipmapLevelBias;
  float minMipmapLevelClamp;
  float maxMipmapLevelClamp;
  int disableTrilinearOptimization;
  int seamlessCubemap;
};

enum supaResourceType {
  supaResourceTypeArray = 0x00,
  supaResourceTypeMipmappedArray = 0x01,
  supaResourceTypeLinear = 0x02,
  supaResourceTypePitch2D = 0x03
};

enum supaResourceViewFormat { supaResViewFormatNone = 0x00 };

/// What a texture or surface reads; sizes in bytes, width and height in elements.
struct supaResourceDesc {
  enum supaResourceType resType;
  union {
    struct {
      supaArray_t array;
    } array;
    struct {
      supaMipmappedArray_t mipmap;
    } mipmap;
    struct {
      void* devPtr;
      struct supaChannelFormatDesc desc;
      size_t sizeInBytes;
    } linear;
    struct {
      void* devPtr;
      struct supaChannelFormatDesc desc;
      size_t width;
      size_t height;
      size_t pitchInBytes;
    } pitch2D;
  } res;
};

struct supaResourceViewDesc {
  enum supaResourceViewFormat format;
  size_t width;
  size_t height;
  size_t depth;
  unsigned int firstMipmapLevel;
  unsigned int lastMipmapLevel;
  unsigned int firstLayer;
  unsigned int lastLayer;
};

typedef unsigned long long supaTextureObject_t;
typedef unsigned long long supaSurfaceObject_t;

#ifndef __cplusplus
typedef struct supaTextureDesc supaTextureDesc;
typedef struct supaResourceDesc supaResourceDesc;
typedef struct supaResourceViewDesc supaResourceViewDesc;
#endif

#endif  // SUPA_RUNTIME_TEXTURE_TYPES_H_
