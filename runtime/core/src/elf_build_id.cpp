#include "elf_build_id.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"

namespace opensupa::rt {
namespace {

constexpr size_t kMaxNoteBytes = 64 << 10;

bool ReadAt(int file, uint64_t offset, void* to, size_t size_bytes) {
  return pread(file, to, size_bytes, static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(size_bytes);
}

size_t RoundUp(size_t size_bytes) { return (size_bytes + 3) / 4 * 4; }

/// The build id among the notes of one segment.
std::string FindInNotes(std::string_view notes) {
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header;
    std::memcpy(&header, notes.data(), sizeof(header));
    notes.remove_prefix(sizeof(header));
    const size_t name_bytes = RoundUp(header.n_namesz);
    const size_t id_bytes = header.n_descsz;
    if (name_bytes > notes.size() || id_bytes > notes.size() - name_bytes) return "";
    const bool is_gnu = notes.substr(0, header.n_namesz) == std::string_view("GNU\0", 4);
    if (is_gnu && header.n_type == NT_GNU_BUILD_ID) {
      return absl::BytesToHexString(absl::string_view(notes.data() + name_bytes, id_bytes));
    }
    notes.remove_prefix(std::min(name_bytes + RoundUp(id_bytes), notes.size()));
  }
  return "";
}

std::string BuildIdOf(int file) {
  Elf64_Ehdr header;
  if (!ReadAt(file, 0, &header, sizeof(header)) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_phentsize != sizeof(Elf64_Phdr)) {
    return "";
  }
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  if (!ReadAt(file, header.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr))) {
    return "";
  }
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_NOTE || segment.p_filesz > kMaxNoteBytes) continue;
    std::string notes(segment.p_filesz, '\0');
    if (!ReadAt(file, segment.p_offset, notes.data(), notes.size())) continue;
    if (std::string id = FindInNotes(notes); !id.empty()) return id;
  }
  return "";
}

}  // namespace

std::string ElfBuildId(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  std::string id = BuildIdOf(file);
  close(file);
  return id;
}

}  // namespace opensupa::rt
