#include <gtest/gtest.h>

#include "null_memory.h"

namespace opensupa::null {
namespace {

TEST(NullRange, GivenAlignmentThenOnlyTheRangeStaysReserved) {
  auto range = NullRange::Reserve(8192, 1 << 20, 0);
  ASSERT_TRUE(range.ok()) << range.status();
  EXPECT_EQ((*range)->base() % (1 << 20), 0u);
  // The page behind the range was given back, so it can be reserved.
  auto behind = NullRange::Reserve(4096, 0, (*range)->base() + 8192);
  ASSERT_TRUE(behind.ok());
  EXPECT_EQ((*behind)->base(), (*range)->base() + 8192);
}

TEST(NullRange, GivenTwoBindingsOfOneMemoryThenBothShowTheSameBytes) {
  auto account = std::make_shared<MemoryAccount>();
  auto memory = *NullMemory::Create(account, {4096});
  auto range = *NullRange::Reserve(8192, 0, 0);
  constexpr uint32_t kAccess = hal::kAccessRead | hal::kAccessWrite;
  ASSERT_TRUE(range->Bind(0, memory.get(), 0, 4096, kAccess).ok());
  ASSERT_TRUE(range->Bind(4096, memory.get(), 0, 4096, kAccess).ok());
  auto* bytes = reinterpret_cast<volatile uint8_t*>(range->base());
  bytes[17] = 99;
  EXPECT_EQ(bytes[4096 + 17], 99);
}

TEST(NullMemory, GivenItsRangeOutlivesItThenTheBytesStayCountedUntilTheRangeEnds) {
  auto account = std::make_shared<MemoryAccount>();
  auto memory = *NullMemory::Create(account, {8192});
  auto range = *NullRange::Reserve(8192, 0, 0);
  ASSERT_TRUE(range->Bind(0, memory.get(), 0, 8192, hal::kAccessRead).ok());
  memory.reset();
  EXPECT_EQ(account->used_bytes, 8192u);
  range.reset();
  EXPECT_EQ(account->used_bytes, 0u);
}

TEST(NullMemory, GivenMoreThanTheDeviceHasThenResourceExhaustedAndNothingIsCounted) {
  auto account = std::make_shared<MemoryAccount>();
  EXPECT_EQ(NullMemory::Create(account, {kDeviceMemoryBytes + kPageBytes}).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(account->used_bytes, 0u);
}

}  // namespace
}  // namespace opensupa::null
