#include "opensupa/core/device_heap.h"

#include <random>

#include "core_fixture.h"

namespace opensupa::rt {
namespace {

using testing::FakeDevice;
using testing::FakeProperties;

TEST(FreeListTest, GivenTakenRunsThenTheyDoNotOverlapAndJoinWhenGivenBack) {
  FreeList list(1024);
  const int64_t a = list.Take(256), b = list.Take(256), c = list.Take(512);
  EXPECT_GE(a, 0);
  EXPECT_GE(b, 0);
  EXPECT_GE(c, 0);
  EXPECT_EQ(list.Take(256), -1);
  list.Give(static_cast<uint64_t>(a), 256);
  list.Give(static_cast<uint64_t>(c), 512);
  EXPECT_EQ(list.Take(1024), -1);
  list.Give(static_cast<uint64_t>(b), 256);
  EXPECT_TRUE(list.AllFree());
  EXPECT_EQ(list.Take(1024), 0);
}

TEST(FreeListTest, GivenSeveralFitsThenTheSmallestIsTaken) {
  FreeList list(4096);
  const auto big = static_cast<uint64_t>(list.Take(1024));
  list.Take(256);
  const auto small = static_cast<uint64_t>(list.Take(512));
  list.Take(list.AllFree() ? 0 : 4096 - 1024 - 256 - 512);
  list.Give(big, 1024);
  list.Give(small, 512);
  EXPECT_EQ(list.Take(512), static_cast<int64_t>(small));
}

TEST(FreeListTest, GivenRandomUseThenRunsNeverOverlap) {
  constexpr uint64_t kSize = 64 << 10;
  FreeList list(kSize);
  std::mt19937 random(7);
  std::map<uint64_t, uint64_t> taken;
  for (int step = 0; step < 5000; ++step) {
    if (random() % 2 == 0 || taken.empty()) {
      const uint64_t size = 256 * (1 + random() % 16);
      const int64_t offset = list.Take(size);
      if (offset < 0) continue;
      auto next = taken.lower_bound(static_cast<uint64_t>(offset));
      if (next != taken.end()) {
        ASSERT_LE(static_cast<uint64_t>(offset) + size, next->first);
      }
      if (next != taken.begin()) {
        auto before = std::prev(next);
        ASSERT_LE(before->first + before->second, static_cast<uint64_t>(offset));
      }
      taken[static_cast<uint64_t>(offset)] = size;
    } else {
      auto it = std::next(taken.begin(), static_cast<long>(random() % taken.size()));
      list.Give(it->first, it->second);
      taken.erase(it);
    }
  }
  for (auto [offset, size] : taken) list.Give(offset, size);
  EXPECT_TRUE(list.AllFree());
}

class DeviceHeapTest : public ::testing::Test {
 protected:
  std::shared_ptr<FakeDevice> device_ = std::make_shared<FakeDevice>(FakeProperties());
  DeviceHeap heap_{device_};
};

TEST_F(DeviceHeapTest, GivenSmallAllocationsThenTheyShareOneAlignedChunk) {
  const uint64_t a = *heap_.Allocate(1), b = *heap_.Allocate(100), c = *heap_.Allocate(1000);
  EXPECT_EQ(device_->memories.load(), 1);
  for (uint64_t address : {a, b, c}) EXPECT_EQ(address % DeviceHeap::kAlignBytes, 0u);
  EXPECT_NE(a, b);
  EXPECT_NE(b, c);
}

TEST_F(DeviceHeapTest, GivenLargeAllocationThenItHasMemoryOfItsOwnUntilFreed) {
  const uint64_t large = *heap_.Allocate(DeviceHeap::kSmallBytes);
  EXPECT_EQ(device_->memories.load(), 1);
  EXPECT_TRUE(heap_.Free(large).ok());
  EXPECT_EQ(device_->memories.load(), 0);
  EXPECT_EQ(device_->ranges.load(), 0);
}

TEST_F(DeviceHeapTest, GivenSecondChunkThatEmptiesThenItIsFreed) {
  std::vector<uint64_t> addresses;
  while (device_->memories.load() < 2) addresses.push_back(*heap_.Allocate(32 << 10));
  for (uint64_t address : addresses) EXPECT_TRUE(heap_.Free(address).ok());
  EXPECT_EQ(device_->memories.load(), 1);
}

TEST_F(DeviceHeapTest, GivenMoreThanTheDeviceHasThenResourceExhausted) {
  EXPECT_EQ(heap_.Allocate(1ull << 40).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(DeviceHeapTest, GivenForeignAddressThenFreeRefuses) {
  EXPECT_FALSE(heap_.Free(12345).ok());
  const uint64_t small = *heap_.Allocate(16);
  EXPECT_TRUE(heap_.Free(small).ok());
  EXPECT_FALSE(heap_.Free(small).ok());
}

TEST_F(DeviceHeapTest, GivenEveryFailureInTurnThenNothingLeaks) {
  for (uint64_t n = 1;; ++n) {
    fault::Arm(n);
    StatusOr<uint64_t> address = heap_.Allocate(1 << 20);
    const bool fired = fault::Fired();
    fault::Disarm();
    EXPECT_EQ(address.ok(), !fired);
    if (address.ok()) {
      EXPECT_TRUE(heap_.Free(*address).ok());
    }
    EXPECT_EQ(device_->memories.load(), 0);
    EXPECT_EQ(device_->ranges.load(), 0);
    if (!fired) break;
  }
}

}  // namespace
}  // namespace opensupa::rt
