/// The SUPA runtime API, with the typed forms C++ callers use.
#ifndef SUPA_RUNTIME_H_
#define SUPA_RUNTIME_H_

#include "runtime/supa_runtime_api.h"
#include "supa_vector_functions.h"

#ifdef __cplusplus
#include "runtime/supa_runtime_templates.h"
#else
#include "runtime/supa_make_functions.h"
#endif

#endif  // SUPA_RUNTIME_H_
