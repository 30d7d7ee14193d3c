#include "device_images.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "absl/strings/str_format.h"
#include "opensupa/binary/fat_binary.h"
#include "scratch_files.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;

std::string FatBinary(const std::string& source, bool relocatable) {
  binary::FatBinary fat_binary;
  fat_binary.source = source;
  fat_binary.relocatable = relocatable;
  std::vector<std::byte> bytes = binary::Serialize(fat_binary);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// An ELF file with the sections null, .supa_fatbin and .shstrtab.
std::string Elf(const std::string& device_code) {
  const std::string names("\0.supa_fatbin\0.shstrtab\0", 24);
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 3;
  header.e_shstrndx = 2;
  header.e_shoff = sizeof(header) + device_code.size() + names.size();
  Elf64_Shdr sections[3] = {};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_offset = sizeof(header);
  sections[1].sh_size = device_code.size();
  sections[2].sh_name = 14;
  sections[2].sh_type = SHT_STRTAB;
  sections[2].sh_offset = sizeof(header) + device_code.size();
  sections[2].sh_size = names.size();
  std::string file(reinterpret_cast<const char*>(&header), sizeof(header));
  file += device_code + names;
  file.append(reinterpret_cast<const char*>(sections), sizeof(sections));
  return file;
}

std::string Member(const std::string& name, const std::string& content) {
  std::string member =
      absl::StrFormat("%-16s%-12s%-6s%-6s%-8s%-10d`\n", name, "0", "0", "0", "644", content.size());
  member += content;
  if (content.size() % 2 == 1) member += '\n';
  return member;
}

TEST(DeviceImagesTest, AnObjectMayHoldSeveral) {
  const std::string both =
      FatBinary("a", true) + std::string(100, '\0') + FatBinary("b", false) + std::string(7, '\0');
  StatusOr<std::vector<DeviceImage>> images = FindDeviceImages(Elf(both), "x.o");
  ASSERT_TRUE(images.ok()) << images.status();
  ASSERT_EQ(images->size(), 2u);
  EXPECT_EQ((*images)[0].bytes, FatBinary("a", true));
  EXPECT_TRUE((*images)[0].relocatable);
  EXPECT_EQ((*images)[1].bytes, FatBinary("b", false));
  EXPECT_FALSE((*images)[1].relocatable);
}

TEST(DeviceImagesTest, ArchivesAreSearchedMemberByMember) {
  const std::string long_names = "a_very_long_member_name.o/\n";
  const std::string archive = "!<arch>\n" + Member("/", "symbols") + Member("//", long_names) +
                              Member("short.o/", Elf(FatBinary("a", true))) +
                              Member("/0", Elf(FatBinary("b", true))) + Member("text/", "odd");
  StatusOr<std::vector<DeviceImage>> images = FindDeviceImages(archive, "l.a");
  ASSERT_TRUE(images.ok()) << images.status();
  ASSERT_EQ(images->size(), 2u);
  EXPECT_EQ((*images)[0].origin, "l.a(short.o)");
  EXPECT_EQ((*images)[1].origin, "l.a(a_very_long_member_name.o)");
}

TEST(DeviceImagesTest, AFileWithoutDeviceCodeGivesNone) {
  EXPECT_TRUE(FindDeviceImages(Elf(""), "x.o")->empty());
  EXPECT_TRUE(FindDeviceImages("!<arch>\n", "x.a")->empty());
  ScratchFiles files;
  EXPECT_TRUE(ReadDeviceImages(files.Write("x.o", Elf("")))->empty());
}

TEST(DeviceImagesTest, CutFilesNeverReadPastTheirEnd) {
  const std::string object = Elf(FatBinary("a", true));
  const std::string archive = "!<arch>\n" + Member("a.o/", object);
  for (const std::string& whole : {object, archive, FatBinary("a", true)}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const std::string cut(whole.data(), size);
      StatusOr<std::vector<DeviceImage>> images = FindDeviceImages(cut, "x");
      EXPECT_TRUE(!images.ok() || images->empty()) << size << " of " << whole.size();
    }
  }
}

TEST(DeviceImagesTest, FlippedBytesNeverCrash) {
  const std::string archive = "!<arch>\n" + Member("a.o/", Elf(FatBinary("a", true)));
  for (size_t i = 0; i < archive.size(); ++i) {
    for (int value : {0x00, 0x7f, 0xff}) {
      std::string changed = archive;
      changed[i] = static_cast<char>(value);
      (void)FindDeviceImages(changed, "x");
    }
  }
}

TEST(DeviceImagesTest, DamageIsNamed) {
  std::string damaged = FatBinary("a", true);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  Status status = FindDeviceImages(Elf(damaged), "x.o").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("while reading 'x.o'"));
  EXPECT_THAT(std::string(FindDeviceImages("hello", "x.txt").status().message()),
              HasSubstr("'x.txt' is neither an ELF file"));
}

}  // namespace
}  // namespace opensupa::cc
