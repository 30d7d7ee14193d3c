#include "opensupa/core/cache_key.h"

#include <span>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::rt {

std::string CacheKey::Text() const {
  return absl::StrCat("kind=", kind, "\ncompiler=", compiler, "\ntarget=", target,
                      "\ndevice_abi=", device_abi, "\noptions=", options, "\ninput=", input);
}

std::string CacheKey::FileName() const {
  const std::string text = Text();
  return binary::ContentHash(std::as_bytes(std::span(text)));
}

StatusOr<CacheKey> CacheKey::Parse(std::string_view text) {
  CacheKey key;
  std::string device_abi;
  const std::pair<std::string_view, std::string*> members[] = {
      {"kind", &key.kind},         {"compiler", &key.compiler}, {"target", &key.target},
      {"device_abi", &device_abi}, {"options", &key.options},   {"input", &key.input}};
  const std::vector<std::string> lines =
      absl::StrSplit(absl::string_view(text.data(), text.size()), '\n');
  bool fits = lines.size() == std::size(members);
  for (size_t i = 0; fits && i < lines.size(); ++i) {
    const auto& [name, value] = members[i];
    fits = lines[i].starts_with(absl::StrCat(absl::string_view(name.data(), name.size()), "="));
    if (fits) *value = lines[i].substr(name.size() + 1);
  }
  if (!fits || !absl::SimpleAtoi(device_abi, &key.device_abi)) {
    return absl::DataLossError(absl::StrCat("A cache entry has the key '",
                                            absl::string_view(text.data(), text.size()),
                                            "', which is no key of this version."));
  }
  return key;
}

}  // namespace opensupa::rt
