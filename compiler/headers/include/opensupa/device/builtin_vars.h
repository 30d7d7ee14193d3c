/// threadIdx, blockIdx, blockDim, gridDim and warpSize.
#ifndef OPENSUPA_DEVICE_BUILTIN_VARS_H_
#define OPENSUPA_DEVICE_BUILTIN_VARS_H_
#pragma clang system_header

#include "opensupa/device/qualifiers.h"
#include "supa_vector_types.h"

#define __SUPA_COORDINATES__(name)                       \
  __SUPA_EXTERN__ unsigned int name##_x() __SUPA_PURE__; \
  __SUPA_EXTERN__ unsigned int name##_y() __SUPA_PURE__; \
  __SUPA_EXTERN__ unsigned int name##_z() __SUPA_PURE__;
__SUPA_COORDINATES__(__su_tid)
__SUPA_COORDINATES__(__su_ctaid)
__SUPA_COORDINATES__(__su_ntid)
__SUPA_COORDINATES__(__su_nctaid)
#undef __SUPA_COORDINATES__
__SUPA_EXTERN__ unsigned int __su_laneid() __SUPA_PURE__;
__SUPA_EXTERN__ unsigned int __su_linear_tid() __SUPA_PURE__;

/// Each variable is an object without storage: reading a component calls the extern of that
/// component, so only what a kernel reads costs anything.
#define __SUPA_COMPONENT__(component, extern_name)                           \
  __declspec(property(get = __supa_get_##component)) unsigned int component; \
  __SUPA_DEVICE_FN__ __SUPA_PURE__ unsigned int __supa_get_##component() {   \
    return extern_name##_##component();                                      \
  }

#define __SUPA_BUILTIN_VARIABLE__(variable, extern_name)                                      \
  struct __supa_##variable##_t {                                                              \
    __SUPA_COMPONENT__(x, extern_name)                                                        \
    __SUPA_COMPONENT__(y, extern_name)                                                        \
    __SUPA_COMPONENT__(z, extern_name)                                                        \
    __forceinline__ __attribute__((device)) operator dim3() const { return dim3(x, y, z); }   \
    __forceinline__ __attribute__((device)) operator uint3() const { return uint3{x, y, z}; } \
    __supa_##variable##_t() = delete;                                                         \
    __supa_##variable##_t(const __supa_##variable##_t&) = delete;                             \
    void operator=(const __supa_##variable##_t&) const = delete;                              \
  };                                                                                          \
  extern const __attribute__((device)) __attribute__((weak)) __supa_##variable##_t variable;

__SUPA_BUILTIN_VARIABLE__(threadIdx, __su_tid)
__SUPA_BUILTIN_VARIABLE__(blockIdx, __su_ctaid)
__SUPA_BUILTIN_VARIABLE__(blockDim, __su_ntid)
__SUPA_BUILTIN_VARIABLE__(gridDim, __su_nctaid)

#undef __SUPA_BUILTIN_VARIABLE__
#undef __SUPA_COMPONENT__

static constexpr __attribute__((device)) __attribute__((unused)) int warpSize = 32;

#endif  // OPENSUPA_DEVICE_BUILTIN_VARS_H_
