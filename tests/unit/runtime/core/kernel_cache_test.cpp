#include "opensupa/core/kernel_cache.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "core_fixture.h"
#include "opensupa/base/fault_point.h"
#include "opensupa/core/cache_folder.h"

namespace opensupa::rt {
namespace {

namespace fs = std::filesystem;
using testing::HasCode;
using testing::ScopedVariable;

CacheKey KeyOf(const std::string& input) {
  return {"compile", "compiler 1", "x86-64-v3/reference", 4, "{}", input};
}
const CacheKey kKey = KeyOf("input");

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
  std::vector<fs::path> Files() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }
  size_t CountFiles() const { return Files().size(); }
  fs::path OnlyFile() const { return Files().at(0); }

  static std::vector<std::byte> Make(KernelCache& cache, const CacheKey& key,
                                     const std::vector<std::byte>& bytes, bool fresh = false) {
    auto result = cache.GetOrMake(key, "k.su", fresh, [&] { return KernelCache::Made{bytes, ""}; });
    return result.ok() ? std::move(result->bytes) : std::vector<std::byte>();
  }

  static void SetAge(const fs::path& file, std::chrono::seconds age) {
    const time_t then = time(nullptr) - age.count();
    const timespec times[2] = {{then, 0}, {then, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
  }
  void SetAge(const CacheKey& key, std::chrono::seconds age) const {
    const std::string name = key.FileName();
    SetAge(folder_ / name.substr(0, 2) / name, age);
  }

  fs::path folder_;
};

TEST_F(KernelCacheTest, GivenMadeEntryThenAnotherCacheReadsIt) {
  KernelCache first(folder_ / "made"), second(folder_ / "made");
  EXPECT_EQ(Make(first, kKey, Bytes(1000, 7)), Bytes(1000, 7));
  EXPECT_EQ(Make(second, kKey, Bytes(1, 0)), Bytes(1000, 7)) << "it was made again";
  EXPECT_EQ(second.Read(kKey), Bytes(1000, 7));
  EXPECT_EQ(second.Read(KeyOf("other")), std::nullopt);
  EXPECT_EQ(CountFiles(), 1u);
}

TEST_F(KernelCacheTest, GivenDamagedEntryThenItIsMadeAgain) {
  KernelCache cache(folder_);
  Make(cache, kKey, Bytes(1000, 7));
  std::fstream(OnlyFile(), std::ios::in | std::ios::out | std::ios::binary).put('x');
  EXPECT_EQ(cache.Read(kKey), std::nullopt);
  EXPECT_EQ(Make(cache, kKey, Bytes(10, 8)), Bytes(10, 8));
  EXPECT_EQ(cache.Read(kKey), Bytes(10, 8));
  for (uintmax_t size : {fs::file_size(OnlyFile()) - 1, uintmax_t{20}, uintmax_t{0}}) {
    fs::resize_file(OnlyFile(), size);
    EXPECT_EQ(cache.Read(kKey), std::nullopt);
  }
}

TEST_F(KernelCacheTest, GivenEntryOfAnotherProcessorUnderThisNameThenItIsMadeAgain) {
  KernelCache cache(folder_);
  CacheKey other = kKey;
  other.target = "x86-64-v4/reference";
  Make(cache, other, Bytes(100, 4));
  const fs::path foreign = OnlyFile();
  Make(cache, kKey, Bytes(100, 3));
  for (const fs::path& file : Files()) {
    if (file != foreign) fs::copy_file(foreign, file, fs::copy_options::overwrite_existing);
  }
  EXPECT_EQ(cache.Read(kKey), std::nullopt);
  EXPECT_EQ(Make(cache, kKey, Bytes(100, 3)), Bytes(100, 3));
  EXPECT_EQ(cache.Read(kKey), Bytes(100, 3));
}

TEST_F(KernelCacheTest, GivenEveryMemberOfTheKeyThenAChangeIsAnotherEntry) {
  std::set<std::string> names = {kKey.FileName()};
  CacheKey key = kKey;
  for (std::string* member : {&key.kind, &key.compiler, &key.target, &key.options, &key.input}) {
    *member += "+";
    names.insert(key.FileName());
  }
  ++key.device_abi;
  names.insert(key.FileName());
  EXPECT_EQ(names.size(), 7u);
  const StatusOr<CacheKey> parsed = CacheKey::Parse(key.Text());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->Text(), key.Text());
  EXPECT_FALSE(CacheKey::Parse("kind=compile").ok());
}

TEST_F(KernelCacheTest, GivenFreshThenTheEntryIsReplaced) {
  KernelCache cache(folder_);
  Make(cache, kKey, Bytes(10, 1));
  EXPECT_EQ(Make(cache, kKey, Bytes(10, 2), /*fresh=*/true), Bytes(10, 2));
  EXPECT_EQ(cache.Read(kKey), Bytes(10, 2));
  EXPECT_EQ(CountFiles(), 1u);
}

TEST_F(KernelCacheTest, GivenMakerThatFailsThenItsErrorAndNoFile) {
  KernelCache cache(folder_);
  const Status status =
      cache
          .GetOrMake(kKey, "k.su", false,
                     []() -> StatusOr<KernelCache::Made> { return absl::AbortedError("No."); })
          .status();
  EXPECT_EQ(status.message(), "No.");
  EXPECT_EQ(CountFiles(), 0u);
}

TEST_F(KernelCacheTest, GivenFolderThatCannotBeMadeThenTheResultIsThereAllTheSame) {
  std::ofstream(folder_ / "file") << "in the way";
  KernelCache cache(folder_ / "file" / "cache");
  EXPECT_FALSE(cache.CheckWritable().ok());
  EXPECT_EQ(Make(cache, kKey, Bytes(10, 1)), Bytes(10, 1));
  EXPECT_EQ(cache.Read(kKey), std::nullopt);
}

TEST_F(KernelCacheTest, GivenFullFolderThenTheResultIsThereAndNoFile) {
  KernelCache cache(folder_);
  rlimit old_limit = {}, limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  limit = old_limit;
  limit.rlim_cur = 50;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_EQ(Make(cache, kKey, Bytes(1000, 1)), Bytes(1000, 1));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  EXPECT_EQ(CountFiles(), 0u);
}

TEST_F(KernelCacheTest, GivenAnyFailureOfTheSystemThenTheResultIsThereAndNoFileIsLeft) {
  for (uint64_t n = 1; n < 10; ++n) {
    KernelCache cache(folder_ / std::to_string(n));
    fault::Arm(n);
    EXPECT_EQ(Make(cache, kKey, Bytes(100, 1)), Bytes(100, 1)) << "failure " << n;
    fault::Disarm();
    for (const fs::path& file : Files()) EXPECT_EQ(file.extension(), "") << "failure " << n;
    EXPECT_EQ(Make(cache, kKey, Bytes(100, 1)), Bytes(100, 1));
  }
}

TEST_F(KernelCacheTest, GivenFileThatOthersCanWriteThenItIsNotUsed) {
  KernelCache cache(folder_);
  Make(cache, kKey, Bytes(10, 1));
  fs::permissions(OnlyFile(), fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(cache.Read(kKey), std::nullopt);
  EXPECT_EQ(Make(cache, kKey, Bytes(10, 2)), Bytes(10, 2));
  EXPECT_EQ(cache.Read(kKey), Bytes(10, 2));
}

TEST_F(KernelCacheTest, GivenMoreThanTheLimitThenTheLeastRecentlyUsedGo) {
  KernelCache cache(folder_, 10'000);
  for (int i = 0; i < 8; ++i) {
    Make(cache, KeyOf(std::to_string(i)), Bytes(1'000, i));
    SetAge(KeyOf(std::to_string(i)), std::chrono::hours(100 - i));
  }
  EXPECT_TRUE(cache.Read(KeyOf("0")).has_value()) << "this is a use";
  Make(cache, KeyOf("8"), Bytes(2'000, 8));
  EXPECT_TRUE(cache.Read(KeyOf("0")).has_value());
  EXPECT_TRUE(cache.Read(KeyOf("8")).has_value());
  EXPECT_FALSE(cache.Read(KeyOf("1")).has_value());
  EXPECT_TRUE(cache.Read(KeyOf("7")).has_value());
  EXPECT_EQ(Make(cache, KeyOf("large"), Bytes(20'000, 9)), Bytes(20'000, 9));
  EXPECT_FALSE(cache.Read(KeyOf("large")).has_value());
  EXPECT_TRUE(cache.Read(KeyOf("7")).has_value()) << "nothing goes for what cannot be kept";
}

TEST_F(KernelCacheTest, GivenManyThreadsThenEachEntryIsMadeOnce) {
  std::atomic<int> made{0}, wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      KernelCache cache(folder_);
      for (int i = 0; i < 50; ++i) {
        auto result = cache.GetOrMake(KeyOf(std::to_string(i)), "k.su", false, [&] {
          ++made;
          return KernelCache::Made{Bytes(10'000, i), ""};
        });
        if (!result.ok() || result->bytes != Bytes(10'000, i)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(made.load(), 50);
  EXPECT_EQ(CountFiles(), 50u);
}

/// Starts `count` processes that run `work`; the number of those that did not return true.
int RunProcesses(int count, const std::function<bool()>& work) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(work() ? 0 : 1);
    children.push_back(child);
  }
  int failed = 0;
  for (pid_t child : children) {
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) ++failed;
  }
  return failed;
}

/// A counter that processes share.
class SharedCounter {
 public:
  SharedCounter()
      : count_(new(mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<int>(0)) {}
  ~SharedCounter() { munmap(count_, sizeof(*count_)); }
  std::atomic<int>& operator*() { return *count_; }

 private:
  std::atomic<int>* count_;
};

TEST_F(KernelCacheTest, Given64ProcessesOnAnEmptyFolderThenOneMakesEachEntry) {
  SharedCounter made;
  const int failed = RunProcesses(64, [&] {
    KernelCache cache(folder_ / "shared");
    bool right = true;
    for (int i = 0; i < 3; ++i) {
      auto result = cache.GetOrMake(KeyOf(std::to_string(i)), "k.su", false, [&] {
        ++*made;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return KernelCache::Made{Bytes(5'000, i), ""};
      });
      right = right && result.ok() && result->bytes == Bytes(5'000, i);
    }
    return right;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ((*made).load(), 3);
  EXPECT_EQ(CountFiles(), 3u) << "files are left over";
}

TEST_F(KernelCacheTest, GivenProcessThatDiesAtWorkThenTheNextTakesOver) {
  SharedCounter at_work;
  const pid_t child = fork();
  if (child == 0) {
    KernelCache cache(folder_);
    cache
        .GetOrMake(kKey, "k.su", false,
                   [&]() -> StatusOr<KernelCache::Made> {
                     *at_work = 1;
                     while (true) pause();
                   })
        .IgnoreError();
  }
  while (*at_work == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::thread killer([child] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    kill(child, SIGKILL);
  });
  KernelCache cache(folder_);
  EXPECT_EQ(Make(cache, kKey, Bytes(100, 1)), Bytes(100, 1));
  killer.join();
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(CountFiles(), 1u);
  EXPECT_EQ(cache.Read(kKey), Bytes(100, 1));
}

TEST_F(KernelCacheTest, GivenOldLockOfADeadProcessThenTrimmingRemovesIt) {
  KernelCache cache(folder_);
  Make(cache, kKey, Bytes(100, 1));
  fs::path lock = OnlyFile();
  lock += ".lock";
  std::ofstream(lock) << "half of an entry";
  TrimCacheFolder(folder_, 1'000'000);
  EXPECT_TRUE(fs::exists(lock)) << "it may be at work";
  SetAge(lock, std::chrono::hours(1));
  TrimCacheFolder(folder_, 1'000'000);
  EXPECT_FALSE(fs::exists(lock));
  EXPECT_TRUE(cache.Read(kKey).has_value());
}

TEST_F(KernelCacheTest, GivenNoFolderThenTheCacheIsOff) {
  KernelCache cache{fs::path()};
  EXPECT_FALSE(cache.enabled());
  EXPECT_TRUE(cache.CheckWritable().ok());
  EXPECT_EQ(Make(cache, kKey, Bytes(10, 1)), Bytes(10, 1));
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
