#include "va_manager.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>
#include <vector>

namespace opensupa::native {
namespace {

constexpr uint64_t kPage = VaManager::kPageBytes;
constexpr uint64_t kBase = 0x10000000;

TEST(VaManager, GivenAllocationsThenAGuardPageIsBetweenThem) {
  VaManager manager(kBase, 1 << 20);
  const uint64_t a = *manager.Allocate(kPage, 0, 0);
  const uint64_t b = *manager.Allocate(100, 0, 0);
  EXPECT_GE(a, kBase + kPage) << "the lowest page guards from below";
  EXPECT_GE(b, a + 2 * kPage);
}

TEST(VaManager, GivenAlignmentThenItHolds) {
  VaManager manager(kBase + kPage, 64 << 20);
  for (uint64_t align : {kPage, 2 * kPage, uint64_t{1} << 20, uint64_t{16} << 20}) {
    EXPECT_EQ(*manager.Allocate(kPage, align, 0) % align, 0u);
  }
}

TEST(VaManager, GivenWrongArgumentsThenErrors) {
  VaManager manager(kBase, 1 << 20);
  EXPECT_EQ(manager.Allocate(0, 0, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(manager.Allocate(kPage, 3, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(manager.Allocate(2 << 20, 0, 0).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(manager.Allocate(~0ull, 0, 0).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(manager.Allocate(kPage, 1ull << 40, 0).status().code(),
            absl::StatusCode::kResourceExhausted);
  manager.Free(12345);  // nobody's
  EXPECT_EQ(manager.FreeBytes(), (1u << 20) - kPage);
}

TEST(VaManager, GivenAFreeHintThenItIsTakenElseAnotherPlace) {
  VaManager manager(kBase, 1 << 20);
  EXPECT_EQ(*manager.Allocate(kPage, 0, kBase + 8 * kPage), kBase + 8 * kPage);
  EXPECT_NE(*manager.Allocate(kPage, 0, kBase + 8 * kPage), kBase + 8 * kPage);
  EXPECT_NE(*manager.Allocate(kPage, 0, kBase + 9 * kPage), kBase + 9 * kPage) << "guard page";
  EXPECT_NE(*manager.Allocate(kPage, 0, kBase + (1 << 20)), kBase + (1 << 20));
  EXPECT_NE(*manager.Allocate(kPage, 0, 17), 17u);
  EXPECT_NE(*manager.Allocate(kPage, 1 << 16, kBase + kPage), kBase + kPage);
}

TEST(VaManager, GivenRandomUseThenNothingOverlapsAndAllComesBack) {
  VaManager manager(kBase, 8 << 20);
  const uint64_t all = manager.FreeBytes();
  std::mt19937 random(1);
  std::map<uint64_t, uint64_t> live;
  for (int i = 0; i < 5000; ++i) {
    if (live.empty() || random() % 3 != 0) {
      const uint64_t size = kPage * (1 + random() % 20);
      auto address = manager.Allocate(size, kPage << (random() % 5), 0);
      if (!address.ok()) continue;
      auto next = live.lower_bound(*address);
      ASSERT_TRUE(next == live.end() || *address + size + kPage <= next->first);
      ASSERT_TRUE(next == live.begin() ||
                  std::prev(next)->first + std::prev(next)->second + kPage <= *address);
      live[*address] = size;
    } else {
      auto victim = std::next(live.begin(), random() % live.size());
      manager.Free(victim->first);
      live.erase(victim);
    }
  }
  for (auto& [address, size] : live) manager.Free(address);
  EXPECT_EQ(manager.FreeBytes(), all);
  EXPECT_TRUE(manager.Allocate(all - kPage, 0, 0).ok()) << "free pieces were not joined";
}

TEST(VaManager, GivenTheProcessThenItsRangeIsReservedAndTheSameForAll) {
  auto first = VaManager::Process();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*first, *VaManager::Process());
  EXPECT_GE((*first)->size_bytes(), 4ull << 30);
}

}  // namespace
}  // namespace opensupa::native
