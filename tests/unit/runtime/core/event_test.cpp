#include "opensupa/core/event.h"

#include "core_fixture.h"
#include "opensupa/core/stream.h"
#include "runtime/supa_stream_types.h"

namespace opensupa::rt {
namespace {

using testing::CoreTest;
using testing::HasCode;

class EventTest : public CoreTest {
 protected:
  std::shared_ptr<Event> NewEvent(uint32_t flags = 0) {
    return std::make_shared<Event>(shared_context(), flags);
  }
};

TEST_F(EventTest, GivenEventNeverRecordedThenItIsCompleteAndHasNoTime) {
  auto event = NewEvent();
  EXPECT_TRUE(event->Query().ok());
  EXPECT_TRUE(event->Synchronize().ok());
  EXPECT_THAT(Event::Elapsed(*event, *event).status(), HasCode(supaErrorInvalidResourceHandle));
}

TEST_F(EventTest, GivenPendingWorkThenTheEventIsNotReadyUntilItIsDone) {
  auto event = NewEvent();
  device().Pause();
  ASSERT_TRUE(event->Record(legacy()).ok());
  EXPECT_THAT(event->Query(), HasCode(supaErrorNotReady));
  EXPECT_THAT(Event::Elapsed(*event, *event).status(), HasCode(supaErrorNotReady));
  device().Resume();
  EXPECT_TRUE(event->Query().ok());
  EXPECT_TRUE(event->Synchronize().ok());
}

TEST_F(EventTest, GivenTwoRecordingsThenElapsedIsTheTimeBetween) {
  auto start = NewEvent(), end = NewEvent();
  ASSERT_TRUE(start->Record(legacy()).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_TRUE(end->Record(legacy()).ok());
  StatusOr<float> milliseconds = Event::Elapsed(*start, *end);
  ASSERT_TRUE(milliseconds.ok());
  EXPECT_GE(*milliseconds, 4.9f);
  EXPECT_LT(*milliseconds, 5000.f);
  EXPECT_FLOAT_EQ(*Event::Elapsed(*end, *start), -*milliseconds);
}

TEST_F(EventTest, GivenTimingDisabledThenThereIsNoTimeButOrder) {
  auto event = NewEvent(supaEventDisableTiming), timed = NewEvent();
  ASSERT_TRUE(timed->Record(legacy()).ok());
  ASSERT_TRUE(event->Record(legacy()).ok());
  EXPECT_TRUE(event->Query().ok());
  EXPECT_THAT(Event::Elapsed(*timed, *event).status(), HasCode(supaErrorInvalidResourceHandle));
}

TEST_F(EventTest, GivenRecordingAgainThenTheEventStandsForTheLaterWork) {
  auto event = NewEvent();
  ASSERT_TRUE(event->Record(legacy()).ok());
  const TimelinePoint first = event->point();
  device().Pause();
  ASSERT_TRUE(event->Record(legacy()).ok());
  EXPECT_GT(event->point().value, first.value);
  EXPECT_TRUE(first.Reached());
  EXPECT_THAT(event->Query(), HasCode(supaErrorNotReady));
  // Once more, while the last recording is under way: it gets a slot of its own.
  ASSERT_TRUE(event->Record(legacy()).ok());
  device().Resume();
  EXPECT_TRUE(event->Query().ok());
}

TEST_F(EventTest, GivenEventDestroyedWhileRecordingThenItsSlotIsNotReusedTooEarly) {
  auto event = NewEvent(), next = NewEvent();
  device().Pause();
  ASSERT_TRUE(event->Record(legacy()).ok());
  event = nullptr;
  ASSERT_TRUE(next->Record(legacy()).ok());
  device().Resume();
  EXPECT_TRUE(Event::Elapsed(*next, *next).ok());
}

TEST_F(EventTest, GivenEventsOfTwoContextsThenTheirTimesCannotBeCompared) {
  auto mine = NewEvent();
  auto theirs = std::make_shared<Event>(*runtime().Primary(**runtime().Device(1)), 0);
  ASSERT_TRUE(mine->Record(legacy()).ok());
  ASSERT_TRUE(theirs->Record(*other().legacy_stream()).ok());
  EXPECT_THAT(Event::Elapsed(*mine, *theirs).status(), HasCode(supaErrorInvalidResourceHandle));
}

TEST_F(EventTest, GivenMoreEventsThanAPageOfTimesThenAllGetOne) {
  std::vector<std::shared_ptr<Event>> events;
  for (int i = 0; i < 600; ++i) {
    events.push_back(NewEvent());
    ASSERT_TRUE(events.back()->Record(legacy()).ok());
  }
  EXPECT_GE(*Event::Elapsed(*events.front(), *events.back()), 0.f);
}

}  // namespace
}  // namespace opensupa::rt
