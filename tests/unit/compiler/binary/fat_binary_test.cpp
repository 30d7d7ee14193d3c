#include "opensupa/binary/fat_binary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "byte_stream.h"
#include "sample_images.h"

namespace opensupa::binary {
namespace {

using testing::BytesOf;
using ::testing::HasSubstr;
using testing::SampleFatBinary;

constexpr ContainerFormat kFatFormat{"SUPAFATB", 2, "fat binary"};

TEST(FatBinaryTest, EveryFieldSurvivesSerialisation) {
  const FatBinary before = SampleFatBinary();
  absl::StatusOr<FatBinary> after = ParseFatBinary(Serialize(before));
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->ir_version, kDeviceIrVersion);
  EXPECT_TRUE(after->relocatable);
  EXPECT_EQ(after->producer, before.producer);
  EXPECT_EQ(after->source, before.source);
  EXPECT_EQ(after->architectures, before.architectures);
  EXPECT_EQ(after->bitcode, before.bitcode);
  ASSERT_EQ(after->kernels.size(), 1u);
  const KernelInfo& kernel = after->kernels[0];
  EXPECT_EQ(kernel.name, "_Z3addPfi");
  ASSERT_EQ(kernel.params.size(), 2u);
  EXPECT_EQ(kernel.params[1].offset_bytes, 8u);
  EXPECT_EQ(kernel.params[1].size_bytes, 4u);
  EXPECT_EQ(kernel.args_size_bytes, 12u);
  EXPECT_EQ(kernel.static_shared_bytes, 1024u);
  EXPECT_EQ(kernel.local_bytes_per_thread, 16u);
  EXPECT_EQ(kernel.constant_bytes, 32u);
  EXPECT_EQ(kernel.registers_per_thread, 40u);
  EXPECT_EQ(kernel.max_threads_per_block, 256u);
  EXPECT_EQ(kernel.min_blocks_per_multiprocessor, 2u);
  EXPECT_EQ(kernel.cluster_dim, (std::array<uint32_t, 3>{4, 2, 1}));
  ASSERT_EQ(after->variables.size(), 2u);
  EXPECT_EQ(after->variables[0].name, "table");
  EXPECT_EQ(after->variables[0].size_bytes, 64u);
  EXPECT_TRUE(after->variables[0].constant);
  EXPECT_FALSE(after->variables[0].external);
  EXPECT_TRUE(after->variables[1].managed);
  EXPECT_TRUE(after->variables[1].external);
  ASSERT_NE(FindNative(*after, "x86-64-v3/reference"), nullptr);
  EXPECT_EQ(FindNative(*after, "x86-64-v3/reference")->code_object, before.native[0].code_object);
  EXPECT_EQ(FindNative(*after, "x86-64-v4/reference"), nullptr);
}

TEST(FatBinaryTest, AnEmptyOneIsValid) {
  absl::StatusOr<FatBinary> after = ParseFatBinary(Serialize(FatBinary{}));
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_TRUE(after->bitcode.empty());
  EXPECT_FALSE(after->relocatable);
}

TEST(FatBinaryTest, SerialisationIsDeterministic) {
  EXPECT_EQ(Serialize(SampleFatBinary()), Serialize(SampleFatBinary()));
}

TEST(FatBinaryTest, SizeIsKnownFromTheStartAddress) {
  std::vector<std::byte> bytes = Serialize(SampleFatBinary());
  absl::StatusOr<uint64_t> size_bytes = FatBinarySize(bytes.data());
  ASSERT_TRUE(size_bytes.ok());
  EXPECT_EQ(*size_bytes, bytes.size());
}

TEST(FatBinaryTest, SizeOfForeignBytesIsRefused) {
  EXPECT_EQ(FatBinarySize("__CLANG_OFFLOAD_BUNDLE__").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(FatBinarySize(nullptr).status().code(), absl::StatusCode::kDataLoss);
}

TEST(FatBinaryTest, TruncationAtEveryByteIsDataLoss) {
  const std::vector<std::byte> bytes = Serialize(SampleFatBinary());
  for (size_t size = 0; size < bytes.size(); ++size) {
    // A heap copy of exactly this size, so that a sanitizer sees any read past its end.
    std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    absl::StatusOr<FatBinary> parsed = ParseFatBinary(cut);
    ASSERT_EQ(parsed.status().code(), absl::StatusCode::kDataLoss) << "at " << size;
  }
}

TEST(FatBinaryTest, TruncationIsCalledByItsName) {
  std::vector<std::byte> bytes = Serialize(SampleFatBinary());
  const size_t full = bytes.size();
  bytes.resize(full - 1);
  EXPECT_EQ(ParseFatBinary(bytes).status().message(),
            absl::StrCat("The fat binary is truncated: its header claims ", full, " bytes, and ",
                         full - 1, " were given."));
  bytes.resize(20);
  EXPECT_EQ(ParseFatBinary(bytes).status().message(),
            "The fat binary is truncated: 20 bytes were given, and the header alone takes 32.");
}

TEST(FatBinaryTest, AFlippedBitAnywhereIsRefused) {
  std::vector<std::byte> bytes = Serialize(SampleFatBinary());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes[i] ^= static_cast<std::byte>(1 << bit);
      absl::StatusCode code = ParseFatBinary(bytes).status().code();
      const bool is_version = i >= 8 && i < 12;
      ASSERT_EQ(code,
                is_version ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kDataLoss)
          << "byte " << i << " bit " << bit;
      bytes[i] ^= static_cast<std::byte>(1 << bit);
    }
  }
  EXPECT_TRUE(ParseFatBinary(bytes).ok());
}

