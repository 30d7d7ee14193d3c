#include "unit_ranges.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "block_times.h"
#include "job.h"

namespace opensupa::emu {
namespace {

struct Chunk {
  uint64_t first, count;
};

std::vector<Chunk> TakeAll(UnitRanges& ranges, uint32_t own, uint64_t least, uint64_t most) {
  std::vector<Chunk> chunks;
  Chunk chunk{};
  while (ranges.Take(own, least, most, &chunk.first, &chunk.count)) chunks.push_back(chunk);
  return chunks;
}

TEST(UnitRanges, GivenOneRangeThenUnitsComeInAscendingOrder) {
  UnitRanges ranges(1000, 1);
  uint64_t next = 0;
  for (const Chunk& chunk : TakeAll(ranges, 0, 1, 64)) {
    EXPECT_EQ(chunk.first, next);
    EXPECT_LE(chunk.count, 64u);
    next += chunk.count;
  }
  EXPECT_EQ(next, 1000u);
  EXPECT_TRUE(ranges.Empty());
}

TEST(UnitRanges, GivenSeveralRangesThenTheOwnComesFirstAndTheOthersFromTheirBack) {
  UnitRanges ranges(100, 2);
  Chunk chunk{};
  ASSERT_TRUE(ranges.Take(1, 50, 100, &chunk.first, &chunk.count));
  EXPECT_EQ(chunk.first, 50u);
  EXPECT_EQ(chunk.count, 50u);
  ASSERT_TRUE(ranges.Take(1, 10, 10, &chunk.first, &chunk.count));
  EXPECT_EQ(chunk.first, 40u);
  EXPECT_EQ(chunk.count, 10u);
  EXPECT_EQ(ranges.Left(), 40u);
}

TEST(UnitRanges, GivenLimitsThenChunksShrinkToTheEndButNotBelowTheLeast) {
  UnitRanges ranges(1024, 1);
  const std::vector<Chunk> chunks = TakeAll(ranges, 0, 8, 128);
  EXPECT_EQ(chunks.front().count, 128u);
  for (size_t i = 0; i + 1 < chunks.size(); ++i) {
    EXPECT_GE(chunks[i].count, 8u);
    EXPECT_GE(chunks[i].count, chunks[i + 1].count);
  }
  EXPECT_LE(chunks.back().count, 8u);
}

TEST(UnitRanges, GivenMoreUnitsThanFitIntoAWordThenAllAreGivenOutOnce) {
  const uint64_t units = (uint64_t{1} << 40) + 12345;
  UnitRanges ranges(units, 3);
  EXPECT_EQ(ranges.Left(), units);
  uint64_t sum = 0;
  for (const Chunk& chunk : TakeAll(ranges, 2, 1, units)) {
    EXPECT_LE(chunk.first + chunk.count, units);
    sum += chunk.count;
  }
  EXPECT_EQ(sum, units);
}

TEST(UnitRanges, GivenFewerUnitsThanRangesThenAllAreFound) {
  UnitRanges ranges(3, 16);
  EXPECT_EQ(TakeAll(ranges, 15, 1, 1).size(), 3u);
}

TEST(UnitRanges, GivenClearThenNothingIsGivenOut) {
  UnitRanges ranges(1000, 4);
  ranges.Clear();
  Chunk chunk{};
  EXPECT_FALSE(ranges.Take(0, 1, 10, &chunk.first, &chunk.count));
  EXPECT_TRUE(ranges.Empty());
}

TEST(UnitRanges, GivenManyThreadsThenEveryUnitIsGivenOutOnce) {
  constexpr uint64_t kUnits = 200'000;
  constexpr uint32_t kThreads = 6;
  UnitRanges ranges(kUnits, 4);
  std::vector<std::atomic<uint8_t>> taken(kUnits);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Chunk chunk{};
      while (ranges.Take(t % 4, 1, 16, &chunk.first, &chunk.count)) {
        for (uint64_t i = 0; i < chunk.count; ++i) taken[chunk.first + i].fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& count : taken) ASSERT_EQ(count.load(), 1u);
}

class NullJob final : public Job {
 public:
  using Job::Job;
  bool needs_lane() const override { return false; }
  uint64_t UnitNs() const override { return 0; }
  void NoteUnitNs(uint64_t) override {}
  void Run(uint64_t, uint64_t, Lane*) override {}
};

TEST(Job, GivenThreadsThatJoinThenEachGetsARangeOfItsOwnAndKeepsItOverLaunches) {
  NullJob job(100, 3);
  EXPECT_EQ(job.JoinRange(2), 2u);
  EXPECT_EQ(job.JoinRange(2), 0u) << "taken, so the first free one";
  EXPECT_EQ(job.JoinRange(4), 1u) << "the wish counts modulo the ranges";
  EXPECT_EQ(job.JoinRange(1), 1u) << "none is free: the wish is shared";
  job.LeaveRange(2);
  EXPECT_EQ(job.JoinRange(0), 2u);
}

TEST(Job, GivenQuickUnitsThenChunksAreLargeAndGivenSlowOnesThenSmall) {
  uint64_t first = 0, count = 0;
  NullJob quick(1'000'000, 1), slow(1'000'000, 1), unknown(1'000'000, 1);
  ASSERT_TRUE(quick.TakeChunk(0, 2, &first, &count));
  EXPECT_EQ(count, 50'000u);
  ASSERT_TRUE(slow.TakeChunk(0, 1'000'000, &first, &count));
  EXPECT_EQ(count, 1u);
  ASSERT_TRUE(unknown.TakeChunk(0, 0, &first, &count));
  EXPECT_EQ(count, 8u);
}

TEST(BlockTimes, GivenShorterBlocksThenTheyAreBelievedGradually) {
  BlockTimes times;
  EXPECT_EQ(times.Get(0x1000), 0u);
  times.Note(0x1000, 800);
  EXPECT_EQ(times.Get(0x1000), 800u);
  times.Note(0x1000, 10);
  EXPECT_EQ(times.Get(0x1000), 400u);
  times.Note(0x1000, 900);
  EXPECT_EQ(times.Get(0x1000), 900u);
}

}  // namespace
}  // namespace opensupa::emu
