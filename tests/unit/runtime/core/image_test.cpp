#include "opensupa/core/image.h"

#include "image_fixture.h"

namespace opensupa::rt {
namespace {

using testing::BytesOf;
using testing::HasCode;
using ::testing::HasSubstr;
using testing::SampleImage;

class ImageTest : public testing::ImageTest {
 protected:
  StatusOr<std::shared_ptr<Image>> Parse(const binary::FatBinary& fat_binary) {
    return Image::Parse(binary::Serialize(fat_binary), "of the test", store());
  }
  StatusOr<std::shared_ptr<const std::vector<std::byte>>> Code(
      Image& image, Image::Source source = Image::Source::kAny) {
    return image.CodeFor("fake/1", source, store(), nullptr);
  }
};

TEST_F(ImageTest, GivenNativeCodeThenNothingIsCompiled) {
  const int calls = CompileCalls();
  binary::FatBinary fat_binary = SampleImage("k", "bitcode");
  fat_binary.native = {{"fake/1", BytesOf("native code")}};
  auto image = *Parse(fat_binary);
  EXPECT_EQ(**Code(*image), BytesOf("native code"));
  EXPECT_EQ(CompileCalls(), calls);
  EXPECT_NE(image->FindKernel("k"), nullptr);
  EXPECT_EQ(image->FindKernel("other"), nullptr);
}

TEST_F(ImageTest, GivenBitcodeThenItIsCompiledOnceAndKeptForTheNextRun) {
  const int calls = CompileCalls();
  const binary::FatBinary fat_binary = SampleImage("k", "kept");
  auto first = *Parse(fat_binary);
  EXPECT_EQ(**Code(*first), BytesOf("code of kept for fake/1"));
  EXPECT_TRUE(Code(*first).ok());
  EXPECT_EQ(CompileCalls(), calls + 1);
  auto second = *Parse(fat_binary);
  EXPECT_TRUE(Code(*second).ok());
  EXPECT_EQ(CompileCalls(), calls + 1);
  EXPECT_TRUE(Code(*second, Image::Source::kCompiler).ok());
  EXPECT_EQ(CompileCalls(), calls + 2);
}

TEST_F(ImageTest, GivenOtherTargetThenItIsAnotherEntry) {
  auto image = *Parse(SampleImage("k", "two targets"));
  EXPECT_EQ(**Code(*image), BytesOf("code of two targets for fake/1"));
  EXPECT_EQ(**image->CodeFor("fake/2", Image::Source::kAny, store(), nullptr),
            BytesOf("code of two targets for fake/2"));
}

TEST_F(ImageTest, GivenBadBitcodeThenTheCompilersWordsAreInTheError) {
  const Status status = Code(**Parse(SampleImage("k", "broken"))).status();
  EXPECT_THAT(status, HasCode(supaErrorInvalidPtx));
  EXPECT_THAT(std::string(status.message()), HasSubstr("rule 7 is broken"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("k.su"));
}

TEST_F(ImageTest, GivenNoCodeAtAllThenNoKernelImage) {
  binary::FatBinary fat_binary = SampleImage("k", "");
  EXPECT_THAT(Code(**Parse(fat_binary)).status(), HasCode(supaErrorNoKernelImageForDevice));
}

TEST_F(ImageTest, GivenDamagedBytesThenInvalidImageForEveryTruncation) {
  const std::vector<std::byte> good = binary::Serialize(SampleImage("k", "bitcode"));
  for (size_t size = 0; size < good.size(); size += 7) {
    EXPECT_THAT(Image::Parse(std::span(good.data(), size), "cut", store()).status(),
                HasCode(supaErrorInvalidKernelImage));
  }
  std::vector<std::byte> flipped = good;
  flipped.back() ^= std::byte{1};
  EXPECT_THAT(Image::Parse(flipped, "flipped", store()).status(),
              HasCode(supaErrorInvalidKernelImage));
}

TEST_F(ImageTest, GivenRelocatableImagesThenTheyAreLinked) {
  binary::FatBinary a = SampleImage("a", "A"), b = SampleImage("b", "B");
  a.relocatable = b.relocatable = true;
  const auto a_bytes = binary::Serialize(a), b_bytes = binary::Serialize(b);
  auto image = *Image::Link({a_bytes, b_bytes}, store());
  EXPECT_NE(image->FindKernel("a"), nullptr);
  EXPECT_NE(image->FindKernel("b"), nullptr);
  EXPECT_EQ(**Code(*image), BytesOf("code of AB for fake/1"));
}

TEST_F(ImageTest, GivenUndefinedSymbolThenTheLinkErrorNamesIt) {
  binary::FatBinary a = SampleImage("a", "undefined");
  a.relocatable = true;
  const Status status = Parse(a).status();
  EXPECT_THAT(status, HasCode(supaErrorSharedObjectSymbolNotFound));
  EXPECT_THAT(std::string(status.message()), HasSubstr("symbol 'f' is undefined"));
}

TEST_F(ImageTest, GivenNoCompilerThenTheErrorNamesTheFile) {
  testing::ScopedVariable missing("OPENSUPA_COMPILER_LIBRARY", "/nowhere/libsupacc.so");
  const Status status = Code(**Parse(SampleImage("k", "bitcode"))).status();
  EXPECT_THAT(status, HasCode(supaErrorJitCompilerNotFound));
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/libsupacc.so"));
}

}  // namespace
}  // namespace opensupa::rt
