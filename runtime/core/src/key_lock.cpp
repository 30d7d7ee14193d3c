#include "key_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::rt {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;
using std::chrono::steady_clock;

// How long a waiting process sleeps between two looks.
constexpr microseconds kFirstPause{200};
constexpr microseconds kLongestPause{10'000};

Status SystemError(absl::string_view object, absl::string_view failed, int error) {
  const std::string text = absl::StrCat(object, " ", failed, ": ", std::strerror(error), ".");
  if (error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE) {
    return absl::ResourceExhaustedError(text);
  }
  return absl::PermissionDeniedError(text);
}

/// For the user alone, since the code in it is run.
Status MakeFolders(const fs::path& folder) {
  if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  if (errno == ENOENT && folder.has_parent_path() && folder.parent_path() != folder) {
    SUPA_RETURN_IF_ERROR(MakeFolders(folder.parent_path()));
    if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  }
  return SystemError(absl::StrCat("The folder '", folder.string(), "'"), "cannot be made", errno);
}

/// Whether `path` still names the open `file`.
bool IsNamed(int file, const fs::path& path) {
  struct stat opened = {}, named = {};
  return fstat(file, &opened) == 0 && lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Status MadeByAnother() { return absl::AlreadyExistsError("Another process has made the entry."); }

}  // namespace

StatusOr<KeyLock> KeyLock::Take(const fs::path& entry, std::chrono::milliseconds limit,
                                absl::FunctionRef<bool()> is_there) {
  OPENSUPA_FAULT_POINT("runtime.cache_lock");
  SUPA_RETURN_IF_ERROR(MakeFolders(entry.parent_path()));
  fs::path path = entry;
  path += kLockSuffix;
  const auto deadline = steady_clock::now() + limit;
  microseconds pause = kFirstPause;
  while (true) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
      return SystemError(absl::StrCat("The file '", path.string(), "'"), "cannot be made", errno);
    }
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
      KeyLock lock(entry, path, file);
      // The one before may have renamed or removed the file between the two calls.
      const bool ours = IsNamed(file, path);
      if (!ours) close(std::exchange(lock.file_, -1));
      if (is_there()) return MadeByAnother();
      if (ours) return lock;
      continue;
    }
    const int error = errno;
    close(file);
    if (error != EWOULDBLOCK && error != EINTR) {
      unlink(path.c_str());
      return SystemError(absl::StrCat("The file '", path.string(), "'"), "cannot be locked", error);
    }
    if (steady_clock::now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat("Another process has held '", path.string(),
                                                      "' for more than ", limit.count(), " ms."));
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
    if (is_there()) return MadeByAnother();
  }
}

KeyLock::KeyLock(KeyLock&& other) noexcept
    : entry_(std::move(other.entry_)),
      lock_(std::move(other.lock_)),
      file_(std::exchange(other.file_, -1)) {}

KeyLock::~KeyLock() {
  if (file_ < 0) return;
  unlink(lock_.c_str());
  close(file_);
}

Status KeyLock::Publish(std::span<const std::byte> bytes) {
  OPENSUPA_FAULT_POINT("runtime.cache_write");
  const std::string object = absl::StrCat("The file '", lock_.string(), "'");
  // A file beyond this limit would end the process by a signal.
  rlimit size_limit = {};
  if (getrlimit(RLIMIT_FSIZE, &size_limit) == 0 && bytes.size() > size_limit.rlim_cur) {
    return absl::ResourceExhaustedError(
        absl::StrCat(object, " of ", bytes.size(), " bytes would be larger than the limit of ",
                     size_limit.rlim_cur, " bytes that the process has for files."));
  }
  // A process that died may have left something in it.
  if (ftruncate(file_, 0) != 0) return SystemError(object, "cannot be emptied", errno);
  size_t done_bytes = 0;
  while (done_bytes < bytes.size()) {
    const ssize_t written = write(file_, bytes.data() + done_bytes, bytes.size() - done_bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return SystemError(object, "cannot be written", written < 0 ? errno : ENOSPC);
    done_bytes += static_cast<size_t>(written);
  }
  if (rename(lock_.c_str(), entry_.c_str()) != 0) {
    return SystemError(object, "cannot be put in place", errno);
  }
  close(std::exchange(file_, -1));
  return absl::OkStatus();
}

bool RemoveAbandonedLock(const fs::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return false;
  const bool removed =
      flock(file, LOCK_EX | LOCK_NB) == 0 && IsNamed(file, path) && unlink(path.c_str()) == 0;
  close(file);
  return removed;
}

}  // namespace opensupa::rt
