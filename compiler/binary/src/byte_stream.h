#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace opensupa::binary {

/// Appends little-endian values to a growing buffer.
class ByteWriter {
 public:
  void U32(uint32_t value) { Fixed(value, 4); }
  void U64(uint64_t value) { Fixed(value, 8); }
  void I64(int64_t value) { U64(static_cast<uint64_t>(value)); }
  /// A u32 length and the characters.
  void String(absl::string_view text);
  /// A u64 length and the bytes.
  void Bytes(std::span<const std::byte> bytes);
  /// The u64 raw size and the bytes of a zstd frame, with its own u64 length.
  void Compressed(std::span<const std::byte> bytes);
  void Raw(const void* data, size_t size_bytes);

  std::vector<std::byte> Take() && { return std::move(buffer_); }

 private:
  void Fixed(uint64_t value, int size_bytes);

  std::vector<std::byte> buffer_;
};

/// Reads what ByteWriter wrote, checking each length against what is left.
///
/// The first failure sticks: every later read returns zero or empty and `status()` tells what could
/// not be read. So a parser reads a group of fields and checks once, but must look at `status()`
/// before it trusts a value. `object` names what is parsed, for messages ("fat binary").
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, absl::string_view object)
      : bytes_(bytes), object_(object) {}

  uint32_t U32(absl::string_view field) { return static_cast<uint32_t>(Fixed(field, 4)); }
  uint64_t U64(absl::string_view field) { return Fixed(field, 8); }
  int64_t I64(absl::string_view field) { return static_cast<int64_t>(Fixed(field, 8)); }
  /// A u32 that must be 0 or 1.
  bool Flag(absl::string_view field);
  std::string String(absl::string_view field);
  std::vector<std::byte> Bytes(absl::string_view field);
  std::vector<std::byte> Compressed(absl::string_view field);
  /// What ByteWriter::Compressed wrote, left as it is: the size it expands to, and its zstd frame.
  struct Frame {
    uint64_t raw_bytes = 0;
    std::span<const std::byte> bytes;
  };
  Frame Unexpanded(absl::string_view field);
  std::vector<std::byte> Expand(const Frame& frame, absl::string_view field);
  /// A u32 count of elements that take at least `min_element_bytes` each; a count that cannot fit
  /// in what is left fails, so that a corrupt one never causes a large allocation.
  uint32_t Count(absl::string_view field, size_t min_element_bytes);

  /// Records `message` as a kDataLoss failure unless one is recorded already.
  void Fail(const std::string& message);
  /// As Fail, with kFailedPrecondition: the bytes are whole, but of a version not known here.
  void FailOtherVersion(const std::string& message);
  /// Fails unless everything has been read.
  void ExpectEnd();

  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  absl::string_view object() const { return object_; }

 private:
  uint64_t Fixed(absl::string_view field, int size_bytes);
  /// The next `size_bytes` bytes, or an empty span after recording a failure.
  std::span<const std::byte> Need(absl::string_view field, uint64_t size_bytes);
  size_t left_bytes() const { return bytes_.size() - offset_bytes_; }

  std::span<const std::byte> bytes_;
  std::string object_;
  size_t offset_bytes_ = 0;
  absl::Status status_;
};

/// The container that both formats share: {char magic[8], u32 version, u32 reserved = 0, u64 total
/// size, u64 XXH3 checksum of the body} and the body.
struct ContainerFormat {
  const char* magic;   // 8 characters
  uint32_t version;    // the only one this build reads and writes
  const char* object;  // "fat binary"
};
inline constexpr size_t kContainerHeaderBytes = 32;

/// The total size that the header at `data` claims; reads kContainerHeaderBytes bytes at most and
/// only the first 8 when the magic is wrong.
absl::StatusOr<uint64_t> ContainerSize(const ContainerFormat& format, const void* data);

/// Puts the header before `body`.
std::vector<std::byte> WrapContainer(const ContainerFormat& format,
                                     std::span<const std::byte> body);

/// Checks header, total size and checksum; returns the body inside `bytes`.
absl::StatusOr<std::span<const std::byte>> OpenContainer(const ContainerFormat& format,
                                                         std::span<const std::byte> bytes);

}  // namespace opensupa::binary
