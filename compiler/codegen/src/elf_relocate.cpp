#include "elf_relocate.h"

#include <cstring>

#include "absl/strings/str_format.h"
#include "llvm/BinaryFormat/ELF.h"

namespace opensupa::cc {
namespace {

using namespace llvm::ELF;  // relocation names

constexpr uint64_t kPageMask = ~uint64_t{0xfff};

template <typename T>
T Read(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

template <typename T>
void Write(std::byte* bytes, T value) {
  std::memcpy(bytes, &value, sizeof(value));
}

RelocationKind ClassifyX86(uint32_t type) {
  switch (type) {
    case R_X86_64_NONE:
      return RelocationKind::kNone;
    case R_X86_64_64:
      return RelocationKind::kAbsolute64;
    case R_X86_64_PC32:
    case R_X86_64_PLT32:
    case R_X86_64_PC64:
      return RelocationKind::kRelative;
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
      return RelocationKind::kGotRelative;
    default:
      return RelocationKind::kUnknown;
  }
}

RelocationKind ClassifyAarch64(uint32_t type) {
  switch (type) {
    case R_AARCH64_NONE:
      return RelocationKind::kNone;
    case R_AARCH64_ABS64:
      return RelocationKind::kAbsolute64;
    case R_AARCH64_PREL32:
    case R_AARCH64_PREL64:
    case R_AARCH64_CALL26:
    case R_AARCH64_JUMP26:
    case R_AARCH64_ADR_PREL_PG_HI21:
    case R_AARCH64_ADD_ABS_LO12_NC:
    case R_AARCH64_LDST8_ABS_LO12_NC:
    case R_AARCH64_LDST16_ABS_LO12_NC:
    case R_AARCH64_LDST32_ABS_LO12_NC:
    case R_AARCH64_LDST64_ABS_LO12_NC:
    case R_AARCH64_LDST128_ABS_LO12_NC:
      return RelocationKind::kRelative;
    case R_AARCH64_ADR_GOT_PAGE:
    case R_AARCH64_LD64_GOT_LO12_NC:
      return RelocationKind::kGotRelative;
    default:
      return RelocationKind::kUnknown;
  }
}

absl::Status TooFar(uint64_t place, int64_t target) {
  return absl::OutOfRangeError(
      absl::StrFormat("A reference at offset %d of the image cannot reach its target at offset %d.",
                      place, target));
}

bool FitsSigned(int64_t value, unsigned bits) {
  return value >= -(int64_t{1} << (bits - 1)) && value < (int64_t{1} << (bits - 1));
}

absl::Status ApplyX86(uint32_t type, std::byte* bytes, uint64_t place, int64_t target) {
  const int64_t distance = target - static_cast<int64_t>(place);
  if (type == R_X86_64_PC64) {
    Write<int64_t>(bytes, distance);
    return absl::OkStatus();
  }
  if (!FitsSigned(distance, 32)) return TooFar(place, target);
  Write<int32_t>(bytes, static_cast<int32_t>(distance));
  return absl::OkStatus();
}

/// Puts the low 12 bits of `target`, in units of the access, into a load, store or add.
void PatchLow12(std::byte* bytes, int64_t target, unsigned scale) {
  const auto low = static_cast<uint32_t>(target & 0xfff) >> scale;
  Write<uint32_t>(bytes, (Read<uint32_t>(bytes) & ~(0xfffu << 10)) | (low << 10));
}

absl::Status PatchPage(std::byte* bytes, uint64_t place, int64_t target) {
  const int64_t pages = (static_cast<int64_t>(static_cast<uint64_t>(target) & kPageMask) -
                         static_cast<int64_t>(place & kPageMask)) >>
                        12;
  if (!FitsSigned(pages, 21)) return TooFar(place, target);
  const auto bits = static_cast<uint32_t>(pages);
  const uint32_t cleared = Read<uint32_t>(bytes) & ~((3u << 29) | (0x7ffffu << 5));
  Write<uint32_t>(bytes, cleared | ((bits & 3u) << 29) | (((bits >> 2) & 0x7ffffu) << 5));
  return absl::OkStatus();
}

absl::Status ApplyAarch64(uint32_t type, std::byte* bytes, uint64_t place, int64_t target) {
  const int64_t distance = target - static_cast<int64_t>(place);
  switch (type) {
    case R_AARCH64_PREL64:
      Write<int64_t>(bytes, distance);
      return absl::OkStatus();
    case R_AARCH64_PREL32:
      if (!FitsSigned(distance, 32)) return TooFar(place, target);
      Write<int32_t>(bytes, static_cast<int32_t>(distance));
      return absl::OkStatus();
    case R_AARCH64_CALL26:
    case R_AARCH64_JUMP26:
      if (!FitsSigned(distance, 28)) return TooFar(place, target);
      Write<uint32_t>(bytes, (Read<uint32_t>(bytes) & ~0x3ffffffu) |
                                 (static_cast<uint32_t>(distance >> 2) & 0x3ffffffu));
      return absl::OkStatus();
    case R_AARCH64_ADR_PREL_PG_HI21:
    case R_AARCH64_ADR_GOT_PAGE:
      return PatchPage(bytes, place, target);
    case R_AARCH64_LDST16_ABS_LO12_NC:
      PatchLow12(bytes, target, 1);
      return absl::OkStatus();
    case R_AARCH64_LDST32_ABS_LO12_NC:
      PatchLow12(bytes, target, 2);
      return absl::OkStatus();
    case R_AARCH64_LDST64_ABS_LO12_NC:
    case R_AARCH64_LD64_GOT_LO12_NC:
      PatchLow12(bytes, target, 3);
      return absl::OkStatus();
    case R_AARCH64_LDST128_ABS_LO12_NC:
      PatchLow12(bytes, target, 4);
      return absl::OkStatus();
    default:
      PatchLow12(bytes, target, 0);
      return absl::OkStatus();
  }
}

}  // namespace

RelocationKind ClassifyRelocation(uint16_t machine, uint32_t type) {
  return machine == EM_X86_64 ? ClassifyX86(type) : ClassifyAarch64(type);
}

absl::Status ApplyRelative(uint16_t machine, uint32_t type, std::byte* bytes, uint64_t place,
                           int64_t target) {
  return machine == EM_X86_64 ? ApplyX86(type, bytes, place, target)
                              : ApplyAarch64(type, bytes, place, target);
}

}  // namespace opensupa::cc
