#include "byte_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_images.h"

namespace opensupa::binary {
namespace {

using testing::BytesOf;
using ::testing::HasSubstr;

TEST(ByteStreamTest, ValuesAreLittleEndianOnEveryHost) {
  ByteWriter writer;
  writer.U32(0x01020304);
  writer.U64(0x1112131415161718);
  EXPECT_EQ(std::move(writer).Take(), BytesOf("\x04\x03\x02\x01\x18\x17\x16\x15\x14\x13\x12\x11"));
}

TEST(ByteStreamTest, ReaderReturnsWhatWasWritten) {
  ByteWriter writer;
  writer.U32(7);
  writer.I64(-5);
  writer.String("name");
  writer.Bytes(BytesOf("xyz"));
  writer.Compressed(BytesOf(std::string(1000, 'a')));
  std::vector<std::byte> bytes = std::move(writer).Take();
  EXPECT_LT(bytes.size(), 200u);
  ByteReader reader(bytes, "thing");
  EXPECT_EQ(reader.U32("a"), 7u);
  EXPECT_EQ(reader.I64("b"), -5);
  EXPECT_EQ(reader.String("c"), "name");
  EXPECT_EQ(reader.Bytes("d"), BytesOf("xyz"));
  EXPECT_EQ(reader.Compressed("e"), BytesOf(std::string(1000, 'a')));
  reader.ExpectEnd();
  EXPECT_TRUE(reader.ok());
}

TEST(ByteStreamTest, TheFirstFailureSticksAndNamesTheField) {
  std::vector<std::byte> bytes = BytesOf("abc");
  ByteReader reader(bytes, "thing");
  EXPECT_EQ(reader.U32("first"), 0u);
  EXPECT_EQ(reader.String("second"), "");
  EXPECT_EQ(reader.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(reader.status().message(),
            "The thing is corrupt: its first at body offset 0 needs 4 bytes, and only 3 are left.");
}

TEST(ByteStreamTest, AHugeLengthFailsWithoutAllocating) {
  ByteWriter writer;
  writer.U64(~uint64_t{0});
  std::vector<std::byte> bytes = std::move(writer).Take();
  ByteReader reader(bytes, "thing");
  EXPECT_TRUE(reader.Bytes("blob").empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteStreamTest, AFrameThatLiesAboutItsSizeIsRefused) {
  ByteWriter honest;
  honest.Compressed(BytesOf("hello"));
  std::vector<std::byte> bytes = std::move(honest).Take();
  for (uint64_t claimed : {uint64_t{4}, uint64_t{6}, uint64_t{1} << 40, ~uint64_t{0}}) {
    std::vector<std::byte> lying = bytes;
    std::memcpy(lying.data(), &claimed, sizeof(claimed));
    ByteReader reader(lying, "thing");
    EXPECT_TRUE(reader.Compressed("blob").empty());
    EXPECT_EQ(reader.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(reader.status().message()), HasSubstr("blob claims"));
  }
}

TEST(ByteStreamTest, FlagsAreZeroOrOne) {
  ByteWriter writer;
  writer.U32(1);
  writer.U32(2);
  std::vector<std::byte> bytes = std::move(writer).Take();
  ByteReader reader(bytes, "thing");
  EXPECT_TRUE(reader.Flag("good"));
  reader.Flag("bad");
  EXPECT_THAT(std::string(reader.status().message()), HasSubstr("its bad is 2"));
}

TEST(ByteStreamTest, LeftOverBytesAreAFailure) {
  std::vector<std::byte> bytes = BytesOf("abc");
  ByteReader reader(bytes, "thing");
  reader.ExpectEnd();
  EXPECT_THAT(std::string(reader.status().message()), HasSubstr("3 bytes follow the end"));
}

}  // namespace
}  // namespace opensupa::binary
