#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "llvm/ADT/StringRef.h"

namespace opensupa::cc {

/// A relocatable 64-bit little-endian ELF object, as read for linking. Views point into the bytes
/// given to ReadElfObject.
struct ElfObject {
  struct Section {
    llvm::StringRef name;
    uint32_t type = 0;
    uint64_t flags = 0;
    uint64_t align_bytes = 1;
    uint64_t size_bytes = 0;
    llvm::StringRef contents;  // empty for zero-filled sections
  };
  struct Symbol {
    llvm::StringRef name;
    uint16_t section = 0;  // SHN_UNDEF if undefined
    uint64_t value = 0;
    uint64_t size_bytes = 0;
    uint8_t type = 0;
    uint8_t binding = 0;
  };
  struct Relocation {
    uint32_t section = 0;  // that is patched
    uint64_t offset_bytes = 0;
    uint32_t type = 0;
    uint32_t symbol = 0;
    int64_t addend_bytes = 0;
  };

  uint16_t machine = 0;
  std::vector<Section> sections;
  std::vector<Symbol> symbols;
  std::vector<Relocation> relocations;
};

/// Reads an object that LLVM's code generator made.
absl::StatusOr<ElfObject> ReadElfObject(llvm::StringRef bytes);

}  // namespace opensupa::cc
