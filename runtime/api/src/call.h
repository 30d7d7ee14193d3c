#pragma once

#include <new>
#include <utility>

#include "opensupa/base/status.h"
#include "opensupa/core/error.h"
#include "opensupa/core/runtime.h"
#include "opensupa/core/thread_state.h"
#include "opensupa/spec/impl_decls.h"

/// What every entry point does around its body: no exception leaves it, and the outcome becomes a
/// public code.
namespace opensupa::api {

using rt::MakeError;

/// The runtime code of `status`; an error also becomes the thread's last error, with its text.
supaError_t Finish(const Status& status);
/// The driver code of `status`; its text is kept for the thread, but the driver has no last error.
SUresult FinishDriver(const Status& status);
/// Runtime code for an exception under way.
Status FromException() noexcept;

/// Runs `body`, which returns a Status, for a function of the runtime API.
template <typename Body>
supaError_t Call(Body&& body) noexcept {
  try {
    return Finish(std::forward<Body>(body)());
  } catch (...) {
    return Finish(FromException());
  }
}

/// Runs `body`, which returns a Status, for a function of the driver API.
/// SUPA_ERROR_NOT_INITIALIZED before suInit.
template <typename Body>
SUresult CallDriver(Body&& body) noexcept {
  try {
    if (!rt::Runtime::Process().initialized()) {
      return FinishDriver(MakeError(supaErrorInitializationError, "suInit was not called."));
    }
    return FinishDriver(std::forward<Body>(body)());
  } catch (...) {
    return FinishDriver(FromException());
  }
}

/// supaErrorInvalidValue unless `pointer` is set; `name` is the parameter's.
Status NotNull(const void* pointer, const char* name);

/// The process's runtime.
inline rt::Runtime& Process() { return rt::Runtime::Process(); }

/// The healthy context for a call of the runtime API: created at need, sticky errors returned.
inline StatusOr<rt::Context*> Current() {
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, rt::RuntimeContext(Process()));
  SUPA_RETURN_IF_ERROR(context->CheckHealth());
  return context;
}
/// The healthy context for a call of the driver API.
inline StatusOr<rt::Context*> CurrentDriver() {
  SUPA_ASSIGN_OR_RETURN(rt::Context * context, rt::DriverContext(Process()));
  SUPA_RETURN_IF_ERROR(context->CheckHealth());
  return context;
}

}  // namespace opensupa::api
