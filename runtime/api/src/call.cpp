#include "call.h"

#include <exception>

#include "absl/strings/str_cat.h"
#include "opensupa/base/log.h"

namespace opensupa::api {
namespace {

void Keep(const Status& status) {
  rt::ThreadState& thread = rt::Thread();
  thread.last_error_text = std::string(status.message());
  if (log::Enabled(log::Level::kInfo)) log::Write(log::Level::kInfo, rt::Thread().last_error_text);
}

}  // namespace

supaError_t Finish(const Status& status) {
  if (status.ok()) return supaSuccess;
  const supaError_t code = rt::RuntimeCode(status);
  rt::Thread().last_error = code;
  Keep(status);
  return code;
}

SUresult FinishDriver(const Status& status) {
  if (status.ok()) return SUPA_SUCCESS;
  Keep(status);
  return rt::DriverCode(status);
}

Status FromException() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return MakeError(supaErrorMemoryAllocation, "The host has no memory left.");
  } catch (const std::exception& error) {
    return MakeError(supaErrorUnknown, absl::StrCat("An internal error: ", error.what(), "."));
  } catch (...) {
    return MakeError(supaErrorUnknown, "An internal error of unknown kind.");
  }
}

Status NotNull(const void* pointer, const char* name) {
  if (pointer != nullptr) return absl::OkStatus();
  return MakeError(supaErrorInvalidValue, absl::StrCat("Parameter '", name, "' is null."));
}

void NotSupported(const char* name) {
  Keep(MakeError(supaErrorNotSupported, absl::StrCat(name, " is not supported by OpenSUPA.")));
  if (std::string_view(name).starts_with("supa")) rt::Thread().last_error = supaErrorNotSupported;
}

}  // namespace opensupa::api
