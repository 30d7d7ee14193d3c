#include "opensupa/binary/cache_entry.h"

#include <cstring>
#include <utility>

#include "byte_stream.h"

namespace opensupa::binary {
namespace {

constexpr ContainerFormat kEntryFormat{"SUPACACH", 1, "cache entry"};
constexpr ContainerFormat kPackFormat{"SUPAPACK", 1, "cache pack"};
// Key, source, time and size of an entry: their lengths.
constexpr size_t kMinEntryBytes = 24;

CacheEntry ReadHead(ByteReader& reader) {
  CacheEntry entry;
  entry.key = reader.String("key");
  entry.source = reader.String("source name");
  entry.made_us = reader.U64("compile time");
  return entry;
}

void WriteHead(ByteWriter& writer, const CacheEntry& entry) {
  writer.String(entry.key);
  writer.String(entry.source);
  writer.U64(entry.made_us);
}

}  // namespace

std::vector<std::byte> Serialize(const CacheEntry& entry) {
  ByteWriter writer;
  WriteHead(writer, entry);
  writer.Bytes(entry.payload);
  return WrapContainer(kEntryFormat, std::move(writer).Take());
}

absl::StatusOr<CacheEntry> ParseCacheEntry(std::span<const std::byte> bytes) {
  absl::StatusOr<std::span<const std::byte>> body = OpenContainer(kEntryFormat, bytes);
  if (!body.ok()) return std::move(body).status();
  ByteReader reader(*body, kEntryFormat.object);
  CacheEntry entry = ReadHead(reader);
  entry.payload = reader.Bytes("content");
  reader.ExpectEnd();
  if (!reader.ok()) return reader.status();
  return entry;
}

std::vector<std::byte> SerializeCachePack(std::span<const CacheEntry> entries) {
  ByteWriter writer;
  writer.U32(static_cast<uint32_t>(entries.size()));
  for (const CacheEntry& entry : entries) {
    WriteHead(writer, entry);
    writer.Compressed(entry.payload);
  }
  return WrapContainer(kPackFormat, std::move(writer).Take());
}

absl::StatusOr<std::vector<CacheEntry>> ParseCachePack(std::span<const std::byte> bytes) {
  absl::StatusOr<std::span<const std::byte>> body = OpenContainer(kPackFormat, bytes);
  if (!body.ok()) return std::move(body).status();
  ByteReader reader(*body, kPackFormat.object);
  std::vector<CacheEntry> entries;
  const uint32_t count = reader.Count("entry count", kMinEntryBytes);
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    CacheEntry entry = ReadHead(reader);
    entry.payload = reader.Compressed("content");
    entries.push_back(std::move(entry));
  }
  reader.ExpectEnd();
  if (!reader.ok()) return reader.status();
  return entries;
}

bool IsCachePack(std::span<const std::byte> bytes) {
  return bytes.size() >= kContainerHeaderBytes &&
         std::memcmp(bytes.data(), kPackFormat.magic, 8) == 0;
}

}  // namespace opensupa::binary
