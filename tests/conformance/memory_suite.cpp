// Memory and address ranges: create, bind, unbind, access, uniqueness, exhaustion, wrong arguments.
#include <algorithm>
#include <set>
#include <thread>

#include "hal_fixture.h"

namespace opensupa::conformance {
namespace {

using absl::StatusCode;
using Memories = HalTest;

TEST_F(Memories, GivenBoundMemoryThenItKeepsWhatIsWritten) {
  for (uint64_t size : {4096ull, 8192ull, 1ull << 20, (4ull << 20) + 4096}) {
    Buffer buffer = Allocate(size);
    ASSERT_NE(buffer.range, nullptr);
    const std::vector<uint8_t> bytes = Pattern(size, 1);
    SUPA_ASSERT_OK(session().Upload(buffer.address(), bytes));
    EXPECT_EQ(Download(buffer, size), bytes) << size;
  }
}

TEST_F(Memories, GivenHostPlacementThenItWorksAsDeviceMemoryDoes) {
  Buffer buffer = Allocate(65536, hal::Placement::kHost);
  const std::vector<uint8_t> bytes = Pattern(65536, 2);
  SUPA_ASSERT_OK(session().Upload(buffer.address(), bytes));
  EXPECT_EQ(Download(buffer, 65536), bytes);
}

TEST_F(Memories, GivenUnifiedMappingThenTheHostSeesDeviceMemory) {
  if (!device().properties().unified_host_mapping) GTEST_SKIP() << "no unified mapping";
  Buffer buffer = Allocate(4096);
  SUPA_ASSERT_OK(session().Run(hal::FillCommand{buffer.address(), 0x5a, 1, 4096, 1, 0}));
  auto* host = reinterpret_cast<uint8_t*>(buffer.address());
  EXPECT_EQ(host[0], 0x5a);
  EXPECT_EQ(host[4095], 0x5a);
  host[17] = 3;
  EXPECT_EQ(Download(buffer, 18)[17], 3);
}

TEST_F(Memories, GivenPartsOfMemoryBoundApartThenEachShowsItsPart) {
  auto memory = device().CreateMemory({3 * 4096, hal::Placement::kDevice, false});
  auto range = device().ReserveRange(8 * 4096, 0, 0);
  SUPA_ASSERT_OK(memory);
  SUPA_ASSERT_OK(range);
  hal::AddressRange& r = **range;
  SUPA_ASSERT_OK(r.Bind(0, memory->get(), 4096, 4096, kReadWrite));
  SUPA_ASSERT_OK(r.Bind(4 * 4096, memory->get(), 0, 4096, kReadWrite));
  const auto a = Pattern(4096, 3), b = Pattern(4096, 4);
  SUPA_ASSERT_OK(session().Upload(r.base(), a));
  SUPA_ASSERT_OK(session().Upload(r.base() + 4 * 4096, b));
  SUPA_ASSERT_OK(r.Unbind(0, 8 * 4096));
  SUPA_ASSERT_OK(r.Bind(4096, memory->get(), 0, 2 * 4096, kReadWrite));
  EXPECT_EQ(*session().Download(r.base() + 4096, 4096), b);
  EXPECT_EQ(*session().Download(r.base() + 2 * 4096, 4096), a);
}

TEST_F(Memories, GivenShareableMemoryBoundTwiceThenBothPlacesShowIt) {
  auto memory = device().CreateMemory({4096, hal::Placement::kDevice, true});
  auto range = device().ReserveRange(2 * 4096, 0, 0);
  SUPA_ASSERT_OK(memory);
  SUPA_ASSERT_OK(range);
  SUPA_ASSERT_OK((*range)->Bind(0, memory->get(), 0, 4096, kReadWrite));
  SUPA_ASSERT_OK((*range)->Bind(4096, memory->get(), 0, 4096, kReadWrite));
  const auto bytes = Pattern(4096, 5);
  SUPA_ASSERT_OK(session().Upload((*range)->base(), bytes));
  EXPECT_EQ(*session().Download((*range)->base() + 4096, 4096), bytes);
}

TEST_F(Memories, GivenMemoryDestroyedFirstThenTheRangeStillShowsIt) {
  Buffer buffer = Allocate(4096);
  const auto bytes = Pattern(4096, 6);
  SUPA_ASSERT_OK(session().Upload(buffer.address(), bytes));
  buffer.memory.reset();
  EXPECT_EQ(Download(buffer, 4096), bytes);
}

TEST_F(Memories, GivenOverlapOrCutThenTheBindingStays) {
  auto memory = device().CreateMemory({4 * 4096, hal::Placement::kDevice, true});
  auto range = device().ReserveRange(8 * 4096, 0, 0);
  hal::AddressRange& r = **range;
  SUPA_ASSERT_OK(r.Bind(4096, memory->get(), 0, 2 * 4096, kReadWrite));
  SUPA_EXPECT_CODE(r.Bind(0, memory->get(), 0, 2 * 4096, kReadWrite),
                   StatusCode::kFailedPrecondition);
  SUPA_EXPECT_CODE(r.Bind(2 * 4096, memory->get(), 0, 2 * 4096, kReadWrite),
                   StatusCode::kFailedPrecondition);
  SUPA_EXPECT_CODE(r.Unbind(4096, 4096), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Unbind(2 * 4096, 4096), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.SetAccess(4096, 4096, hal::kAccessRead), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Unbind(4 * 4096, 4096), StatusCode::kFailedPrecondition);
  SUPA_EXPECT_OK(session().Upload(r.base() + 4096, Pattern(2 * 4096, 7)));
}

TEST_F(Memories, GivenReadOnlyAccessThenReadsGoOnAndAccessCanComeBack) {
  Buffer buffer = Allocate(2 * 4096);
  const auto bytes = Pattern(2 * 4096, 8);
  SUPA_ASSERT_OK(session().Upload(buffer.address(), bytes));
  SUPA_ASSERT_OK(buffer.range->SetAccess(0, 2 * 4096, hal::kAccessRead));
  EXPECT_EQ(Download(buffer, 2 * 4096), bytes);
  SUPA_ASSERT_OK(buffer.range->SetAccess(0, 2 * 4096, kReadWrite));
  SUPA_EXPECT_OK(session().Upload(buffer.address(), Pattern(16, 9)));
}

TEST_F(Memories, GivenWrongSizesThenInvalidArgument) {
  SUPA_EXPECT_CODE(device().CreateMemory({0, hal::Placement::kDevice, false}),
                   StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(device().CreateMemory({100, hal::Placement::kDevice, false}),
                   StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(device().ReserveRange(0, 0, 0), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(device().ReserveRange(4097, 0, 0), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(device().ReserveRange(4096, 12288, 0), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(device().ReserveRange(~0ull << 12, 0, 0), StatusCode::kResourceExhausted);
}

TEST_F(Memories, GivenWrongBindsThenInvalidArgument) {
  auto memory = device().CreateMemory({2 * 4096, hal::Placement::kDevice, false});
  auto range = device().ReserveRange(2 * 4096, 0, 0);
  hal::AddressRange& r = **range;
  SUPA_EXPECT_CODE(r.Bind(0, nullptr, 0, 4096, kReadWrite), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(0, memory->get(), 0, 0, kReadWrite), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(1, memory->get(), 0, 4096, kReadWrite), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(0, memory->get(), 1, 4096, kReadWrite), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(0, memory->get(), 0, 3 * 4096, kReadWrite), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(4096, memory->get(), 0, 8192, kReadWrite), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(0, memory->get(), 4096, 8192, kReadWrite), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(0, memory->get(), ~0ull << 12, 4096, kReadWrite),
                   StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(0, memory->get(), 0, 4096, 0), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(r.Bind(0, memory->get(), 0, 4096, 64), StatusCode::kInvalidArgument);
  SUPA_EXPECT_OK(r.Bind(0, memory->get(), 0, 8192, kReadWrite));
}

TEST_F(Memories, GivenAlignmentThenTheBaseHasIt) {
  for (uint64_t align : {4096ull, 65536ull, 2ull << 20, 1ull << 30}) {
    auto range = device().ReserveRange(4096, align, 0);
    SUPA_ASSERT_OK(range);
    EXPECT_EQ((*range)->base() % align, 0u);
    EXPECT_EQ((*range)->size_bytes(), 4096u);
  }
}

TEST_F(Memories, GivenAFreeHintThenItIsTaken) {
  auto first = device().ReserveRange(1 << 20, 0, 0);
  SUPA_ASSERT_OK(first);
  const uint64_t base = (*first)->base();
  first->reset();
  auto second = device().ReserveRange(1 << 20, 0, base);
  SUPA_ASSERT_OK(second);
  EXPECT_EQ((*second)->base(), base);
  auto third = device().ReserveRange(1 << 20, 0, base);
  SUPA_ASSERT_OK(third);
  EXPECT_NE((*third)->base(), base);
}

TEST_F(Memories, GivenManyRangesOfTwoDevicesThenNoTwoOverlap) {
  Session* other = OtherSession();
  ASSERT_NE(other, nullptr);
  std::vector<std::unique_ptr<hal::AddressRange>> ranges;
  for (int i = 0; i < 200; ++i) {
    hal::Device& owner = i % 2 == 0 ? device() : other->device();
    auto range = owner.ReserveRange(4096ull * (1 + i % 7), i % 3 == 0 ? 65536 : 0, 0);
    SUPA_ASSERT_OK(range);
    ranges.push_back(std::move(*range));
    if (i % 5 == 4) ranges.erase(ranges.begin() + i / 9);
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a->base() < b->base(); });
  for (size_t i = 1; i < ranges.size(); ++i) {
    EXPECT_LE(ranges[i - 1]->base() + ranges[i - 1]->size_bytes(), ranges[i]->base());
  }
}

TEST_F(Memories, GivenThreadsThatReserveThenNoTwoShareAnAddress) {
  constexpr int kThreads = 4, kEach = 100;
  std::vector<std::unique_ptr<hal::AddressRange>> ranges(kThreads * kEach);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto range = device().ReserveRange(8192, 0, 0);
        if (range.ok()) ranges[t * kEach + i] = std::move(*range);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<uint64_t> bases;
  for (const auto& range : ranges) {
    ASSERT_NE(range, nullptr);
    bases.insert(range->base());
  }
  EXPECT_EQ(bases.size(), ranges.size());
}

TEST_F(Memories, GivenMoreThanThereIsThenResourceExhaustedAndTheRestWorks) {
  auto info = device().QueryMemory();
  SUPA_ASSERT_OK(info);
  EXPECT_GE(info->total_bytes, info->free_bytes);
  SUPA_EXPECT_CODE(device().CreateMemory({info->total_bytes + (1 << 20), hal::Placement::kDevice}),
                   StatusCode::kResourceExhausted);
  const uint64_t half = info->total_bytes / 2 / 4096 * 4096;
  auto first = device().CreateMemory({half, hal::Placement::kDevice});
  SUPA_ASSERT_OK(first);
  EXPECT_LE(device().QueryMemory()->free_bytes + half, info->free_bytes);
  SUPA_EXPECT_CODE(device().CreateMemory({half + (64 << 20), hal::Placement::kDevice}),
                   StatusCode::kResourceExhausted);
  first->reset();
  EXPECT_EQ(device().QueryMemory()->free_bytes, info->free_bytes);
  Buffer buffer = Allocate(4096);
  SUPA_EXPECT_OK(session().Upload(buffer.address(), Pattern(4096, 10)));
}

}  // namespace
}  // namespace opensupa::conformance
