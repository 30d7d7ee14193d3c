#include "opensupa/core/stream.h"

#include "core_fixture.h"
#include "runtime/supa_stream_types.h"

namespace opensupa::rt {
namespace {

using testing::CoreTest;
using testing::HasCode;

class StreamTest : public CoreTest {
 protected:
  /// Work that appends `mark` to the log when it runs.
  hal::Command Log(int mark) {
    return hal::HostCallCommand{[this, mark] { log_.push_back(mark); }};
  }
  std::vector<int> log_;
};

TEST_F(StreamTest, GivenWorkThenItRunsInOrder) {
  auto stream = NewStream();
  device().Pause();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(stream->Submit(Log(i)).ok());
  EXPECT_THAT(stream->Query(), HasCode(supaErrorNotReady));
  EXPECT_TRUE(log_.empty());
  device().Resume();
  EXPECT_TRUE(stream->Drain().ok());
  EXPECT_TRUE(stream->Query().ok());
  EXPECT_THAT(log_, ::testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST_F(StreamTest, GivenBlockingStreamThenLegacyWorkWaitsForItAndItForLegacyWork) {
  auto stream = NewStream();
  device().Pause();
  ASSERT_TRUE(stream->Submit(Log(1)).ok());
  ASSERT_TRUE(legacy().Submit(Log(2)).ok());
  ASSERT_TRUE(stream->Submit(Log(3)).ok());
  device().Resume();
  EXPECT_THAT(log_, ::testing::ElementsAre(1, 2, 3));
}

TEST_F(StreamTest, GivenStreamThatIsStuckThenOnlyABlockingOneHoldsUpLegacyWork) {
  other_device().Pause();
  TimelinePoint stuck;
  ASSERT_TRUE(other().legacy_stream()->Submit(Log(0), &stuck).ok());
  auto non_blocking = NewStream(supaStreamNonBlocking);
  ASSERT_TRUE(non_blocking->WaitFor(stuck).ok());
  ASSERT_TRUE(legacy().Submit(Log(1)).ok());
  EXPECT_TRUE(legacy().Query().ok());
  EXPECT_THAT(non_blocking->Query(), HasCode(supaErrorNotReady));
  auto blocking = NewStream();
  ASSERT_TRUE(blocking->WaitFor(stuck).ok());
  ASSERT_TRUE(legacy().Submit(Log(2)).ok());
  EXPECT_THAT(legacy().Query(), HasCode(supaErrorNotReady));
  EXPECT_THAT(log_, ::testing::ElementsAre(1));
  other_device().Resume();
  device().Resume();  // looks at the fences of the other device again
  EXPECT_TRUE(context().Synchronize().ok());
  EXPECT_THAT(log_, ::testing::ElementsAre(1, 0, 2));
}

TEST_F(StreamTest, GivenPointOfAnotherStreamThenLaterWorkWaitsForIt) {
  auto first = NewStream(supaStreamNonBlocking);
  auto second = NewStream(supaStreamNonBlocking);
  device().Pause();
  // Put in first, so that only the wait makes it run second.
  TimelinePoint point;
  ASSERT_TRUE(first->Submit(Log(1), &point).ok());
  EXPECT_FALSE(point.Reached());
  ASSERT_TRUE(second->WaitFor(point).ok());
  ASSERT_TRUE(second->Submit(Log(2)).ok());
  device().Resume();
  EXPECT_THAT(log_, ::testing::ElementsAre(1, 2));
  EXPECT_TRUE(point.Reached());
}

TEST_F(StreamTest, GivenLegacyMarkWithOnlyOtherStreamsBusyThenItCoversTheirWork) {
  auto stream = NewStream();
  device().Pause();
  ASSERT_TRUE(stream->Submit(Log(1)).ok());
  StatusOr<TimelinePoint> mark = legacy().Mark();
  ASSERT_TRUE(mark.ok());
  EXPECT_FALSE(mark->Reached());
  device().Resume();
  EXPECT_TRUE(mark->Reached());
}

TEST_F(StreamTest, GivenDestroyedStreamThenItsWorkCompletesAndItsQueueIsUsedAgain) {
  auto stream = NewStream();
  const int queues = device().queues.load();
  device().Pause();
  ASSERT_TRUE(stream->Submit(Log(1)).ok());
  stream = nullptr;
  EXPECT_TRUE(log_.empty());
  auto busy = NewStream();  // the old queue still works, so this is a new one
  EXPECT_EQ(device().queues.load(), queues + 1);
  device().Resume();
  EXPECT_THAT(log_, ::testing::ElementsAre(1));
  auto reused = NewStream();
  EXPECT_EQ(device().queues.load(), queues + 1);
}

TEST_F(StreamTest, GivenDestroyedStreamWithWorkThenLegacyWorkStillWaitsForIt) {
  auto stream = NewStream();
  device().Pause();
  ASSERT_TRUE(stream->Submit(Log(1)).ok());
  stream = nullptr;
  ASSERT_TRUE(legacy().Submit(Log(2)).ok());
  device().Resume();
  EXPECT_THAT(log_, ::testing::ElementsAre(1, 2));
}

TEST_F(StreamTest, GivenStagedCopiesBeyondTheRingThenTheyWaitForRoom) {
  auto stream = NewStream();
  std::vector<std::byte> seen(StagingRing::kPieceBytes);
  for (int round = 0; round < 20; ++round) {
    const auto mark = static_cast<std::byte>(round + 1);
    ASSERT_TRUE(stream
                    ->SubmitStaged(
                        seen.size(),
                        [&](std::byte* piece) { std::fill_n(piece, seen.size(), mark); },
                        [&](hal::DeviceAddress piece) {
                          return hal::CopyCommand{reinterpret_cast<uint64_t>(seen.data()), piece,
                                                  seen.size()};
                        })
                    .ok());
    EXPECT_EQ(seen.front(), mark);
    EXPECT_EQ(seen.back(), mark);
  }
}

TEST_F(StreamTest, GivenStagedCopiesUnderWayThenTheirPiecesAreNotReused) {
  auto stream = NewStream();
  constexpr int kPieces = 4;  // as many as the ring holds
  std::vector<std::vector<std::byte>> seen(kPieces,
                                           std::vector<std::byte>(StagingRing::kPieceBytes));
  device().Pause();
  for (int i = 0; i < kPieces; ++i) {
    ASSERT_TRUE(stream
                    ->SubmitStaged(
                        seen[i].size(),
                        [&](std::byte* piece) {
                          std::fill_n(piece, seen[i].size(), static_cast<std::byte>(i + 1));
                        },
                        [&](hal::DeviceAddress piece) {
                          return hal::CopyCommand{reinterpret_cast<uint64_t>(seen[i].data()), piece,
                                                  seen[i].size()};
                        })
                    .ok());
  }
  device().Resume();
  for (int i = 0; i < kPieces; ++i) EXPECT_EQ(seen[i].back(), static_cast<std::byte>(i + 1));
}

TEST_F(StreamTest, GivenFailedSubmitThenLaterWorkIsNotHeldUp) {
  auto stream = NewStream();
  fault::Arm(1);
  EXPECT_FALSE(stream->Submit(Log(1)).ok());
  fault::Disarm();
  EXPECT_TRUE(stream->Submit(Log(2)).ok());
  EXPECT_TRUE(stream->Drain().ok());
  EXPECT_THAT(log_, ::testing::ElementsAre(2));
}

}  // namespace
}  // namespace opensupa::rt
