/// make_supaExtent(), make_supaPitchedPtr() and make_supaPos().
#ifndef SUPA_RUNTIME_MAKE_FUNCTIONS_H_
#define SUPA_RUNTIME_MAKE_FUNCTIONS_H_

#include "supa_memory_types.h"

#define OPENSUPA_MAKE static __inline__ OPENSUPA_HOST_DEVICE __attribute__((unused))

/// A pitched pointer: `pitch` and `width` in bytes, `height` in rows.
OPENSUPA_MAKE struct supaPitchedPtr make_supaPitchedPtr(void* ptr, size_t pitch, size_t width,
                                                        size_t height) {
  struct supaPitchedPtr result;
  result.ptr = ptr;
  result.pitch = pitch;
  result.xsize = width;
  result.ysize = height;
  return result;
}

OPENSUPA_MAKE struct supaPos make_supaPos(size_t x, size_t y, size_t z) {
  struct supaPos result;
  result.x = x;
  result.y = y;
  result.z = z;
  return result;
}

OPENSUPA_MAKE struct supaExtent make_supaExtent(size_t width, size_t height, size_t depth) {
  struct supaExtent result;
  result.width = width;
  result.height = height;
  result.depth = depth;
  return result;
}

#undef OPENSUPA_MAKE

#endif  // SUPA_RUNTIME_MAKE_FUNCTIONS_H_
