#include "elf_object.h"

#include "absl/strings/str_format.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ELF.h"
#include "llvm/Object/ELFTypes.h"

namespace opensupa::cc {
namespace {

using Elf = llvm::object::ELF64LE;
using ElfFile = llvm::object::ELFFile<Elf>;

absl::Status Damaged(llvm::Error error) {
  return absl::InternalError(absl::StrFormat("The code generator's object cannot be read: %s.",
                                             llvm::toString(std::move(error))));
}

absl::Status ReadSections(const ElfFile& file, ElfObject& object) {
  auto headers = file.sections();
  if (!headers) return Damaged(headers.takeError());
  for (const Elf::Shdr& header : *headers) {
    ElfObject::Section section;
    auto name = file.getSectionName(header);
    if (!name) return Damaged(name.takeError());
    section.name = *name;
    section.type = header.sh_type;
    section.flags = header.sh_flags;
    section.align_bytes = std::max<uint64_t>(header.sh_addralign, 1);
    section.size_bytes = header.sh_size;
    if (header.sh_type != llvm::ELF::SHT_NOBITS) {
      auto contents = file.getSectionContents(header);
      if (!contents) return Damaged(contents.takeError());
      section.contents = llvm::toStringRef(*contents);
    }
    object.sections.push_back(section);
  }
  return absl::OkStatus();
}

absl::Status ReadSymbols(const ElfFile& file, const Elf::Shdr& table, ElfObject& object) {
  auto strings = file.getStringTableForSymtab(table);
  if (!strings) return Damaged(strings.takeError());
  auto symbols = file.symbols(&table);
  if (!symbols) return Damaged(symbols.takeError());
  for (const Elf::Sym& entry : *symbols) {
    auto name = entry.getName(*strings);
    if (!name) return Damaged(name.takeError());
    object.symbols.push_back({*name, entry.st_shndx, entry.st_value, entry.st_size, entry.getType(),
                              entry.getBinding()});
  }
  return absl::OkStatus();
}

absl::Status ReadRelocations(const ElfFile& file, const Elf::Shdr& table, ElfObject& object) {
  auto entries = file.relas(table);
  if (!entries) return Damaged(entries.takeError());
  for (const Elf::Rela& entry : *entries) {
    object.relocations.push_back({table.sh_info, entry.r_offset, entry.getType(false),
                                  entry.getSymbol(false), entry.r_addend});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ElfObject> ReadElfObject(llvm::StringRef bytes) {
  auto file = ElfFile::create(bytes);
  if (!file) return Damaged(file.takeError());
  ElfObject object;
  object.machine = file->getHeader().e_machine;
  if (absl::Status status = ReadSections(*file, object); !status.ok()) return status;
  auto headers = file->sections();
  if (!headers) return Damaged(headers.takeError());
  for (const Elf::Shdr& header : *headers) {
    absl::Status status = absl::OkStatus();
    if (header.sh_type == llvm::ELF::SHT_SYMTAB) status = ReadSymbols(*file, header, object);
    if (header.sh_type == llvm::ELF::SHT_RELA) status = ReadRelocations(*file, header, object);
    if (!status.ok()) return status;
  }
  return object;
}

}  // namespace opensupa::cc
