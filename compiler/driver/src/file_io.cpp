#include "file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "opensupa/base/fault_point.h"

namespace opensupa::cc {
namespace {

Status SystemError(const std::string& what, const std::string& path) {
  const int error = errno;
  const std::string text = absl::StrCat(what, " '", path, "': ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(text) : absl::InternalError(text);
}

Status WriteAll(int descriptor, const char* data, size_t size_bytes, const std::string& path) {
  while (size_bytes > 0) {
    const ssize_t written = write(descriptor, data, size_bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return SystemError("cannot write", path);
    data += written;
    size_bytes -= static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

Status WriteDirectly(const std::string& path, int flags, const void* data, size_t size_bytes) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (descriptor < 0) return SystemError("cannot open", path);
  Status status = WriteAll(descriptor, static_cast<const char*>(data), size_bytes, path);
  if (close(descriptor) != 0 && status.ok()) status = SystemError("cannot write", path);
  return status;
}

}  // namespace

bool FileExists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

bool IsDirectory(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool IsExecutable(const std::string& path) {
  return !IsDirectory(path) && access(path.c_str(), X_OK) == 0;
}

StatusOr<std::string> ReadFile(const std::string& path) {
  OPENSUPA_FAULT_POINT("brcc.read_file");
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError("cannot open", path);
  std::string content;
  char buffer[1 << 16];
  Status status;
  for (;;) {
    const ssize_t got = read(descriptor, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) status = SystemError("cannot read", path);
    if (got <= 0) break;
    content.append(buffer, static_cast<size_t>(got));
  }
  close(descriptor);
  if (!status.ok()) return status;
  return content;
}

Status WriteFile(const std::string& path, const void* data, size_t size_bytes) {
  OPENSUPA_FAULT_POINT("brcc.write_file");
  if (path == "-") return WriteAll(STDOUT_FILENO, static_cast<const char*>(data), size_bytes, path);
  struct stat info;
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return WriteDirectly(path, 0, data, size_bytes);
  }
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  Status status = WriteDirectly(temporary, O_CREAT | O_EXCL, data, size_bytes);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = SystemError("cannot create", path);
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

std::string BaseName(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

std::string DirectoryName(const std::string& path) {
  std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string WithoutExtension(const std::string& path) {
  return std::filesystem::path(path).replace_extension().string();
}

std::string Extension(const std::string& path) {
  return std::filesystem::path(path).extension().string();
}

}  // namespace opensupa::cc
