/// Runtime API: arrays, textures and surfaces. Not supported yet: the calls report
/// supaErrorNotSupported, except those that only describe a format.
#ifndef SUPA_RUNTIME_API_TEXTURE_H_
#define SUPA_RUNTIME_API_TEXTURE_H_

#include "../supa_driver_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// An element of up to four components with `x`, `y`, `z`, `w` bits.
struct supaChannelFormatDesc supaCreateChannelDesc(int x, int y, int z, int w,
                                                   enum supaChannelFormatKind kind);
supaError_t supaGetChannelDesc(struct supaChannelFormatDesc* desc, supaArray_const_t array);
supaError_t supaMallocArray(supaArray_t* array, const struct supaChannelFormatDesc* desc,
                            size_t width, size_t height OPENSUPA_DEFAULT(0),
                            unsigned int flags OPENSUPA_DEFAULT(0));
supaError_t supaMalloc3DArray(supaArray_t* array, const struct supaChannelFormatDesc* desc,
                              struct supaExtent extent, unsigned int flags OPENSUPA_DEFAULT(0));
supaError_t supaFreeArray(supaArray_t array);
supaError_t supaArrayGetInfo(struct supaChannelFormatDesc* desc, struct supaExtent* extent,
                             unsigned int* flags, supaArray_t array);
supaError_t supaMallocMipmappedArray(supaMipmappedArray_t* array,
                                     const struct supaChannelFormatDesc* desc,
                                     struct supaExtent extent, unsigned int num_levels,
                                     unsigned int flags OPENSUPA_DEFAULT(0));
supaError_t supaGetMipmappedArrayLevel(supaArray_t* level_array, supaMipmappedArray_const_t array,
                                       unsigned int level);
supaError_t supaFreeMipmappedArray(supaMipmappedArray_t array);
supaError_t supaMemcpy2DToArray(supaArray_t dst, size_t w_offset, size_t h_offset, const void* src,
                                size_t spitch, size_t width, size_t height,
                                enum supaMemcpyKind kind);
supaError_t supaMemcpy2DToArrayAsync(supaArray_t dst, size_t w_offset, size_t h_offset,
                                     const void* src, size_t spitch, size_t width, size_t height,
                                     enum supaMemcpyKind kind,
                                     supaStream_t stream OPENSUPA_DEFAULT(0));
supaError_t supaMemcpy2DFromArray(void* dst, size_t dpitch, supaArray_const_t src, size_t w_offset,
                                  size_t h_offset, size_t width, size_t height,
                                  enum supaMemcpyKind kind);
supaError_t supaMemcpy2DFromArrayAsync(void* dst, size_t dpitch, supaArray_const_t src,
                                       size_t w_offset, size_t h_offset, size_t width,
                                       size_t height, enum supaMemcpyKind kind,
                                       supaStream_t stream OPENSUPA_DEFAULT(0));
supaError_t supaMemcpy2DArrayToArray(
    supaArray_t dst, size_t w_offset_dst, size_t h_offset_dst, supaArray_const_t src,
    size_t w_offset_src, size_t h_offset_src, size_t width, size_t height,
    enum supaMemcpyKind kind OPENSUPA_DEFAULT(supaMemcpyDeviceToDevice));
supaError_t supaMemcpyToArray(supaArray_t dst, size_t w_offset, size_t h_offset, const void* src,
                              size_t count, enum supaMemcpyKind kind);
supaError_t supaMemcpyFromArray(void* dst, supaArray_const_t src, size_t w_offset, size_t h_offset,
                                size_t count, enum supaMemcpyKind kind);
supaError_t supaCreateTextureObject(supaTextureObject_t* object,
                                    const struct supaResourceDesc* resource,
                                    const struct supaTextureDesc* texture,
                                    const struct supaResourceViewDesc* view);
supaError_t supaDestroyTextureObject(supaTextureObject_t object);
supaError_t supaGetTextureObjectResourceDesc(struct supaResourceDesc* resource,
                                             supaTextureObject_t object);
supaError_t supaGetTextureObjectTextureDesc(struct supaTextureDesc* texture,
                                            supaTextureObject_t object);
supaError_t supaCreateSurfaceObject(supaSurfaceObject_t* object,
                                    const struct supaResourceDesc* resource);
supaError_t supaDestroySurfaceObject(supaSurfaceObject_t object);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_RUNTIME_API_TEXTURE_H_
