#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "opensupa/base/status.h"
#include "opensupa/binary/cache_entry.h"

namespace opensupa::rt {

/// A file in the folder of the kernel cache.
struct CachedFile {
  enum class Kind { kEntry, kLock };
  std::filesystem::path path;
  std::string name;  // of an entry: the file name of its key
  Kind kind = Kind::kEntry;
  uint64_t size_bytes = 0;
  int64_t used_ns = 0;  // when it was read or written last, since the epoch
};

/// The cache's files, least recently used first. Files that are not the cache's are left out. A
/// folder that is not there gives none.
std::vector<CachedFile> ListCacheFolder(const std::filesystem::path& folder);

/// Why an entry is read. kRun counts as a use, and refuses files that another user could have
/// written; so does kVerify, without being a use. kInspect reads whatever is there.
enum class ReadUse { kRun, kVerify, kInspect };

/// Reads an entry and checks it: that its bytes are whole and that it stands under the name of its
/// key.
StatusOr<binary::CacheEntry> ReadCacheEntry(const std::filesystem::path& path, ReadUse use);

struct TrimResult {
  uint64_t removed_entries = 0;
  uint64_t removed_bytes = 0;
  uint64_t left_bytes = 0;
};
/// Removes the least recently used entries until the rest takes at most nine tenths of `max_bytes`,
/// if they take more than `max_bytes` now, and lock files that dead processes left. One process
/// trims at a time; another one that comes meanwhile does nothing.
TrimResult TrimCacheFolder(const std::filesystem::path& folder, uint64_t max_bytes);

}  // namespace opensupa::rt
