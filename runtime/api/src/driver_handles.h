#pragma once

#include <memory>

#include "call.h"
#include "opensupa/core/module.h"

/// Objects behind the handles of the driver API.
namespace opensupa::api {

SUcontext HandleOf(const rt::Context& context);
/// supaErrorDeviceUninitialized (SUPA_ERROR_INVALID_CONTEXT) when `handle` is no live context.
StatusOr<std::shared_ptr<rt::Context>> FindContext(SUcontext handle);
/// supaErrorInvalidResourceHandle when `handle` is no kernel of a loaded module.
StatusOr<std::shared_ptr<rt::Function>> FindFunction(SUfunction handle);

/// Runs `body(stream)` for the stream behind `handle`.
template <typename Body>
SUresult WithStream(SUstream handle, Body&& body) noexcept {
  return CallDriver([&]() -> Status {
    SUPA_ASSIGN_OR_RETURN(rt::Context * context, CurrentDriver());
    SUPA_ASSIGN_OR_RETURN(std::shared_ptr<rt::Stream> stream, rt::FindStream(*context, handle));
    return body(*stream);
  });
}

}  // namespace opensupa::api
