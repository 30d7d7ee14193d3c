#include "absl/strings/str_format.h"
#include "call.h"
#include "opensupa/spec/driver_lookup.h"
#include "opensupa/spec/error_names.h"

namespace opensupa::api {

SUresult suInit(unsigned int flags) {
  try {
    if (flags != 0) {
      return FinishDriver(MakeError(supaErrorInvalidValue,
                                    absl::StrFormat("Flags %#x of suInit are not 0.", flags)));
    }
    return FinishDriver(Process().Initialize());
  } catch (...) {
    return FinishDriver(FromException());
  }
}

SUresult suDriverGetVersion(int* version) {
  if (version == nullptr) return FinishDriver(NotNull(version, "version"));
  *version = SUPA_VERSION;
  return SUPA_SUCCESS;
}

SUresult suGetErrorName(SUresult error, const char** name) {
  if (name == nullptr) return FinishDriver(NotNull(name, "name"));
  *name = ErrorName(error);
  return *name != nullptr ? SUPA_SUCCESS : SUPA_ERROR_INVALID_VALUE;
}

SUresult suGetErrorString(SUresult error, const char** text) {
  if (text == nullptr) return FinishDriver(NotNull(text, "text"));
  *text = ErrorText(error);
  return *text != nullptr ? SUPA_SUCCESS : SUPA_ERROR_INVALID_VALUE;
}

// Needs no suInit: a loader looks suInit itself up this way.
SUresult suGetProcAddress(const char* symbol, void** function, int version,
                          SUdriverProcAddress_flags_t flags,
                          SUdriverProcAddressQueryResult* result) {
  try {
    if (Status status = NotNull(symbol, "symbol"); !status.ok()) return FinishDriver(status);
    if (Status status = NotNull(function, "function"); !status.ok()) return FinishDriver(status);
    *function = nullptr;
    if (version <= 0 || flags > SU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM) {
      return FinishDriver(
          MakeError(supaErrorInvalidValue,
                    absl::StrFormat("Version %d or flags %#x are wrong.", version, flags)));
    }
    *function = FindDriverFunction(symbol, flags == SU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM);
    if (result != nullptr) {
      *result =
          *function != nullptr ? SU_GET_PROC_ADDRESS_SUCCESS : SU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
    }
    if (*function != nullptr) return SUPA_SUCCESS;
    return FinishDriver(MakeError(supaErrorSymbolNotFound,
                                  absl::StrFormat("The driver has no function '%s'.", symbol)));
  } catch (...) {
    return FinishDriver(FromException());
  }
}

SUresult suProfilerStart(void) {
  return CallDriver([]() -> Status { return CurrentDriver().status(); });
}

SUresult suProfilerStop(void) {
  return CallDriver([]() -> Status { return CurrentDriver().status(); });
}

}  // namespace opensupa::api
