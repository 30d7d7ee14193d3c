#include "opensupa/binary/code_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "sample_images.h"

namespace opensupa::binary {
namespace {

using testing::BytesOf;
using ::testing::HasSubstr;
using testing::SampleCodeObject;

/// Parses the sample after `change`; serialisation does not check, parsing does.
absl::Status ParseChanged(const std::function<void(CodeObject&)>& change) {
  CodeObject object = SampleCodeObject();
  change(object);
  return ParseCodeObject(Serialize(object)).status();
}

void ExpectDataLoss(const absl::Status& status, const std::string& text) {
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(text));
}

TEST(CodeObjectTest, EveryFieldSurvivesSerialisation) {
  const CodeObject before = SampleCodeObject();
  absl::StatusOr<CodeObject> after = ParseCodeObject(Serialize(before));
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->target, before.target);
  EXPECT_EQ(after->device_abi, before.device_abi);
  EXPECT_EQ(after->text, before.text);
  EXPECT_EQ(after->data, before.data);
  EXPECT_EQ(after->data_offset_bytes, 4096u);
  EXPECT_EQ(after->bss_bytes, 100u);
  EXPECT_EQ(after->ImageSizeBytes(), 4096u + 16 + 100);
  ASSERT_EQ(after->relocations.size(), 2u);
  EXPECT_EQ(after->relocations[0].addend_bytes, -8);
  EXPECT_EQ(after->relocations[1].offset_bytes, 4104u);
  ASSERT_EQ(after->kernels.size(), 1u);
  EXPECT_EQ(after->kernels[0].name, "_Z3addPf");
  EXPECT_EQ(after->kernels[0].offset_bytes, 64u);
  ASSERT_EQ(after->variables.size(), 1u);
  EXPECT_EQ(after->variables[0].size_bytes, 116u);
}

TEST(CodeObjectTest, TruncationAtEveryByteIsDataLoss) {
  const std::vector<std::byte> bytes = Serialize(SampleCodeObject());
  for (size_t size = 0; size < bytes.size(); ++size) {
    std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
    ASSERT_EQ(ParseCodeObject(cut).status().code(), absl::StatusCode::kDataLoss) << "at " << size;
  }
}

TEST(CodeObjectTest, AFlippedBitAnywhereIsRefused) {
  std::vector<std::byte> bytes = Serialize(SampleCodeObject());
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      bytes[i] ^= static_cast<std::byte>(1 << bit);
      const bool is_version = i >= 8 && i < 12;
      ASSERT_EQ(ParseCodeObject(bytes).status().code(),
                is_version ? absl::StatusCode::kFailedPrecondition : absl::StatusCode::kDataLoss)
          << "byte " << i << " bit " << bit;
      bytes[i] ^= static_cast<std::byte>(1 << bit);
    }
  }
}

TEST(CodeObjectTest, ForeignBytesAndAnotherVersionAreRefused) {
  ExpectDataLoss(ParseCodeObject(Serialize(testing::SampleFatBinary())).status(),
                 "no code object: they do not begin with \"SUPACODE\"");
  ExpectDataLoss(ParseCodeObject(BytesOf("short")).status(), "no code object: 5 bytes were given");
  std::vector<std::byte> bytes = Serialize(SampleCodeObject());
  bytes[8] = std::byte{3};
  absl::Status status = ParseCodeObject(bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("format version 3"));
}

TEST(CodeObjectTest, DataMustStartOnAPageAfterTheText) {
  ExpectDataLoss(ParseChanged([](CodeObject& o) { o.data_offset_bytes = 4097; }),
                 "data offset is 4097");
  ExpectDataLoss(ParseChanged([](CodeObject& o) { o.data_offset_bytes = 0; }), "data offset is 0");
}

TEST(CodeObjectTest, AnImageLargerThanAnyCardIsRefused) {
  ExpectDataLoss(ParseChanged([](CodeObject& o) { o.bss_bytes = ~uint64_t{0}; }), "larger than");
  ExpectDataLoss(ParseChanged([](CodeObject& o) { o.data_offset_bytes = ~uint64_t{0} << 12; }),
                 "larger than");
}

TEST(CodeObjectTest, RelocationsMustLieInTextOrData) {
  const auto at = [](uint64_t offset_bytes) {
    return ParseChanged([=](CodeObject& o) { o.relocations[0].offset_bytes = offset_bytes; });
  };
  EXPECT_TRUE(at(0).ok());
  EXPECT_TRUE(at(248).ok());
  EXPECT_TRUE(at(4096).ok());
  ExpectDataLoss(at(249), "relocation at image offset 249");    // runs over the end of the text
  ExpectDataLoss(at(1000), "relocation at image offset 1000");  // the gap
  ExpectDataLoss(at(4105), "relocation at image offset 4105");  // runs into the bss
  ExpectDataLoss(at(~uint64_t{0} - 3), "relocation at image offset");
}

TEST(CodeObjectTest, KernelDescriptorsMustLieAlignedInTheText) {
  const auto at = [](uint64_t offset_bytes) {
    return ParseChanged([=](CodeObject& o) { o.kernels[0].offset_bytes = offset_bytes; });
  };
  EXPECT_TRUE(at(0).ok());
  ExpectDataLoss(at(8), "descriptor of kernel '_Z3addPf' at image offset 8");
  ExpectDataLoss(at(256), "image offset 256");
  ExpectDataLoss(at(~uint64_t{0} - 63), "descriptor of kernel");
  ExpectDataLoss(ParseChanged([](CodeObject& o) { o.kernels[0].name.clear(); }), "kernel ''");
}

TEST(CodeObjectTest, KernelEntriesMustLieInTheText) {
  const auto with_entry = [](int64_t entry_offset_bytes) {
    return ParseChanged([=](CodeObject& o) {
      abi::KernelDescriptor descriptor{};
      descriptor.entry_offset_bytes = entry_offset_bytes;
      std::memcpy(o.text.data() + 64, &descriptor, sizeof(descriptor));
    });
  };
  EXPECT_TRUE(with_entry(-64).ok());
  EXPECT_TRUE(with_entry(191).ok());
  ExpectDataLoss(with_entry(-65), "entry of kernel");
  ExpectDataLoss(with_entry(192), "entry of kernel");
  ExpectDataLoss(with_entry(INT64_MAX), "entry of kernel");
  ExpectDataLoss(with_entry(INT64_MIN), "entry of kernel");
}

TEST(CodeObjectTest, VariablesMustFitInTheImage) {
  ExpectDataLoss(ParseChanged([](CodeObject& o) { o.variables[0].size_bytes = 117; }),
                 "variable 'table' of 117 bytes");
  ExpectDataLoss(ParseChanged([](CodeObject& o) { o.variables[0].offset_bytes = ~uint64_t{0}; }),
                 "variable 'table'");
}

}  // namespace
}  // namespace opensupa::binary
