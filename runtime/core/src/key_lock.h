#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <span>

#include "absl/functional/function_ref.h"
#include "opensupa/base/status.h"

namespace opensupa::rt {

/// Name of the lock file beside an entry.
inline constexpr char kLockSuffix[] = ".lock";

/// The right to make one entry of the cache, held by one process (and thread) at a time. It is a
/// locked file beside the entry, which is also where the entry is written: publishing renames it
/// into place, so that nothing is left over. The system drops the lock of a process that dies, and
/// the next one takes over the file that it left. Movable.
class KeyLock {
 public:
  /// Makes missing folders and waits for the right. kAlreadyExists when `is_there`, asked from time
  /// to time and once more with the right in hand, says that another process has made the entry;
  /// kDeadlineExceeded when one holds the right for longer than `limit`; kPermissionDenied or
  /// kResourceExhausted when no lock file can be made.
  static StatusOr<KeyLock> Take(const std::filesystem::path& entry, std::chrono::milliseconds limit,
                                absl::FunctionRef<bool()> is_there);
  KeyLock(KeyLock&& other) noexcept;
  KeyLock& operator=(KeyLock&&) = delete;
  /// Removes the lock file unless it was published.
  ~KeyLock();

  /// Puts `bytes` in place as the entry, in one step as seen from other processes; ends the right.
  Status Publish(std::span<const std::byte> bytes);

 private:
  KeyLock(std::filesystem::path entry, std::filesystem::path lock, int file)
      : entry_(std::move(entry)), lock_(std::move(lock)), file_(file) {}

  std::filesystem::path entry_, lock_;
  int file_ = -1;
};

/// Removes the lock file at `path` unless a process holds it. True when it was removed.
bool RemoveAbandonedLock(const std::filesystem::path& path);

}  // namespace opensupa::rt
