#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace opensupa::binary {

/// Native code of one device image for one target: what the compiler produces and a device loads.
///
/// Two segments are placed at page-aligned device addresses, text (read, execute; starts with the
/// kernel descriptors and read-only data) and data (read, write: `__device__` and `__constant__`
/// variables, then zero-filled bss). The distance between them is fixed by the layout
/// (`data_offset_bytes`), so that position-independent code needs no fixing; absolute addresses
/// inside initial values and tables are listed in `relocations`.
struct CodeObject {
  struct Relocation {
    uint64_t offset_bytes;  // from the start of the image; an 8-byte slot
    int64_t addend_bytes;   // slot = image base + addend
  };
  struct Symbol {
    std::string name;
    uint64_t offset_bytes;  // from the start of the image: a KernelDescriptor, or the variable
    uint64_t size_bytes;
  };

  std::string target;       // for instance "x86-64-v3/reference"
  uint32_t device_abi = 0;  // abi::kDeviceAbiVersion of the compiler
  std::vector<std::byte> text;
  std::vector<std::byte> data;
  uint64_t data_offset_bytes = 0;  // multiple of 4096, at least text.size()
  uint64_t bss_bytes = 0;          // zero-filled, after `data`
  std::vector<Relocation> relocations;
  std::vector<Symbol> kernels;
  std::vector<Symbol> variables;

  /// Bytes of device address space that the loaded image takes.
  uint64_t ImageSizeBytes() const { return data_offset_bytes + data.size() + bss_bytes; }
};

/// Serialises to the on-disk form: header with magic "SUPACODE", version, an XXH3 checksum of the
/// rest, then the parts.
std::vector<std::byte> Serialize(const CodeObject& object);

/// Parses and checks every offset and size. Returns kDataLoss with a full sentence for truncated,
/// corrupt or foreign bytes, kFailedPrecondition for another format version.
absl::StatusOr<CodeObject> ParseCodeObject(std::span<const std::byte> bytes);

}  // namespace opensupa::binary
