#include "opensupa/base/status.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace opensupa {

Status WithContext(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  Status result(status.code(), absl::StrCat(status.message(), "; while ",
                                            absl::string_view(context.data(), context.size())));
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  return result;
}

}  // namespace opensupa
