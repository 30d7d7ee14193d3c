#include "opensupa/binary/code_object.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "byte_stream.h"
#include "opensupa/binary/device_abi.h"

namespace opensupa::binary {
namespace {

constexpr ContainerFormat kFormat{"SUPACODE", 1, "code object"};
constexpr uint64_t kPageBytes = 4096;
/// Above this an image size is taken for corruption: no card has as much memory.
constexpr uint64_t kMaxImageBytes = uint64_t{1} << 40;

void WriteSymbols(ByteWriter& writer, const std::vector<CodeObject::Symbol>& symbols) {
  writer.U32(static_cast<uint32_t>(symbols.size()));
  for (const CodeObject::Symbol& symbol : symbols) {
    writer.String(symbol.name);
    writer.U64(symbol.offset_bytes);
    writer.U64(symbol.size_bytes);
  }
}

std::vector<CodeObject::Symbol> ReadSymbols(ByteReader& reader) {
  std::vector<CodeObject::Symbol> symbols;
  uint32_t count = reader.Count("symbol count", 20);
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    CodeObject::Symbol symbol;
    symbol.name = reader.String("symbol name");
    symbol.offset_bytes = reader.U64("symbol offset");
    symbol.size_bytes = reader.U64("symbol size");
    symbols.push_back(std::move(symbol));
  }
  return symbols;
}

void CheckLayout(ByteReader& reader, const CodeObject& object) {
  if (object.data_offset_bytes % kPageBytes != 0 || object.data_offset_bytes < object.text.size()) {
    reader.Fail(absl::StrCat("The code object is corrupt: its data offset is ",
                             object.data_offset_bytes, ", which must be a multiple of ", kPageBytes,
                             " and at least the text size of ", object.text.size(), "."));
  }
  if (object.data_offset_bytes > kMaxImageBytes || object.bss_bytes > kMaxImageBytes ||
      object.ImageSizeBytes() > kMaxImageBytes) {
    reader.Fail(absl::StrCat("The code object is corrupt: its data offset of ",
                             object.data_offset_bytes, " and bss of ", object.bss_bytes,
                             " bytes make an image larger than the limit of ", kMaxImageBytes,
                             " bytes."));
  }
}

void CheckRelocations(ByteReader& reader, const CodeObject& object) {
  const uint64_t data_end = object.data_offset_bytes + object.data.size();
  for (const CodeObject::Relocation& relocation : object.relocations) {
    const uint64_t offset = relocation.offset_bytes;
    const bool in_text = offset <= object.text.size() && object.text.size() - offset >= 8;
    const bool in_data =
        offset >= object.data_offset_bytes && offset <= data_end && data_end - offset >= 8;
    if (!in_text && !in_data) {
      reader.Fail(absl::StrCat("The code object is corrupt: a relocation at image offset ", offset,
                               " lies neither in the ", object.text.size(),
                               " bytes of text nor in the ", object.data.size(),
                               " bytes of data at ", object.data_offset_bytes, "."));
      return;
    }
  }
}

void CheckKernels(ByteReader& reader, const CodeObject& object) {
  const uint64_t text_bytes = object.text.size();
  for (const CodeObject::Symbol& kernel : object.kernels) {
    const uint64_t offset = kernel.offset_bytes;
    if (kernel.name.empty() || offset % sizeof(abi::KernelDescriptor) != 0 || offset > text_bytes ||
        text_bytes - offset < sizeof(abi::KernelDescriptor)) {
      reader.Fail(absl::StrCat("The code object is corrupt: the descriptor of kernel '",
                               kernel.name, "' at image offset ", offset,
                               " must be aligned to 64 bytes and lie in the ", text_bytes,
                               " bytes of text."));
      return;
    }
    abi::KernelDescriptor descriptor;
    std::memcpy(&descriptor, object.text.data() + offset, sizeof(descriptor));
    const int64_t relative = descriptor.entry_offset_bytes;
    const int64_t limit = static_cast<int64_t>(kMaxImageBytes);
    const bool sane = relative > -limit && relative < limit;
    const int64_t entry = sane ? static_cast<int64_t>(offset) + relative : -1;
    if (entry < 0 || static_cast<uint64_t>(entry) >= text_bytes) {
      reader.Fail(absl::StrCat("The code object is corrupt: the entry of kernel '", kernel.name,
                               "' lies ", relative, " bytes from its descriptor at ", offset,
                               ", outside the ", text_bytes, " bytes of text."));
      return;
    }
  }
}

void CheckVariables(ByteReader& reader, const CodeObject& object) {
  const uint64_t image_bytes = object.ImageSizeBytes();
  for (const CodeObject::Symbol& variable : object.variables) {
    if (variable.name.empty() || variable.offset_bytes > image_bytes ||
        variable.size_bytes > image_bytes - variable.offset_bytes) {
      reader.Fail(absl::StrCat("The code object is corrupt: variable '", variable.name, "' of ",
                               variable.size_bytes, " bytes at image offset ",
                               variable.offset_bytes, " does not fit in the image of ", image_bytes,
                               " bytes."));
      return;
    }
  }
}

}  // namespace

std::vector<std::byte> Serialize(const CodeObject& object) {
  ByteWriter writer;
  writer.String(object.target);
  writer.U32(object.device_abi);
  writer.U64(object.data_offset_bytes);
  writer.U64(object.bss_bytes);
  writer.Bytes(object.text);
  writer.Bytes(object.data);
  writer.U32(static_cast<uint32_t>(object.relocations.size()));
  for (const CodeObject::Relocation& relocation : object.relocations) {
    writer.U64(relocation.offset_bytes);
    writer.I64(relocation.addend_bytes);
  }
  WriteSymbols(writer, object.kernels);
  WriteSymbols(writer, object.variables);
  return WrapContainer(kFormat, std::move(writer).Take());
}

absl::StatusOr<CodeObject> ParseCodeObject(std::span<const std::byte> bytes) {
  absl::StatusOr<std::span<const std::byte>> body = OpenContainer(kFormat, bytes);
  if (!body.ok()) return std::move(body).status();
  ByteReader reader(*body, kFormat.object);
  CodeObject object;
  object.target = reader.String("target");
  object.device_abi = reader.U32("device ABI version");
  object.data_offset_bytes = reader.U64("data offset");
  object.bss_bytes = reader.U64("bss size");
  object.text = reader.Bytes("text");
  object.data = reader.Bytes("data");
  uint32_t relocation_count = reader.Count("relocation count", 16);
  object.relocations.reserve(relocation_count);
  for (uint32_t i = 0; i < relocation_count && reader.ok(); ++i) {
    CodeObject::Relocation relocation;
    relocation.offset_bytes = reader.U64("relocation offset");
    relocation.addend_bytes = reader.I64("relocation addend");
    object.relocations.push_back(relocation);
  }
  object.kernels = ReadSymbols(reader);
  object.variables = ReadSymbols(reader);
  reader.ExpectEnd();
  if (reader.ok()) CheckLayout(reader, object);
  if (reader.ok()) CheckRelocations(reader, object);
  if (reader.ok()) CheckKernels(reader, object);
  if (reader.ok()) CheckVariables(reader, object);
  if (!reader.ok()) return reader.status();
  return object;
}

}  // namespace opensupa::binary
