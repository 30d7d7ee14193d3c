#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "key_lock.h"
#include "opensupa/binary/cache_entry.h"
#include "opensupa/binary/device_images.h"
#include "opensupa/core/cache_folder.h"
#include "opensupa/core/runtime.h"
#include "opensupa_cache.h"

namespace opensupa::rt {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kSecondNs = 1'000'000'000;

std::string TextOf(const Status& status) { return std::string(status.message()); }

json List(const fs::path& folder) {
  json entries = json::array();
  uint64_t locks = 0;
  for (const CachedFile& file : ListCacheFolder(folder)) {
    if (file.kind == CachedFile::Kind::kLock) {
      ++locks;
      continue;
    }
    json item = {{"file", file.path.string()},
                 {"size_bytes", file.size_bytes},
                 {"used_s", file.used_ns / kSecondNs},
                 {"problem", ""}};
    StatusOr<binary::CacheEntry> entry = ReadCacheEntry(file.path, ReadUse::kInspect);
    StatusOr<CacheKey> key = entry.ok() ? CacheKey::Parse(entry->key) : entry.status();
    if (key.ok()) {
      item.update({{"kind", key->kind},
                   {"source", entry->source},
                   {"target", key->target},
                   {"options", key->options},
                   {"compiler", key->compiler},
                   {"made_us", entry->made_us}});
    } else {
      item["problem"] = TextOf(key.status());
    }
    entries.push_back(std::move(item));
  }
  return {{"entries", std::move(entries)},
          {"locks", locks},
          {"max_bytes", KernelCache::MaxBytesFromOptions()}};
}

json Verify(const fs::path& folder, bool remove) {
  json bad = json::array();
  uint64_t checked = 0, removed = 0;
  for (const CachedFile& file : ListCacheFolder(folder)) {
    if (file.kind == CachedFile::Kind::kLock) continue;
    ++checked;
    const Status status = ReadCacheEntry(file.path, ReadUse::kVerify).status();
    if (status.ok() || absl::IsNotFound(status)) continue;
    bad.push_back({{"file", file.path.string()}, {"problem", TextOf(status)}});
    if (remove && unlink(file.path.c_str()) == 0) ++removed;
  }
  return {{"checked", checked}, {"bad", std::move(bad)}, {"removed", removed}};
}

json Clear(const fs::path& folder) {
  uint64_t removed = 0, removed_bytes = 0;
  for (const CachedFile& file : ListCacheFolder(folder)) {
    if (file.kind == CachedFile::Kind::kLock) {
      RemoveAbandonedLock(file.path);
    } else if (unlink(file.path.c_str()) == 0) {
      ++removed;
      removed_bytes += file.size_bytes;
    }
    rmdir(file.path.parent_path().c_str());  // only an empty one goes
  }
  return {{"removed", removed}, {"removed_bytes", removed_bytes}};
}

StatusOr<json> Pack(const fs::path& folder, const std::string& output) {
  std::vector<binary::CacheEntry> entries;
  for (const CachedFile& file : ListCacheFolder(folder)) {
    if (file.kind == CachedFile::Kind::kLock) continue;
    if (auto entry = ReadCacheEntry(file.path, ReadUse::kVerify); entry.ok()) {
      entries.push_back(*std::move(entry));
    }
  }
  const std::vector<std::byte> bytes = binary::SerializeCachePack(entries);
  std::ofstream file(output, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) {
    return absl::PermissionDeniedError(
        absl::StrCat("The file '", output, "' cannot be written to its end."));
  }
  return json{{"packed", entries.size()}};
}

/// Counts what warming does.
class Warmer {
 public:
  Warmer(const fs::path& folder, std::set<std::string> targets)
      : store_(folder, KernelCache::MaxBytesFromOptions()), targets_(std::move(targets)) {}

  Status Add(const std::string& path) {
    SUPA_ASSIGN_OR_RETURN(const std::vector<std::byte> bytes, ReadFile(path));
    if (binary::IsCachePack(bytes)) return TakeOver(bytes);
    const std::string content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    SUPA_ASSIGN_OR_RETURN(const auto images, binary::FindDeviceImages(content, path));
    std::vector<std::span<const std::byte>> parts;
    for (const binary::DeviceImage& image : images) {
      const auto part = std::as_bytes(std::span(image.bytes));
      if (image.relocatable) {
        parts.push_back(part);
        continue;
      }
      SUPA_ASSIGN_OR_RETURN(const auto parsed, Image::Parse(part, image.origin, store_));
      SUPA_RETURN_IF_ERROR(Compile(*parsed));
    }
    if (parts.empty()) return absl::OkStatus();
    SUPA_ASSIGN_OR_RETURN(const auto linked, Image::Link(parts, store_));
    return Compile(*linked);
  }

