#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>
#include "absl/strings/string_view.h"

#include "opensupa/base/status.h"

namespace opensupa::rt {

/// Files named by the hash of what they were made from. A file is published by renaming, so many
/// processes may use one folder; a damaged file counts as absent. A folder that cannot be written
/// costs one warning and nothing else. Thread safe.
class KernelCache {
 public:
  /// Empty `folder`: neither reads nor writes.
  explicit KernelCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// The folder that the options ask for, empty when they switch the cache off.
  static std::filesystem::path FolderFromOptions();

  const std::filesystem::path& folder() const { return folder_; }
  bool enabled() const { return !folder_.empty(); }
  /// OK when a file can be made in the folder.
  Status CheckWritable() const;

  std::optional<std::vector<std::byte>> Read(absl::string_view key) const;
  void Write(absl::string_view key, std::span<const std::byte> bytes);
  /// Takes out a file that turned out to be unusable.
  void Erase(absl::string_view key);

 private:
  std::filesystem::path PathOf(absl::string_view key) const;
  Status Publish(absl::string_view key, std::span<const std::byte> bytes) const;

  std::filesystem::path folder_;
  std::atomic<bool> warned_{false};
};

/// Bytes of the file at `path`.
StatusOr<std::vector<std::byte>> ReadFile(const std::filesystem::path& path);

}  // namespace opensupa::rt
