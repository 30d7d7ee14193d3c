#include "opensupa/core/cache_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <span>

#include "absl/strings/str_cat.h"
#include "key_lock.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::rt {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNameDigits = 32;
constexpr size_t kPrefixDigits = 2;  // an entry stands in the folder of its first digits
constexpr int64_t kSecondNs = 1'000'000'000;
// How old a lock file is before it is looked at; a younger one is at work most likely.
constexpr int64_t kLockAgeNs = 600 * kSecondNs;
// A use is written down unless one was within this time, to spare the file system.
constexpr int64_t kUseNoticeNs = 60 * kSecondNs;

struct Closer {
  void operator()(DIR* folder) const { closedir(folder); }
};

int64_t NsOf(const timespec& time) { return time.tv_sec * kSecondNs + time.tv_nsec; }

int64_t NowNs() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return NsOf(now);
}

bool AreHexDigits(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void AddFiles(const fs::path& folder, const std::string& prefix, std::vector<CachedFile>& files) {
  const std::unique_ptr<DIR, Closer> directory(opendir(folder.c_str()));
  if (directory == nullptr) return;
  while (const dirent* item = readdir(directory.get())) {
    const std::string_view name = item->d_name;
    if (name.size() < kNameDigits || !name.starts_with(prefix) ||
        !AreHexDigits(name.substr(0, kNameDigits))) {
      continue;
    }
    const std::string_view suffix = name.substr(kNameDigits);
    if (!suffix.empty() && suffix != kLockSuffix) continue;
    struct stat info = {};
    if (fstatat(dirfd(directory.get()), item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode)) {
      continue;
    }
    files.push_back({folder / item->d_name, std::string(name.substr(0, kNameDigits)),
                     suffix.empty() ? CachedFile::Kind::kEntry : CachedFile::Kind::kLock,
                     static_cast<uint64_t>(info.st_size),
                     std::max(NsOf(info.st_atim), NsOf(info.st_mtim))});
  }
}

/// Closes its file at the end.
struct File {
  explicit File(int number) : number(number) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (number >= 0) close(number);
  }
  const int number;
};

Status CannotRead(const fs::path& path, int error) {
  const std::string text =
      absl::StrCat("The file '", path.string(), "' cannot be read: ", std::strerror(error), ".");
  // Where a folder of the path is no folder, there is no file either.
  const bool absent = error == ENOENT || error == ENOTDIR;
  return absent ? absl::NotFoundError(text) : absl::PermissionDeniedError(text);
}

void NoteUse(int file, const struct stat& info) {
  if (NowNs() - NsOf(info.st_atim) < kUseNoticeNs) return;
  const timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
  // Fails in a folder that is only readable, whose entries nobody trims.
  static_cast<void>(futimens(file, times));
}

Status CheckOwner(const fs::path& path, const struct stat& info) {
  const bool trusted = info.st_uid == geteuid() || info.st_uid == 0;
  if (trusted && (info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("The file '", path.string(), "' could have been written by another user (owner ",
                   info.st_uid, ", mode ", absl::Hex(info.st_mode & 07777), ")."));
}

StatusOr<std::vector<std::byte>> ReadAll(int file, const fs::path& path, size_t size_bytes) {
  std::vector<std::byte> bytes(size_bytes);
  size_t done_bytes = 0;
  while (done_bytes < bytes.size()) {
    const ssize_t got = read(file, bytes.data() + done_bytes, bytes.size() - done_bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead(path, errno);
    if (got == 0) break;
    done_bytes += static_cast<size_t>(got);
  }
  bytes.resize(done_bytes);
  return bytes;
}

}  // namespace

std::vector<CachedFile> ListCacheFolder(const fs::path& folder) {
  std::vector<CachedFile> files;
  const std::unique_ptr<DIR, Closer> directory(opendir(folder.c_str()));
  if (directory == nullptr) return files;
  while (const dirent* item = readdir(directory.get())) {
    const std::string name = item->d_name;
    if (name.size() == kPrefixDigits && AreHexDigits(name)) AddFiles(folder / name, name, files);
  }
  std::sort(files.begin(), files.end(), [](const CachedFile& a, const CachedFile& b) {
    return a.used_ns != b.used_ns ? a.used_ns < b.used_ns : a.name < b.name;
  });
  return files;
}

StatusOr<binary::CacheEntry> ReadCacheEntry(const fs::path& path, ReadUse use) {
  OPENSUPA_FAULT_POINT("runtime.read_file");
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info = {};
  if (file.number < 0 || fstat(file.number, &info) != 0) return CannotRead(path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::DataLossError(absl::StrCat("'", path.string(), "' is no plain file."));
  }
  if (use != ReadUse::kInspect) SUPA_RETURN_IF_ERROR(CheckOwner(path, info));
  SUPA_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes,
                        ReadAll(file.number, path, static_cast<size_t>(info.st_size)));
  StatusOr<binary::CacheEntry> entry = binary::ParseCacheEntry(bytes);
  if (!entry.ok()) {
    return WithContext(entry.status(), absl::StrCat("reading the file '", path.string(), "'"));
  }
  const std::string name = binary::ContentHash(std::as_bytes(std::span(entry->key)));
  if (path.filename() != name) {
    return absl::DataLossError(absl::StrCat("The file '", path.string(),
                                            "' holds what belongs under the name ", name, "."));
  }
  if (use == ReadUse::kRun) NoteUse(file.number, info);
  return entry;
}

TrimResult TrimCacheFolder(const fs::path& folder, uint64_t max_bytes) {
  TrimResult result;
  const File directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number < 0 || flock(directory.number, LOCK_EX | LOCK_NB) != 0) return result;
  const std::vector<CachedFile> files = ListCacheFolder(folder);
  for (const CachedFile& file : files) {
    if (file.kind == CachedFile::Kind::kEntry) {
      result.left_bytes += file.size_bytes;
    } else if (NowNs() - file.used_ns > kLockAgeNs) {
      RemoveAbandonedLock(file.path);
    }
  }
  if (result.left_bytes <= max_bytes) return result;
  const uint64_t wanted_bytes = max_bytes / 10 * 9;
  for (const CachedFile& file : files) {
    if (result.left_bytes <= wanted_bytes) break;
    if (file.kind != CachedFile::Kind::kEntry || unlink(file.path.c_str()) != 0) continue;
    result.removed_entries += 1;
    result.removed_bytes += file.size_bytes;
    result.left_bytes -= file.size_bytes;
  }
  return result;
}

}  // namespace opensupa::rt
