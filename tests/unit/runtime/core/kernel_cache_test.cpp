#include "opensupa/core/kernel_cache.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "core_fixture.h"

namespace opensupa::rt {
namespace {

namespace fs = std::filesystem;
using testing::HasCode;
using testing::ScopedVariable;

constexpr char kKey[] = "0123456789abcdef0123456789abcdef";

std::vector<std::byte> Bytes(size_t size, int value) {
  return std::vector<std::byte>(size, static_cast<std::byte>(value));
}

class KernelCacheTest : public ::testing::Test {
 protected:
  KernelCacheTest() {
    std::string name = (fs::temp_directory_path() / "opensupa_cache_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~KernelCacheTest() override {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  fs::path OnlyFile() const {
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) return entry.path();
    }
    return {};
  }
  fs::path folder_;
};

TEST_F(KernelCacheTest, GivenWrittenEntryThenAnotherCacheReadsIt) {
  KernelCache(folder_ / "made").Write(kKey, Bytes(1000, 7));
  EXPECT_EQ(KernelCache(folder_ / "made").Read(kKey), Bytes(1000, 7));
  EXPECT_EQ(KernelCache(folder_ / "made").Read("ffffffffffffffffffffffffffffffff"), std::nullopt);
}

TEST_F(KernelCacheTest, GivenDamagedEntryThenItCountsAsAbsentUntilWrittenAgain) {
  KernelCache cache(folder_);
  cache.Write(kKey, Bytes(1000, 7));
  std::fstream(OnlyFile(), std::ios::in | std::ios::out | std::ios::binary).put('x');
  EXPECT_EQ(cache.Read(kKey), std::nullopt);
  cache.Write(kKey, Bytes(10, 8));
  EXPECT_EQ(cache.Read(kKey), Bytes(10, 8));
  for (uintmax_t size : {20u, 0u}) {
    fs::resize_file(OnlyFile(), size);
    EXPECT_EQ(cache.Read(kKey), std::nullopt);
  }
}

TEST_F(KernelCacheTest, GivenErasedEntryThenItIsAbsent) {
  KernelCache cache(folder_);
  cache.Write(kKey, Bytes(10, 1));
  cache.Erase(kKey);
  EXPECT_EQ(cache.Read(kKey), std::nullopt);
}

TEST_F(KernelCacheTest, GivenFolderThatCannotBeMadeThenOneWarningAndNothingElse) {
  std::ofstream(folder_ / "file") << "in the way";
  KernelCache cache(folder_ / "file" / "cache");
  EXPECT_FALSE(cache.CheckWritable().ok());
  ScopedVariable log("OPENSUPA_LOG", "warning");
  cache.Write(kKey, Bytes(10, 1));
  cache.Write(kKey, Bytes(10, 1));
  EXPECT_EQ(cache.Read(kKey), std::nullopt);
}

TEST_F(KernelCacheTest, GivenManyWritersThenReadersSeeWholeEntriesOnly) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 1; t <= 4; ++t) {
    threads.emplace_back([&, t] {
      KernelCache cache(folder_);
      for (int i = 0; i < 50; ++i) {
        cache.Write(kKey, Bytes(10000, t));
        std::optional<std::vector<std::byte>> read = cache.Read(kKey);
        if (!read.has_value() || read->size() != 10000 || *read != Bytes(10000, int(read->front())))
          ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_NE(OnlyFile(), fs::path());
  EXPECT_EQ(OnlyFile().extension(), "") << "a temporary file was left behind";
}

TEST_F(KernelCacheTest, GivenNoFolderThenTheCacheIsOff) {
  KernelCache cache{fs::path()};
  EXPECT_FALSE(cache.enabled());
  EXPECT_TRUE(cache.CheckWritable().ok());
  cache.Write(kKey, Bytes(10, 1));
  EXPECT_EQ(cache.Read(kKey), std::nullopt);
}

TEST_F(KernelCacheTest, OptionsChooseTheFolder) {
  {
    ScopedVariable own("OPENSUPA_CACHE_DIR", "/own");
    EXPECT_EQ(KernelCache::FolderFromOptions(), fs::path("/own"));
    ScopedVariable off("OPENSUPA_CACHE_DISABLE", "1");
    EXPECT_EQ(KernelCache::FolderFromOptions(), fs::path());
  }
  ScopedVariable xdg("XDG_CACHE_HOME", "/xdg");
  EXPECT_EQ(KernelCache::FolderFromOptions(), fs::path("/xdg/opensupa"));
  ScopedVariable no_xdg("XDG_CACHE_HOME", "");
  ScopedVariable home("HOME", "/home/someone");
  EXPECT_EQ(KernelCache::FolderFromOptions(), fs::path("/home/someone/.cache/opensupa"));
}

TEST_F(KernelCacheTest, GivenMissingFileThenReadFileNamesIt) {
  const Status status = ReadFile(folder_ / "missing.bin").status();
  EXPECT_THAT(status, HasCode(supaErrorFileNotFound));
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("missing.bin"));
}

}  // namespace
}  // namespace opensupa::rt
