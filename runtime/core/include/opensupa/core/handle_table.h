#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace opensupa::rt {

/// The live objects behind the handles of one type. A handle is an address that is never read, so a
/// stale or foreign one is found out, not followed. Thread safe; lookups of different handles do
/// not wait for each other. A found object lives at least as long as the caller keeps the pointer.
template <typename T>
class HandleTable {
 public:
  void Insert(const void* handle, std::shared_ptr<T> object) {
    Shard& shard = ShardOf(handle);
    std::unique_lock lock(shard.mutex);
    shard.objects[handle] = std::move(object);
  }

  /// Null when `handle` names no live object.
  std::shared_ptr<T> Find(const void* handle) const {
    const Shard& shard = ShardOf(handle);
    std::shared_lock lock(shard.mutex);
    auto it = shard.objects.find(handle);
    return it == shard.objects.end() ? nullptr : it->second;
  }

  /// Any object for which `matches(object)` holds, or null. Looks at all.
  template <typename Predicate>
  std::shared_ptr<T> FindIf(Predicate matches) const {
    for (const Shard& shard : shards_) {
      std::shared_lock lock(shard.mutex);
      for (const auto& [handle, object] : shard.objects) {
        if (matches(*object)) return object;
      }
    }
    return nullptr;
  }

  /// Takes the object out; null when there is none.
  std::shared_ptr<T> Remove(const void* handle) {
    Shard& shard = ShardOf(handle);
    std::unique_lock lock(shard.mutex);
    auto it = shard.objects.find(handle);
    if (it == shard.objects.end()) return nullptr;
    std::shared_ptr<T> object = std::move(it->second);
    shard.objects.erase(it);
    return object;
  }

  /// Takes out every object for which `matches(object)` holds.
  template <typename Predicate>
  std::vector<std::shared_ptr<T>> RemoveIf(Predicate matches) {
    std::vector<std::shared_ptr<T>> removed;
    for (Shard& shard : shards_) {
      std::unique_lock lock(shard.mutex);
      absl::erase_if(shard.objects, [&](auto& entry) {
        if (!matches(*entry.second)) return false;
        removed.push_back(std::move(entry.second));
        return true;
      });
    }
    return removed;
  }

 private:
  struct alignas(64) Shard {
    mutable std::shared_mutex mutex;
    absl::flat_hash_map<const void*, std::shared_ptr<T>> objects;
  };
  static constexpr size_t kShards = 16;

  static size_t IndexOf(const void* handle) {
    return (reinterpret_cast<uintptr_t>(handle) * 0x9E3779B97F4A7C15ull) >> 60;
  }
  Shard& ShardOf(const void* handle) { return shards_[IndexOf(handle)]; }
  const Shard& ShardOf(const void* handle) const { return shards_[IndexOf(handle)]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace opensupa::rt
