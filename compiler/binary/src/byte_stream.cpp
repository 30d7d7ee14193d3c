#include "byte_stream.h"

#include <xxhash.h>
#include <zstd.h>

#include <cstring>
#include <new>

#include "absl/strings/str_cat.h"

namespace opensupa::binary {
namespace {

/// Above this a claimed uncompressed size is taken for corruption.
constexpr uint64_t kMaxUncompressedBytes = uint64_t{1} << 30;
constexpr int kCompressionLevel = 9;

uint64_t LoadLittleEndian(const std::byte* from, int size_bytes) {
  uint64_t value = 0;
  for (int i = 0; i < size_bytes; ++i) value |= std::to_integer<uint64_t>(from[i]) << (8 * i);
  return value;
}

}  // namespace

void ByteWriter::Fixed(uint64_t value, int size_bytes) {
  for (int i = 0; i < size_bytes; ++i) {
    buffer_.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
  }
}

void ByteWriter::Raw(const void* data, size_t size_bytes) {
  const std::byte* first = static_cast<const std::byte*>(data);
  buffer_.insert(buffer_.end(), first, first + size_bytes);
}

void ByteWriter::String(absl::string_view text) {
  U32(static_cast<uint32_t>(text.size()));
  Raw(text.data(), text.size());
}

void ByteWriter::Bytes(std::span<const std::byte> bytes) {
  U64(bytes.size());
  Raw(bytes.data(), bytes.size());
}

void ByteWriter::Compressed(std::span<const std::byte> bytes) {
  std::vector<std::byte> frame(ZSTD_compressBound(bytes.size()));
  // Cannot fail: the destination has the bound's size and the level is a fixed legal one.
  size_t size_bytes =
      ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), kCompressionLevel);
  frame.resize(ZSTD_isError(size_bytes) ? 0 : size_bytes);
  U64(bytes.size());
  Bytes(frame);
}

void ByteReader::Fail(const std::string& message) {
  if (status_.ok()) status_ = absl::DataLossError(message);
}

void ByteReader::FailOtherVersion(const std::string& message) {
  if (status_.ok()) status_ = absl::FailedPreconditionError(message);
}

std::span<const std::byte> ByteReader::Need(absl::string_view field, uint64_t size_bytes) {
  if (!ok()) return {};
  if (size_bytes > left_bytes()) {
    Fail(absl::StrCat("The ", object_, " is corrupt: its ", field, " at body offset ",
                      offset_bytes_, " needs ", size_bytes, " bytes, and only ", left_bytes(),
                      " are left."));
    return {};
  }
  std::span<const std::byte> result = bytes_.subspan(offset_bytes_, size_bytes);
  offset_bytes_ += size_bytes;
  return result;
}

uint64_t ByteReader::Fixed(absl::string_view field, int size_bytes) {
  std::span<const std::byte> bytes = Need(field, static_cast<uint64_t>(size_bytes));
  return bytes.empty() ? 0 : LoadLittleEndian(bytes.data(), size_bytes);
}

bool ByteReader::Flag(absl::string_view field) {
  uint32_t value = U32(field);
  if (value > 1) {
    Fail(absl::StrCat("The ", object_, " is corrupt: its ", field, " is ", value,
                      ", where only 0 and 1 have a meaning."));
  }
  return value == 1;
}

