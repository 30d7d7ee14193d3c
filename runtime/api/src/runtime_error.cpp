#include "absl/strings/str_format.h"
#include "call.h"
#include "opensupa/spec/driver_lookup.h"
#include "opensupa/spec/error_names.h"

namespace opensupa::api {
namespace {

constexpr int kRuntimeVersion = SUPA_VERSION;

/// The sticky error of the current context, without making one.
supaError_t StickyError() {
  const rt::ThreadState& thread = rt::Thread();
  if (thread.contexts.empty() || thread.contexts.back()->destroyed()) return supaSuccess;
  return thread.contexts.back()->sticky_error();
}

}  // namespace

supaError_t supaGetLastError(void) {
  rt::ThreadState& thread = rt::Thread();
  const supaError_t sticky = StickyError();
  const supaError_t last = thread.last_error;
  thread.last_error = supaSuccess;
  return sticky != supaSuccess ? sticky : last;
}

supaError_t supaPeekAtLastError(void) {
  const supaError_t sticky = StickyError();
  return sticky != supaSuccess ? sticky : rt::Thread().last_error;
}

const char* supaGetErrorName(supaError_t error) {
  const char* name = ErrorName(error);
  return name != nullptr ? name : "unrecognized error code";
}

const char* supaGetErrorString(supaError_t error) {
  const char* text = ErrorText(error);
  return text != nullptr ? text : "unrecognized error code";
}

supaError_t supaDriverGetVersion(int* version) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(version, "version"));
    *version = kRuntimeVersion;
    return absl::OkStatus();
  });
}

supaError_t supaRuntimeGetVersion(int* version) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(version, "version"));
    *version = kRuntimeVersion;
    return absl::OkStatus();
  });
}

supaError_t supaGetDriverEntryPoint(const char* symbol, void** function, unsigned long long flags,
                                    enum supaDriverEntryPointQueryResult* result) {
  return Call([&]() -> Status {
    SUPA_RETURN_IF_ERROR(NotNull(symbol, "symbol"));
    SUPA_RETURN_IF_ERROR(NotNull(function, "function"));
    if (flags > supaEnablePerThreadDefaultStream) {
      return MakeError(supaErrorInvalidValue, absl::StrFormat("Flags %#x are unknown.", flags));
    }
    *function = FindDriverFunction(symbol, flags == supaEnablePerThreadDefaultStream);
    if (result != nullptr) {
      *result =
          *function != nullptr ? supaDriverEntryPointSuccess : supaDriverEntryPointSymbolNotFound;
      return absl::OkStatus();
    }
    if (*function != nullptr) return absl::OkStatus();
    return MakeError(supaErrorSymbolNotFound,
                     absl::StrFormat("The driver has no function '%s'.", symbol));
  });
}

supaError_t supaGetDriverEntryPointByVersion(const char* symbol, void** function, unsigned int,
                                             unsigned long long flags,
                                             enum supaDriverEntryPointQueryResult* result) {
  return api::supaGetDriverEntryPoint(symbol, function, flags, result);
}

supaError_t supaProfilerStart(void) { return supaSuccess; }
supaError_t supaProfilerStop(void) { return supaSuccess; }

// Names of the first CUDA releases.
supaError_t supaThreadExit(void) { return api::supaDeviceReset(); }
supaError_t supaThreadSynchronize(void) { return api::supaDeviceSynchronize(); }
supaError_t supaThreadSetLimit(enum supaLimit limit, size_t value) {
  return api::supaDeviceSetLimit(limit, value);
}
supaError_t supaThreadGetLimit(size_t* value, enum supaLimit limit) {
  return api::supaDeviceGetLimit(value, limit);
}
supaError_t supaThreadSetCacheConfig(enum supaFuncCache config) {
  return api::supaDeviceSetCacheConfig(config);
}
supaError_t supaThreadGetCacheConfig(enum supaFuncCache* config) {
  return api::supaDeviceGetCacheConfig(config);
}

}  // namespace opensupa::api