TEST(FatBinaryTest, TrailingBytesAreRefused) {
  std::vector<std::byte> bytes = Serialize(SampleFatBinary());
  bytes.push_back(std::byte{0});
  EXPECT_EQ(ParseFatBinary(bytes).status().code(), absl::StatusCode::kDataLoss);
}

TEST(FatBinaryTest, ForeignBytesAreRefused) {
  absl::Status status = ParseFatBinary(BytesOf("\x7f"
                                               "ELF, or whatever else somebody may hand us"))
                            .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "The bytes are no fat binary: they do not begin with \"SUPAFATB\".");
}

TEST(FatBinaryTest, AnotherIrVersionNamesBoth) {
  FatBinary fat_binary = SampleFatBinary();
  fat_binary.ir_version = 7;
  absl::Status status = ParseFatBinary(Serialize(fat_binary)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("device IR version 7"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("reads version 1 only"));
}

TEST(FatBinaryTest, AnotherFormatVersionNamesBoth) {
  std::vector<std::byte> bytes = Serialize(SampleFatBinary());
  bytes[8] = std::byte{9};
  absl::Status status = ParseFatBinary(bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("format version 9"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("reads version 2 only"));
}

TEST(FatBinaryTest, AnArgumentOutsideTheArgumentBufferIsRefused) {
  FatBinary fat_binary = SampleFatBinary();
  fat_binary.kernels[0].params[1].offset_bytes = 0xfffffffc;
  absl::Status status = ParseFatBinary(Serialize(fat_binary)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("_Z3addPfi"));
}

TEST(FatBinaryTest, ACountThatCannotFitAllocatesNothing) {
  ByteWriter writer;
  writer.U32(kDeviceIrVersion);
  writer.U32(0);
  writer.String("");
  writer.String("");
  writer.U32(0xffffffff);  // architectures
  std::vector<std::byte> body = std::move(writer).Take();
  absl::Status status = ParseFatBinary(WrapContainer(kFatFormat, body)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("architecture count is 4294967295"));
}

TEST(FatBinaryTest, ABodyCutAtEveryByteUnderAValidHeaderIsDataLoss) {
  const std::vector<std::byte> bytes = Serialize(SampleFatBinary());
  const std::span<const std::byte> body =
      std::span<const std::byte>(bytes).subspan(kContainerHeaderBytes);
  for (size_t size = 0; size < body.size(); ++size) {
    absl::StatusCode code =
        ParseFatBinary(WrapContainer(kFatFormat, body.first(size))).status().code();
    ASSERT_EQ(code, absl::StatusCode::kDataLoss) << "at " << size;
  }
}

TEST(FatBinaryTest, ContentHashIs32HexDigitsAndDependsOnTheBytes) {
  std::string hash = ContentHash(BytesOf("abc"));
  EXPECT_EQ(hash.size(), 32u);
  EXPECT_EQ(hash.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(hash, ContentHash(BytesOf("abd")));
  EXPECT_EQ(hash, ContentHash(BytesOf("abc")));
  EXPECT_EQ(hash, "06b05ab6733a618578af5f94892f3950");  // XXH3-128 of "abc", seed 0
}

}  // namespace
}  // namespace opensupa::binary
