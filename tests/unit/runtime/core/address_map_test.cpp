#include "opensupa/core/address_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core_fixture.h"

namespace opensupa::rt {
namespace {

using testing::HasCode;
using ::testing::HasSubstr;

constexpr uint64_t kBase = 0x10000;

Allocation Make(uint64_t base, uint64_t size_bytes, uint64_t context_id = 1) {
  return {base, size_bytes, MemoryKind::kDevice, 0, context_id, 0, 0};
}

TEST(AddressMapTest, GivenAllocationThenOnlyItsOwnAddressesAreFound) {
  AddressMap map;
  ASSERT_TRUE(map.Insert(Make(kBase, 256)).ok());
  EXPECT_EQ(map.Find(kBase - 1), nullptr);
  ASSERT_NE(map.Find(kBase), nullptr);
  ASSERT_NE(map.Find(kBase + 255), nullptr);
  EXPECT_EQ(map.Find(kBase + 256), nullptr);
  EXPECT_EQ(map.Find(kBase + 255)->base, kBase);
}

TEST(AddressMapTest, GivenOverlapOnEitherSideThenInsertRefuses) {
  AddressMap map;
  ASSERT_TRUE(map.Insert(Make(kBase, 256)).ok());
  for (uint64_t base : {kBase - 1, kBase, kBase + 255}) {
    EXPECT_THAT(map.Insert(Make(base, 2)).status(), HasCode(supaErrorHostMemoryAlreadyRegistered));
  }
  EXPECT_TRUE(map.Insert(Make(kBase + 256, 1)).ok());
  EXPECT_TRUE(map.Insert(Make(kBase - 1, 1)).ok());
}

TEST(AddressMapTest, GivenTwoAllocationsThenTheirBufferIdsDiffer) {
  AddressMap map;
  const uint64_t first = (*map.Insert(Make(kBase, 16)))->buffer_id;
  map.Remove(kBase);
  EXPECT_NE((*map.Insert(Make(kBase, 16)))->buffer_id, first);
}

TEST(AddressMapTest, GivenFreedAllocationThenDescribeSaysSo) {
  AddressMap map;
  ASSERT_TRUE(map.Insert(Make(kBase, 256)).ok());
  EXPECT_THAT(map.Describe(kBase + 8), HasSubstr("8 bytes into the 256-byte device memory"));
  ASSERT_NE(map.Remove(kBase), nullptr);
  EXPECT_EQ(map.Remove(kBase), nullptr);
  EXPECT_THAT(map.Describe(kBase + 8), HasSubstr("freed"));
  ASSERT_NE(map.FindFreed(kBase + 8), nullptr);
  EXPECT_EQ(map.FindFreed(kBase + 256), nullptr);
}

TEST(AddressMapTest, GivenAddressBesideAnAllocationThenDescribeNamesTheNearest) {
  AddressMap map;
  ASSERT_TRUE(map.Insert(Make(kBase, 256)).ok());
  ASSERT_TRUE(map.Insert(Make(kBase + 4096, 256)).ok());
  EXPECT_THAT(map.Describe(kBase + 256 + 4), HasSubstr("4 bytes past the end"));
  EXPECT_THAT(map.Describe(kBase + 4090), HasSubstr("6 bytes before the start"));
  EXPECT_THAT(map.Describe(0), HasSubstr("null"));
}

TEST(AddressMapTest, GivenContextThatEndsThenOnlyItsAllocationsGo) {
  AddressMap map;
  ASSERT_TRUE(map.Insert(Make(kBase, 16, 1)).ok());
  ASSERT_TRUE(map.Insert(Make(kBase + 16, 16, 2)).ok());
  map.RemoveContext(1);
  EXPECT_EQ(map.Find(kBase), nullptr);
  EXPECT_NE(map.Find(kBase + 16), nullptr);
  EXPECT_NE(map.FindFreed(kBase), nullptr);
}

}  // namespace
}  // namespace opensupa::rt
