#include "opensupa/base/status.h"

#include "absl/strings/str_cat.h"

namespace opensupa {

Status WithContext(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  Status result(status.code(), absl::StrCat(status.message(), "; while ", context));
  status.ForEachPayload(
      [&](std::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  return result;
}

}  // namespace opensupa
