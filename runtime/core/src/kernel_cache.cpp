#include "opensupa/core/kernel_cache.h"

#include <cstdlib>
#include <fstream>
#include <random>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/log.h"
#include "opensupa/base/options.h"
#include "opensupa/binary/fat_binary.h"
#include "opensupa/core/error.h"

namespace opensupa::rt {
namespace {

namespace fs = std::filesystem;

// A stored file is its bytes followed by the 32 hex digits of their hash.
constexpr size_t kHashBytes = 32;

/// A name no other thread or process takes.
std::string TemporarySuffix() {
  std::random_device random;
  return absl::StrFormat(".%08x%08x.tmp", random(), random());
}

}  // namespace

StatusOr<std::vector<std::byte>> ReadFile(const fs::path& path) {
  OPENSUPA_FAULT_POINT("runtime.read_file");
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    return MakeError(supaErrorFileNotFound,
                     absl::StrCat("File '", path.string(), "' cannot be opened for reading."));
  }
  const std::streamoff size_bytes = file.tellg();
  std::vector<std::byte> bytes(size_bytes > 0 ? static_cast<size_t>(size_bytes) : 0);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file || size_bytes < 0) {
    return MakeError(supaErrorOperatingSystem,
                     absl::StrCat("File '", path.string(), "' cannot be read to its end."));
  }
  return bytes;
}

fs::path KernelCache::FolderFromOptions() {
  if (options::GetBoolean(options::kCacheDisable)) return {};
  if (std::string folder = options::Get(options::kCacheDir); !folder.empty()) return folder;
  if (std::string base = options::Get(options::kXdgCacheHome); !base.empty()) {
    return fs::path(base) / "opensupa";
  }
  if (std::string home = options::Get(options::kHome); !home.empty()) {
    return fs::path(home) / ".cache" / "opensupa";
  }
  return {};
}

fs::path KernelCache::PathOf(absl::string_view key) const {
  return folder_ / std::string(key.substr(0, 2)) / std::string(key);
}

Status KernelCache::CheckWritable() const {
  if (!enabled()) return absl::OkStatus();
  std::error_code error;
  fs::create_directories(folder_, error);
  const fs::path probe = folder_ / absl::StrCat("probe", TemporarySuffix());
  std::ofstream file(probe);
  if (!file) {
    return absl::PermissionDeniedError(
        absl::StrCat("No file can be made in the folder '", folder_.string(), "'."));
  }
  file.close();
  fs::remove(probe, error);
  return absl::OkStatus();
}

std::optional<std::vector<std::byte>> KernelCache::Read(absl::string_view key) const {
  if (!enabled()) return std::nullopt;
  StatusOr<std::vector<std::byte>> bytes = ReadFile(PathOf(key));
  if (!bytes.ok() || bytes->size() < kHashBytes) return std::nullopt;
  const std::string stored(
      reinterpret_cast<const char*>(bytes->data()) + bytes->size() - kHashBytes, kHashBytes);
  bytes->resize(bytes->size() - kHashBytes);
  if (binary::ContentHash(*bytes) != stored) {
    log::Write(log::Level::kWarning, absl::StrCat("The cached kernel '", PathOf(key).string(),
                                                  "' is damaged and will be compiled again."));
    return std::nullopt;
  }
  return *std::move(bytes);
}

Status KernelCache::Publish(absl::string_view key, std::span<const std::byte> bytes) const {
  OPENSUPA_FAULT_POINT("runtime.cache_write");
  const fs::path path = PathOf(key);
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) {
    return absl::PermissionDeniedError(absl::StrCat("The folder '", path.parent_path().string(),
                                                    "' cannot be made: ", error.message(), "."));
  }
  fs::path temporary = path;
  temporary += TemporarySuffix();
  {
    std::ofstream file(temporary, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file << binary::ContentHash(bytes);
    file.close();
    if (!file) {
      fs::remove(temporary, error);
      return absl::PermissionDeniedError(
          absl::StrCat("The file '", temporary.string(), "' cannot be written."));
    }
  }
  fs::rename(temporary, path, error);
  if (error) {
    const std::string reason = error.message();
    fs::remove(temporary, error);
    return absl::PermissionDeniedError(
        absl::StrCat("The file '", path.string(), "' cannot be put in place: ", reason, "."));
  }
  return absl::OkStatus();
}

void KernelCache::Write(absl::string_view key, std::span<const std::byte> bytes) {
  if (!enabled()) return;
  Status status = Publish(key, bytes);
  if (status.ok() || warned_.exchange(true)) return;
  log::Write(log::Level::kWarning,
             absl::StrCat("Compiled kernels are not kept for the next run. ", status.message()));
}

void KernelCache::Erase(absl::string_view key) {
  if (!enabled()) return;
  std::error_code error;
  fs::remove(PathOf(key), error);
}

}  // namespace opensupa::rt
