#include "opensupa/binary/device_images.h"

#include <elf.h>

#include <cstdint>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "opensupa/base/status.h"
#include "opensupa/binary/fat_binary.h"

namespace opensupa::binary {
namespace {

constexpr const char* kSectionName = ".supa_fatbin";
constexpr size_t kMinFatBinaryBytes = 32;
constexpr const char* kArchiveMagic = "!<arch>\n";
constexpr size_t kArchiveMagicBytes = 8;
constexpr size_t kArchiveHeaderBytes = 60;

Status Damaged(const std::string& origin, const std::string& what) {
  return absl::DataLossError(absl::StrCat("'", origin, "' is damaged: ", what));
}

std::span<const std::byte> AsBytes(const char* data, size_t size_bytes) {
  return {reinterpret_cast<const std::byte*>(data), size_bytes};
}

/// The linker puts the fat binaries of several objects into one section, with zeros between them
/// for alignment.
Status AddFromSection(const char* data, size_t size_bytes, const std::string& origin,
                      std::vector<DeviceImage>& images) {
  size_t offset = 0;
  while (offset < size_bytes) {
    if (data[offset] == 0) {
      ++offset;
      continue;
    }
    if (size_bytes - offset < kMinFatBinaryBytes) return Damaged(origin, "its device code is cut");
    StatusOr<uint64_t> image_bytes = FatBinarySize(data + offset);
    if (!image_bytes.ok()) return WithContext(image_bytes.status(), "reading '" + origin + "'");
    if (*image_bytes > size_bytes - offset) return Damaged(origin, "its device code is cut");
    StatusOr<LazyFatBinary> parsed = LazyFatBinary::Open(AsBytes(data + offset, *image_bytes));
    if (!parsed.ok()) return WithContext(parsed.status(), "reading '" + origin + "'");
    images.push_back(
        {origin, std::string(data + offset, *image_bytes), parsed->head().relocatable});
    offset += *image_bytes;
  }
  return absl::OkStatus();
}

/// A struct inside the file, or an error when it would run over the end.
template <typename T>
StatusOr<T> Load(const std::string& content, uint64_t offset, const std::string& origin) {
  if (offset > content.size() || content.size() - offset < sizeof(T)) {
    return Damaged(origin, "a header lies outside the file");
  }
  T value;
  std::memcpy(&value, content.data() + offset, sizeof(T));
  return value;
}

Status AddFromElf(const std::string& content, const std::string& origin,
                  std::vector<DeviceImage>& images) {
  SUPA_ASSIGN_OR_RETURN(Elf64_Ehdr header, Load<Elf64_Ehdr>(content, 0, origin));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(Elf64_Shdr) ||
      header.e_shoff == 0) {
    return absl::OkStatus();  // foreign or stripped of sections: no device code that we can see
  }
  const auto section_at = [&](uint64_t index) {
    return Load<Elf64_Shdr>(content, header.e_shoff + index * sizeof(Elf64_Shdr), origin);
  };
  SUPA_ASSIGN_OR_RETURN(Elf64_Shdr first, section_at(0));
  // Counts that do not fit in the header stand in section 0.
  const uint64_t count = header.e_shnum != 0 ? header.e_shnum : first.sh_size;
  const uint64_t names_index = header.e_shstrndx != SHN_XINDEX ? header.e_shstrndx : first.sh_link;
  if (count > content.size() / sizeof(Elf64_Shdr)) {
    return Damaged(origin, "its section table is larger than the file");
  }
  SUPA_ASSIGN_OR_RETURN(Elf64_Shdr names, section_at(names_index));
  const size_t name_bytes = std::strlen(kSectionName) + 1;
  for (uint64_t i = 1; i < count; ++i) {
    SUPA_ASSIGN_OR_RETURN(Elf64_Shdr section, section_at(i));
    const uint64_t name_offset = names.sh_offset + section.sh_name;
    if (name_offset < names.sh_offset || name_offset > content.size() ||
        content.size() - name_offset < name_bytes ||
        std::memcmp(content.data() + name_offset, kSectionName, name_bytes) != 0 ||
        section.sh_type == SHT_NOBITS) {
      continue;
    }
    if (section.sh_offset > content.size() ||
        section.sh_size > content.size() - section.sh_offset) {
      return Damaged(origin, "its section .supa_fatbin lies outside the file");
    }
    SUPA_RETURN_IF_ERROR(
        AddFromSection(content.data() + section.sh_offset, section.sh_size, origin, images));
  }
  return absl::OkStatus();
}

/// The name of an archive member, from the header's field or the table of long names.
std::string MemberName(const std::string& field, const std::string& long_names) {
  if (field.size() > 1 && field[0] == '/' && field[1] >= '0' && field[1] <= '9') {
    size_t offset = 0;
    if (absl::SimpleAtoi(field.substr(1, field.find(' ') - 1), &offset) &&
        offset < long_names.size()) {
      return long_names.substr(offset, long_names.find("/\n", offset) - offset);
    }
  }
  return field.substr(0, field.find('/'));
}

Status AddFromArchive(const std::string& content, const std::string& origin,
                      std::vector<DeviceImage>& images) {
  std::string long_names;
  size_t offset = kArchiveMagicBytes;
  while (offset < content.size()) {
    if (content.size() - offset < kArchiveHeaderBytes ||
        std::memcmp(content.data() + offset + 58, "`\n", 2) != 0) {
      return Damaged(origin, "an archive header is wrong");
    }
    const std::string field = content.substr(offset, 16);
    const std::string size_field = content.substr(offset + 48, 10);
    uint64_t size_bytes = 0;
    offset += kArchiveHeaderBytes;
    if (!absl::SimpleAtoi(size_field, &size_bytes) || size_bytes > content.size() - offset) {
      return Damaged(origin, "an archive member is cut");
    }
    const std::string member = content.substr(offset, size_bytes);
    if (field.rfind("//", 0) == 0) {
      long_names = member;
    } else if (member.compare(0, SELFMAG, ELFMAG) == 0) {
      SUPA_RETURN_IF_ERROR(AddFromElf(
          member, absl::StrCat(origin, "(", MemberName(field, long_names), ")"), images));
    }
    offset += size_bytes + (size_bytes & 1);
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::vector<DeviceImage>> FindDeviceImages(const std::string& content,
                                                    const std::string& origin) {
  std::vector<DeviceImage> images;
  if (content.compare(0, SELFMAG, ELFMAG) == 0) {
    SUPA_RETURN_IF_ERROR(AddFromElf(content, origin, images));
  } else if (content.compare(0, kArchiveMagicBytes, kArchiveMagic) == 0) {
    SUPA_RETURN_IF_ERROR(AddFromArchive(content, origin, images));
  } else if (content.rfind("SUPAFATB", 0) == 0) {
    SUPA_RETURN_IF_ERROR(AddFromSection(content.data(), content.size(), origin, images));
  } else {
    return absl::DataLossError(absl::StrCat(
        "'", origin, "' is neither an ELF file, an archive, nor a fat binary of OpenSUPA"));
  }
  return images;
}

}  // namespace opensupa::binary
