#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "opensupa/base/status.h"
#include "opensupa/core/cache_key.h"

namespace opensupa::rt {

/// Files named by the hash of what they were made from, see docs/cache.md. An entry is published by
/// renaming and made by one process at a time, so many processes may use one folder. A damaged
/// entry, one of another key and one that another user could have written count as absent, with a
/// warning. A folder that cannot be written costs one warning and nothing else. Thread safe.
class KernelCache {
  enum class Complain { kNo, kYes };

 public:
  /// Empty `folder`: neither reads nor writes. `max_bytes` bounds the entries together.
  explicit KernelCache(std::filesystem::path folder, uint64_t max_bytes = kDefaultMaxBytes)
      : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  static constexpr uint64_t kDefaultMaxBytes = uint64_t{1} << 30;
  /// The folder that the options ask for, empty when they switch the cache off.
  static std::filesystem::path FolderFromOptions();
  /// The size that the options ask for; a value that cannot be used is reported and passed over.
  static uint64_t MaxBytesFromOptions();

  const std::filesystem::path& folder() const { return folder_; }
  uint64_t max_bytes() const { return max_bytes_; }
  bool enabled() const { return !folder_.empty(); }
  /// OK when a file can be made in the folder.
  Status CheckWritable() const;

  struct Made {
    std::vector<std::byte> bytes;
    std::string log;  // of the maker, empty when nothing was made
  };
  /// The entry of `key`; calls `make` and keeps the result when there is none, or when `fresh` says
  /// that the one there is of no use. Of all processes that ask at one time, one makes it and the
  /// others wait. `source` names the translation unit for people.
  StatusOr<Made> GetOrMake(const CacheKey& key, absl::string_view source, bool fresh,
                           absl::FunctionRef<StatusOr<Made>()> make);

  /// How often GetOrMake has called `make` with success.
  uint64_t made_count() const { return made_count_.load(std::memory_order_relaxed); }

  std::optional<std::vector<std::byte>> Read(const CacheKey& key) {
    return Read(key, Complain::kYes);
  }
  /// Keeps what was made elsewhere. kAlreadyExists when there is an entry.
  Status Write(const CacheKey& key, absl::string_view source, uint64_t made_us,
               std::span<const std::byte> bytes);

 private:
  std::filesystem::path PathOf(const CacheKey& key) const;
  std::optional<std::vector<std::byte>> Read(const CacheKey& key, Complain complain);
  /// An entry too large for the cache is refused.
  Status CheckSize(absl::string_view source, size_t size_bytes) const;

  std::filesystem::path folder_;
  uint64_t max_bytes_;
  std::atomic<uint64_t> made_count_{0};
  std::atomic<bool> warned_{false};
};

/// Bytes of the file at `path`.
StatusOr<std::vector<std::byte>> ReadFile(const std::filesystem::path& path);

}  // namespace opensupa::rt