std::string ByteReader::String(absl::string_view field) {
  std::span<const std::byte> bytes = Need(field, U32(field));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::vector<std::byte> ByteReader::Bytes(absl::string_view field) {
  std::span<const std::byte> bytes = Need(field, U64(field));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

std::vector<std::byte> ByteReader::Compressed(absl::string_view field) {
  return Expand(Unexpanded(field), field);
}

ByteReader::Frame ByteReader::Unexpanded(absl::string_view field) {
  Frame frame;
  frame.raw_bytes = U64(field);
  frame.bytes = Need(field, U64(field));
  return frame;
}

std::vector<std::byte> ByteReader::Expand(const Frame& packed, absl::string_view field) {
  if (!ok()) return {};
  const auto& [raw_bytes, frame] = packed;
  if (raw_bytes > kMaxUncompressedBytes ||
      ZSTD_getFrameContentSize(frame.data(), frame.size()) != raw_bytes) {
    Fail(absl::StrCat("The ", object_, " is corrupt: its ", field, " claims ", raw_bytes,
                      " uncompressed bytes, which its zstd frame does not hold (limit ",
                      kMaxUncompressedBytes, ")."));
    return {};
  }
  std::vector<std::byte> raw;
  try {
    raw.resize(raw_bytes);
  } catch (const std::bad_alloc&) {
    status_ =
        absl::ResourceExhaustedError(absl::StrCat("There is no host memory for the ", raw_bytes,
                                                  " bytes of the ", object_, "'s ", field, "."));
    return {};
  }
  size_t written = ZSTD_decompress(raw.data(), raw.size(), frame.data(), frame.size());
  if (ZSTD_isError(written) || written != raw_bytes) {
    Fail(absl::StrCat("The ", object_, " is corrupt: its ", field, " cannot be uncompressed (",
                      ZSTD_isError(written) ? ZSTD_getErrorName(written) : "wrong size", ")."));
    return {};
  }
  return raw;
}

uint32_t ByteReader::Count(absl::string_view field, size_t min_element_bytes) {
  uint32_t count = U32(field);
  if (ok() && count > left_bytes() / min_element_bytes) {
    Fail(absl::StrCat("The ", object_, " is corrupt: its ", field, " is ", count, ", and the ",
                      left_bytes(), " bytes left hold at most ", left_bytes() / min_element_bytes,
                      " of them."));
  }
  return ok() ? count : 0;
}

void ByteReader::ExpectEnd() {
  if (left_bytes() != 0) {
    Fail(absl::StrCat("The ", object_, " is corrupt: ", left_bytes(),
                      " bytes follow the end of its body at offset ", offset_bytes_, "."));
  }
}

absl::StatusOr<uint64_t> ContainerSize(const ContainerFormat& format, const void* data) {
  const std::byte* bytes = static_cast<const std::byte*>(data);
  if (std::memcmp(bytes, format.magic, 8) != 0) {
    return absl::DataLossError(absl::StrCat("The bytes are no ", format.object,
                                            ": they do not begin with \"", format.magic, "\"."));
  }
  uint32_t version = static_cast<uint32_t>(LoadLittleEndian(bytes + 8, 4));
  if (version != format.version) {
    return absl::FailedPreconditionError(
        absl::StrCat("The ", format.object, " has format version ", version,
                     ", and this build of OpenSUPA reads version ", format.version,
                     " only; compile it again with the brcc of this build."));
  }
  if (LoadLittleEndian(bytes + 12, 4) != 0) {
    return absl::DataLossError(absl::StrCat("The ", format.object,
                                            " is corrupt: its reserved header field is ",
                                            LoadLittleEndian(bytes + 12, 4), " and must be 0."));
  }
  uint64_t total_bytes = LoadLittleEndian(bytes + 16, 8);
  if (total_bytes < kContainerHeaderBytes) {
    return absl::DataLossError(absl::StrCat(
        "The ", format.object, " is corrupt: its header claims a size of ", total_bytes,
        " bytes, and the header alone takes ", kContainerHeaderBytes, "."));
  }
  return total_bytes;
}

std::vector<std::byte> WrapContainer(const ContainerFormat& format,
                                     std::span<const std::byte> body) {
  ByteWriter writer;
  writer.Raw(format.magic, 8);
  writer.U32(format.version);
  writer.U32(0);
  writer.U64(kContainerHeaderBytes + body.size());
  writer.U64(XXH3_64bits(body.data(), body.size()));
  writer.Raw(body.data(), body.size());
  return std::move(writer).Take();
}

absl::StatusOr<std::span<const std::byte>> OpenContainer(const ContainerFormat& format,
                                                         std::span<const std::byte> bytes) {
  if (bytes.size() < kContainerHeaderBytes) {
    bool ours = bytes.size() >= 8 && std::memcmp(bytes.data(), format.magic, 8) == 0;
    return absl::DataLossError(absl::StrCat(ours ? "The " : "The bytes are no ", format.object,
                                            ours ? " is truncated: " : ": ", bytes.size(),
                                            " bytes were given, and the header alone takes ",
                                            kContainerHeaderBytes, "."));
  }
  absl::StatusOr<uint64_t> total_bytes = ContainerSize(format, bytes.data());
  if (!total_bytes.ok()) return std::move(total_bytes).status();
  if (*total_bytes != bytes.size()) {
    return absl::DataLossError(absl::StrCat(
        "The ", format.object, *total_bytes > bytes.size() ? " is truncated" : " is corrupt",
        ": its header claims ", *total_bytes, " bytes, and ", bytes.size(), " were given."));
  }
  std::span<const std::byte> body = bytes.subspan(kContainerHeaderBytes);
  uint64_t stored = LoadLittleEndian(bytes.data() + 24, 8);
  uint64_t computed = XXH3_64bits(body.data(), body.size());
  if (stored != computed) {
    return absl::DataLossError(absl::StrCat("The ", format.object, " is corrupt: its checksum is ",
                                            absl::Hex(computed, absl::kZeroPad16),
                                            ", and the header says ",
                                            absl::Hex(stored, absl::kZeroPad16), "."));
  }
  return body;
}

}  // namespace opensupa::binary