  json Report() const { return {{"made", made_}, {"kept", kept_}, {"native", native_}}; }

 private:
  Status Compile(Image& image) {
    for (const std::string& target : targets_) {
      if (image.HasNativeCode(target)) {
        ++native_;
        continue;
      }
      const uint64_t made_before = store_.cache().made_count();
      SUPA_RETURN_IF_ERROR(image.CodeFor(target, Image::Source::kAny, store_, nullptr).status());
      ++(store_.cache().made_count() == made_before ? kept_ : made_);
    }
    return absl::OkStatus();
  }

  Status TakeOver(std::span<const std::byte> bytes) {
    SUPA_ASSIGN_OR_RETURN(const auto entries, binary::ParseCachePack(bytes));
    for (const binary::CacheEntry& entry : entries) {
      SUPA_ASSIGN_OR_RETURN(const CacheKey key, CacheKey::Parse(entry.key));
      const Status status = store_.cache().Write(key, entry.source, entry.made_us, entry.payload);
      if (!status.ok() && !absl::IsAlreadyExists(status)) return status;
      ++(status.ok() ? made_ : kept_);
    }
    return absl::OkStatus();
  }

  CodeStore store_;
  const std::set<std::string> targets_;
  uint64_t made_ = 0, kept_ = 0, native_ = 0;
};

StatusOr<json> Warm(const fs::path& folder, const json& request) {
  SUPA_RETURN_IF_ERROR(KernelCache(folder).CheckWritable());
  std::set<std::string> targets;
  for (const json& target : request.value("targets", json::array())) targets.insert(target);
  Runtime& runtime = Runtime::Process();
  if (targets.empty()) {
    SUPA_RETURN_IF_ERROR(runtime.Initialize());
    for (int i = 0; i < runtime.device_count(); ++i) {
      SUPA_ASSIGN_OR_RETURN(const DeviceSlot* slot, runtime.Device(i));
      if (slot->properties.code_target != hal::kNoCodeTarget) {
        targets.insert(slot->properties.code_target);
      }
    }
  }
  Warmer warmer(folder, std::move(targets));
  json failed = json::array();
  for (const json& file : request.value("files", json::array())) {
    const Status status = warmer.Add(file);
    if (!status.ok()) failed.push_back({{"file", file}, {"problem", TextOf(status)}});
  }
  json answer = warmer.Report();
  answer["failed"] = std::move(failed);
  return answer;
}

StatusOr<json> Run(const json& request, const fs::path& folder) {
  const std::string command = request.value("command", "");
  if (command == "list") return List(folder);
  if (command == "verify") return Verify(folder, request.value("remove", false));
  if (command == "clear") return Clear(folder);
  if (command == "warm") return Warm(folder, request);
  if (command == "pack") return Pack(folder, request.value("output", ""));
  return absl::InvalidArgumentError(
      absl::StrCat("The kernel cache knows no command '", command, "'."));
}

json Answer(const char* text) {
  try {
    const json request = json::parse(text == nullptr ? "" : text);
    fs::path folder = request.value("folder", "");
    if (folder.empty()) folder = KernelCache::FolderFromOptions();
    StatusOr<json> answer =
        folder.empty() ? absl::FailedPreconditionError("The options switch the kernel cache off.")
                       : Run(request, folder);
    json result = answer.ok() ? *std::move(answer) : json::object();
    result["folder"] = folder.string();
    result["error"] = TextOf(answer.status());
    return result;
  } catch (const json::exception& error) {
    return {{"folder", ""}, {"error", absl::StrCat("The request is wrong: ", error.what(), ".")}};
  }
}

}  // namespace
}  // namespace opensupa::rt

extern "C" {

__attribute__((visibility("default"))) char* opensupa_cache_run(const char* request) {
  const std::string text =
      opensupa::rt::Answer(request).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return strdup(text.c_str());
}

__attribute__((visibility("default"))) void opensupa_cache_free(char* answer) { std::free(answer); }
}
