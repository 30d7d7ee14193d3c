/// Runtime API: device variables. `symbol` is the address of the host's shadow of a __device__ or
/// __constant__ variable; supa_runtime.h has forms that take the variable itself.
#ifndef SUPA_RUNTIME_API_SYMBOL_H_
#define SUPA_RUNTIME_API_SYMBOL_H_

#include "../supa_driver_types.h"

OPENSUPA_EXTERN_C_BEGIN

/// Copies `count` bytes to the variable, `offset` bytes from its start. supaErrorInvalidSymbol for
/// an address that is no variable; supaErrorInvalidValue past its end.
supaError_t supaMemcpyToSymbol(const void* symbol, const void* src, size_t count,
                               size_t offset OPENSUPA_DEFAULT(0),
                               enum supaMemcpyKind kind OPENSUPA_DEFAULT(supaMemcpyHostToDevice));
supaError_t supaMemcpyToSymbolAsync(const void* symbol, const void* src, size_t count,
                                    size_t offset, enum supaMemcpyKind kind,
                                    supaStream_t stream OPENSUPA_DEFAULT(0));
/// Copies from the variable, as above.
supaError_t supaMemcpyFromSymbol(void* dst, const void* symbol, size_t count,
                                 size_t offset OPENSUPA_DEFAULT(0),
                                 enum supaMemcpyKind kind OPENSUPA_DEFAULT(supaMemcpyDeviceToHost));
supaError_t supaMemcpyFromSymbolAsync(void* dst, const void* symbol, size_t count, size_t offset,
                                      enum supaMemcpyKind kind,
                                      supaStream_t stream OPENSUPA_DEFAULT(0));
/// Stores the variable's address on the current device, or its size in bytes.
supaError_t supaGetSymbolAddress(void** dev_ptr, const void* symbol);
supaError_t supaGetSymbolSize(size_t* size, const void* symbol);

OPENSUPA_EXTERN_C_END

#endif  // SUPA_RUNTIME_API_SYMBOL_H_
