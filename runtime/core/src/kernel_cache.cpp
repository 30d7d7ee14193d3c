#include "opensupa/core/kernel_cache.h"

#include <chrono>
#include <fstream>
#include <random>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "key_lock.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/base/log.h"
#include "opensupa/base/options.h"
#include "opensupa/core/cache_folder.h"
#include "opensupa/core/error.h"

namespace opensupa::rt {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// How long a process waits for another that makes the same entry before it makes its own.
constexpr std::chrono::milliseconds kWaitLimit{120'000};

uint64_t MicrosecondsSince(steady_clock::time_point start) {
  const auto elapsed = steady_clock::now() - start;
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count());
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

uint64_t KernelCache::MaxBytesFromOptions() {
  const StatusOr<int64_t> asked = options::GetInteger(options::kCacheMaxBytes);
  if (asked.ok() && *asked >= 0) return static_cast<uint64_t>(*asked);
  log::Write(log::Level::kWarning,
             absl::StrCat("The kernel cache keeps its usual size of ", kDefaultMaxBytes, " bytes. ",
                          asked.ok() ? absl::StrCat("Option ", options::kCacheMaxBytes.name, " is ",
                                                    *asked, ", which is below 0.")
                                     : std::string(asked.status().message())));
  return kDefaultMaxBytes;
}

fs::path KernelCache::PathOf(const CacheKey& key) const {
  const std::string name = key.FileName();
  return folder_ / name.substr(0, 2) / name;
}

Status KernelCache::CheckWritable() const {
  if (!enabled()) return absl::OkStatus();
  std::error_code error;
  fs::create_directories(folder_, error);
  std::random_device random;
  const fs::path probe = folder_ / absl::StrFormat("probe.%08x%08x.tmp", random(), random());
  std::ofstream file(probe);
  if (!file) {
    return absl::PermissionDeniedError(
        absl::StrCat("No file can be made in the folder '", folder_.string(), "'."));
  }
  file.close();
  fs::remove(probe, error);
  return absl::OkStatus();
}

std::optional<std::vector<std::byte>> KernelCache::Read(const CacheKey& key, Complain complain) {
  if (!enabled()) return std::nullopt;
  StatusOr<binary::CacheEntry> entry = ReadCacheEntry(PathOf(key), ReadUse::kRun);
  if (entry.ok()) return std::move(entry->payload);
  if (complain == Complain::kYes && !absl::IsNotFound(entry.status())) {
    log::Write(log::Level::kWarning, absl::StrCat("A cached kernel is passed over and compiled ",
                                                  "again. ", entry.status().message()));
  }
  return std::nullopt;
}

Status KernelCache::CheckSize(absl::string_view source, size_t size_bytes) const {
  if (size_bytes <= max_bytes_) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("The code of '", source, "' takes ", size_bytes,
                                                   " bytes, and the whole cache may take ",
                                                   max_bytes_, "."));
}

Status KernelCache::Write(const CacheKey& key, absl::string_view source, uint64_t made_us,
                          std::span<const std::byte> bytes) {
  if (!enabled()) return absl::OkStatus();
  SUPA_RETURN_IF_ERROR(CheckSize(source, bytes.size()));
  SUPA_ASSIGN_OR_RETURN(KeyLock lock, KeyLock::Take(PathOf(key), kWaitLimit, [&] {
                          return Read(key, Complain::kNo).has_value();
                        }));
  SUPA_RETURN_IF_ERROR(lock.Publish(binary::Serialize(
      binary::CacheEntry{key.Text(), std::string(source), made_us, {bytes.begin(), bytes.end()}})));
  TrimCacheFolder(folder_, max_bytes_);
  return absl::OkStatus();
}

StatusOr<KernelCache::Made> KernelCache::GetOrMake(const CacheKey& key, absl::string_view source,
                                                   bool fresh,
                                                   absl::FunctionRef<StatusOr<Made>()> make) {
  if (!enabled()) return make();
  std::optional<std::vector<std::byte>> found;
  if (!fresh && (found = Read(key))) return Made{*std::move(found), ""};
  const fs::path path = PathOf(key);
  StatusOr<KeyLock> lock = KeyLock::Take(path, kWaitLimit, [&] {
    if (!fresh) found = Read(key, Complain::kNo);
    return found.has_value();
  });
  if (found.has_value()) return Made{*std::move(found), ""};
  const auto start = steady_clock::now();
  SUPA_ASSIGN_OR_RETURN(Made made, make());
  const uint64_t made_us = MicrosecondsSince(start);
  ++made_count_;
  Status kept = lock.status();
  if (kept.ok()) kept = CheckSize(source, made.bytes.size());
  if (kept.ok()) {
    kept = lock->Publish(binary::Serialize(
        binary::CacheEntry{key.Text(), std::string(source), made_us, made.bytes}));
  }
  if (kept.ok()) TrimCacheFolder(folder_, max_bytes_);
  log::Write(log::Level::kInfo,
             absl::StrFormat("%s of '%s' %s took %.1f ms; %s.", key.kind, source,
                             key.target.empty() ? "" : "for " + key.target,
                             static_cast<double>(made_us) / 1000,
                             kept.ok() ? "kept as " + path.string() : "not kept"));
  if (!kept.ok() && !warned_.exchange(true)) {
    log::Write(log::Level::kWarning,
               absl::StrCat("Compiled kernels are not kept for the next run. ", kept.message()));
  }
  return made;
}

}  // namespace opensupa::rt
