// Parts of the emulated card by themselves.

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "device_heap.h"
#include "engine/device_printf.h"
#include "engine/warp.h"
#include "event_log.h"
#include "gtest/gtest.h"

namespace opensupa::emu {
namespace {

using binary::abi::WarpOp;

/// Packs arguments as kernels do, and formats them.
class Printf {
 public:
  explicit Printf(const char* format) : format_(format) {}
  template <typename T>
  Printf& operator<<(T value) {
    bytes_.resize((bytes_.size() + sizeof(T) - 1) / sizeof(T) * sizeof(T));
    const auto* from = reinterpret_cast<const char*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof(T));
    return *this;
  }
  std::string text() {
    // Natural alignment counts from the start of an aligned buffer.
    alignas(16) char packed[512];
    std::copy(bytes_.begin(), bytes_.end(), packed);
    std::string out;
    arguments_ = FormatDevicePrintf(format_, packed, out);
    return out;
  }
  int arguments() const { return arguments_; }

 private:
  const char* format_;
  std::vector<char> bytes_;
  int arguments_ = 0;
};

TEST(DevicePrintf, GivenIntegersThenLikeC) {
  EXPECT_EQ((Printf("%d|%i|%u") << -5 << 7 << UINT_MAX).text(), "-5|7|4294967295");
  EXPECT_EQ((Printf("%5d|%-5d|%05d|%+d|% d") << 42 << 42 << 42 << 42 << 42).text(),
            "   42|42   |00042|+42| 42");
  EXPECT_EQ((Printf("%x|%X|%#x|%o|%#o") << 255 << 255 << 255 << 8 << 8).text(),
            "ff|FF|0xff|10|010");
  EXPECT_EQ((Printf("%ld|%lld|%lu|%zu|%jd|%td")
             << LONG_MIN << LLONG_MAX << ULONG_MAX << size_t{1} << intmax_t{-2} << ptrdiff_t{-3})
                .text(),
            "-9223372036854775808|9223372036854775807|18446744073709551615|1|-2|-3");
  EXPECT_EQ((Printf("%hhd|%hhu|%hd|%hu") << 0x1ff << 0x1ff << 0x18000 << 0x18000).text(),
            "-1|255|-32768|32768");
  EXPECT_EQ((Printf("%.3d|%8.3d") << 5 << 5).text(), "005|     005");
}

TEST(DevicePrintf, GivenMixedSizesThenEachStandsAtItsAlignment) {
  EXPECT_EQ((Printf("%d %f %d %lld %c") << 1 << 2.5 << 3 << 4ll << int{'x'}).text(),
            "1 2.500000 3 4 x");
}

TEST(DevicePrintf, GivenFloatsThenLikeC) {
  EXPECT_EQ((Printf("%f|%.2f|%10.3f|%-10.1f|%e|%G|%a")
             << 1.5 << 2.345 << 3.14159 << 2.25 << 12345.678 << 1e-10 << 1.0)
                .text(),
            "1.500000|2.35|     3.142|2.2       |1.234568e+04|1E-10|0x1p+0");
  EXPECT_EQ((Printf("%f %F %Lf") << HUGE_VAL << -HUGE_VAL << 0.5).text(), "inf -INF 0.500000");
  EXPECT_EQ((Printf("%.0f") << 1e300).text().size(), 301u);
}

TEST(DevicePrintf, GivenTextThenLikeC) {
  EXPECT_EQ((Printf("%s|%8s|%-8s|%.2s|%s")
             << "abc" << "abc" << "abc" << "abc" << static_cast<const char*>(nullptr))
                .text(),
            "abc|     abc|abc     |ab|(null)");
  EXPECT_EQ((Printf("%c%%%c") << int{'a'} << int{'b'}).text(), "a%b");
  EXPECT_EQ((Printf("%p") << reinterpret_cast<void*>(0x1234)).text(), "0x1234");
}

TEST(DevicePrintf, GivenStarsThenWidthAndPrecisionAreArguments) {
  EXPECT_EQ(
      (Printf("%*d|%-*d|%.*f|%*.*f") << 5 << 1 << 5 << 1 << 2 << 1.239 << 8 << 1 << 2.55).text(),
      "    1|1    |1.24|     2.5");
  EXPECT_EQ((Printf("%*d|") << -4 << 1).text(), "1   |");
  EXPECT_EQ((Printf("%.*f") << -1 << 1.5).text(), "1.500000");
}

TEST(DevicePrintf, GivenHostileFormatsThenNothingBreaks) {
  EXPECT_LE((Printf("%999999999d") << 1).text().size(), 512u);
  EXPECT_LE((Printf("%.999999999f") << 1.0).text().size(), 1024u);
  EXPECT_LE((Printf("%*d") << INT_MIN << 1).text().size(), 512u);
  EXPECT_EQ(Printf("100%").text(), "100%");
  EXPECT_EQ(Printf("%y%").text(), "%y%");
  EXPECT_EQ((Printf("%-+ #0-+ #0-+ #0d") << 1).text(), "+1");
  std::string out;
  EXPECT_EQ(FormatDevicePrintf(nullptr, nullptr, out), -1);
  Printf counted("%d %s %*d");
  counted << 1 << "x" << 3 << 4;
  counted.text();
  EXPECT_EQ(counted.arguments(), 4);
}

WarpValues Lanes(uint32_t param) {
  WarpValues values;
  for (uint32_t i = 0; i < 32; ++i) {
    values.value[i] = 100 + i;
    values.param[i] = param;
  }
  return values;
}

TEST(Warp, GivenShufflesThenSegmentsAndOutOfRangeLanesFollowCuda) {
  constexpr uint32_t kAll = ~0u;
  struct Case {
    WarpOp op;
    uint32_t operand, width, lane, source;
  };
  const Case cases[] = {
      {WarpOp::kShflIdx, 3, 32, 20, 3},   {WarpOp::kShflIdx, 3, 8, 20, 19},
      {WarpOp::kShflIdx, 11, 8, 20, 19},  // the source counts modulo the width
      {WarpOp::kShflUp, 2, 32, 1, 1},     {WarpOp::kShflUp, 2, 32, 2, 0},
      {WarpOp::kShflUp, 2, 4, 5, 5},      {WarpOp::kShflUp, 2, 4, 6, 4},
      {WarpOp::kShflDown, 4, 32, 27, 31}, {WarpOp::kShflDown, 4, 32, 28, 28},
      {WarpOp::kShflDown, 1, 4, 6, 7},    {WarpOp::kShflDown, 1, 4, 7, 7},
      {WarpOp::kShflXor, 16, 32, 1, 17},  {WarpOp::kShflXor, 4, 4, 5, 1},  // an earlier segment
      {WarpOp::kShflXor, 4, 4, 1, 1},                                      // a later one
      {WarpOp::kShflDown, 1, 3, 4, 5},  // a width that is none counts as 32
  };
  for (const Case& c : cases) {
    const WarpValues values = Lanes(c.operand | c.width << 8);
    EXPECT_EQ(WarpResult(c.op, kAll, c.lane, values), 100 + c.source)
        << WarpOpName(c.op) << " " << c.operand << " " << c.width << " " << c.lane;
  }
  EXPECT_EQ(WarpResult(WarpOp::kShflIdx, 0x0f, 2, Lanes(20 | 32 << 8)), 102u)
      << "a lane that does not take part cannot be read";
}

TEST(Warp, GivenVotesMatchesAndReductionsThenOnlyTheGroupCounts) {
  WarpValues values = Lanes(0);
  constexpr uint32_t kGroup = 0b1010'1010;
  EXPECT_EQ(WarpResult(WarpOp::kBallot, kGroup, 1, values), kGroup);
  EXPECT_EQ(WarpResult(WarpOp::kReduceAddU32, kGroup, 1, values), 101u + 103 + 105 + 107);
  EXPECT_EQ(WarpResult(WarpOp::kReduceMinU32, kGroup, 1, values), 101u);
  EXPECT_EQ(WarpResult(WarpOp::kReduceMaxU32, kGroup, 1, values), 107u);
  EXPECT_EQ(WarpResult(WarpOp::kMatchAll, kGroup, 1, values), 0u);
  values.value[1] = values.value[3] = 5;
  EXPECT_EQ(WarpResult(WarpOp::kMatchAny, kGroup, 3, values), 0b1010u);
  values.value[5] = values.value[7] = 5;
  EXPECT_EQ(WarpResult(WarpOp::kMatchAll, kGroup, 3, values), kGroup);
  values.value[1] = 0xfffffff0;  // -16
  EXPECT_EQ(WarpResult(WarpOp::kReduceMinS32, kGroup, 1, values), 0xfffffff0u);
  EXPECT_EQ(WarpResult(WarpOp::kReduceMaxS32, kGroup, 1, values), 5u);
  EXPECT_EQ(WarpResult(WarpOp::kReduceAnd, kGroup, 1, values), 0u);
  EXPECT_EQ(WarpResult(WarpOp::kReduceOr, kGroup, 1, values), 0xfffffff5u);
  EXPECT_EQ(WarpResult(WarpOp::kReduceXor, kGroup, 1, values), 0xfffffff5u);
}

TEST(EventLog, GivenTextThenItIsJoinedCutAndBounded) {
  EventLog log;
  supa_uapi_event event;
  EXPECT_FALSE(log.Take(&event));
  log.AddPrint(1, "ab");
  log.AddPrint(1, "cd");
  log.AddPrint(2, std::string(1500, 'x'));
  ASSERT_TRUE(log.Take(&event));
  EXPECT_EQ(std::string(event.text, event.text_bytes), "abcd");
  EXPECT_EQ(event.queue, 1u);
  ASSERT_TRUE(log.Take(&event));
  EXPECT_EQ(event.text_bytes, SUPA_UAPI_EVENT_TEXT_BYTES);
  ASSERT_TRUE(log.Take(&event));
  EXPECT_EQ(event.text_bytes, 1500 - SUPA_UAPI_EVENT_TEXT_BYTES);
  EXPECT_FALSE(log.Take(&event));
}

TEST(EventLog, GivenTooMuchTextThenTheOldestGoesAndFaultsStay) {
  EventLog log;
  supa_uapi_event fault{};
  fault.type = SUPA_UAPI_EVENT_TRAP;
  log.AddPrint(1, "first");
  log.AddFault(fault, "why");
  for (uint64_t i = 0; i < EventLog::kMaxPrintBytes / 1024 + 10; ++i) {
    log.AddPrint(1, std::string(1024, static_cast<char>('a' + i % 26)));
  }
  supa_uapi_event event;
  ASSERT_TRUE(log.Take(&event));
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_TRAP);
  EXPECT_EQ(std::string(event.text, event.text_bytes), "why");
  uint64_t bytes = 0;
  while (log.Take(&event)) bytes += event.text_bytes;
  EXPECT_GT(bytes, EventLog::kMaxPrintBytes - 4096);
  EXPECT_LE(bytes, EventLog::kMaxPrintBytes);
}

TEST(DeviceHeap, GivenFreedNeighboursThenTheyAreOneHoleAgain) {
  auto quota = std::make_shared<MemoryQuota>(uint64_t{1} << 30);
  DeviceHeap heap(quota);
  constexpr uint64_t kLimit = DeviceHeap::kLeastBytes;
  void* a = heap.Allocate(1000, kLimit);
  void* b = heap.Allocate(1000, kLimit);
  void* c = heap.Allocate(kLimit - 2 * 1024, kLimit);
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(heap.Allocate(1, kLimit), nullptr);
  EXPECT_TRUE(heap.Free(a));
  EXPECT_FALSE(heap.Free(a));
  EXPECT_TRUE(heap.Free(c));
  EXPECT_TRUE(heap.Free(b));
  EXPECT_NE(heap.Allocate(kLimit, kLimit), nullptr);
  EXPECT_EQ(quota->free_bytes(), (uint64_t{1} << 30) - kLimit);
  heap.Clear();
  EXPECT_EQ(quota->free_bytes(), uint64_t{1} << 30);
}

}  // namespace
}  // namespace opensupa::emu
