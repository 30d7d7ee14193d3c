#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace opensupa::binary {

/// What a file of the kernel cache holds: something made by the compiler and what it was made from.
struct CacheEntry {
  std::string key;     // the full text of the key, so that a file under a wrong name is recognised
  std::string source;  // name of the translation unit, for people
  uint64_t made_us = 0;  // how long the compiler took
  std::vector<std::byte> payload;
};

/// Serialises with a header as of the other formats: magic "SUPACACH", version, size, checksum.
std::vector<std::byte> Serialize(const CacheEntry& entry);

/// Checks size, checksum and every length. kDataLoss for damaged or foreign bytes,
/// kFailedPrecondition for another version of the format.
absl::StatusOr<CacheEntry> ParseCacheEntry(std::span<const std::byte> bytes);

/// Many entries as one file, to be taken to another machine. kDataLoss and kFailedPrecondition as
/// for one entry.
std::vector<std::byte> SerializeCachePack(std::span<const CacheEntry> entries);
absl::StatusOr<std::vector<CacheEntry>> ParseCachePack(std::span<const std::byte> bytes);

/// True when `bytes` begin as a pack does.
bool IsCachePack(std::span<const std::byte> bytes);

}  // namespace opensupa::binary
