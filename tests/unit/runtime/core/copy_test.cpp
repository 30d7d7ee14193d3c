#include "opensupa/core/copy.h"

#include <numeric>

#include "core_fixture.h"

namespace opensupa::rt {
namespace {

using testing::CoreTest;
using testing::HasCode;
using ::testing::HasSubstr;

class CopyTest : public CoreTest {
 protected:
  static CopyBox Row(void* dst, const void* src, uint64_t width_bytes) {
    CopyBox box;
    box.dst = dst;
    box.src = src;
    box.width_bytes = width_bytes;
    return box;
  }
  static std::vector<uint8_t> Ramp(size_t size) {
    std::vector<uint8_t> bytes(size);
    std::iota(bytes.begin(), bytes.end(), uint8_t{1});
    return bytes;
  }
  void* Pinned(uint64_t size_bytes) {
    return *runtime().host_memory().Allocate(context().id(), 0, size_bytes, MemoryKind::kPinned, 0);
  }
};

TEST_F(CopyTest, GivenSizesAroundTheStagingLimitThenBytesComeBack) {
  for (size_t size :
       {size_t{1}, size_t{255}, size_t{64} << 10, (size_t{64} << 10) + 1, (size_t{1} << 20) + 3}) {
    const std::vector<uint8_t> in = Ramp(size);
    std::vector<uint8_t> out(size);
    void* memory = Allocate(size);
    ASSERT_TRUE(
        Copy(legacy(), Row(memory, in.data(), size), supaMemcpyHostToDevice, Wait::kForHost).ok());
    ASSERT_TRUE(
        Copy(legacy(), Row(out.data(), memory, size), supaMemcpyDefault, Wait::kForHost).ok());
    EXPECT_EQ(in, out) << size;
  }
}

TEST_F(CopyTest, GivenSmallPageableSourceWhileBusyThenItMayChangeAfterTheCall) {
  std::vector<uint8_t> in = Ramp(1000);
  const std::vector<uint8_t> original = in;
  auto* memory = static_cast<uint8_t*>(Allocate(in.size()));
  device().Pause();
  ASSERT_TRUE(legacy().Submit(hal::HostCallCommand{[] {}}).ok());
  ASSERT_TRUE(
      Copy(legacy(), Row(memory, in.data(), in.size()), supaMemcpyHostToDevice, Wait::kNo).ok());
  std::fill(in.begin(), in.end(), uint8_t{0});
  device().Resume();
  EXPECT_TRUE(legacy().Drain().ok());
  EXPECT_TRUE(std::equal(original.begin(), original.end(), memory));
}

TEST_F(CopyTest, GivenPinnedMemoryThenTheCopyIsAsynchronous) {
  auto* host = static_cast<uint8_t*>(Pinned(4096));
  auto* memory = static_cast<uint8_t*>(Allocate(4096));
  std::fill_n(host, 4096, uint8_t{5});
  std::fill_n(memory, 4096, uint8_t{0});
  device().Pause();
  ASSERT_TRUE(Copy(legacy(), Row(memory, host, 4096), supaMemcpyHostToDevice, Wait::kNo).ok());
  EXPECT_EQ(memory[0], 0);
  device().Resume();
  EXPECT_EQ(memory[4095], 5);
}

TEST_F(CopyTest, GivenSidesThatAreNoDeviceMemoryThenInvalidValueSaysWhatTheyAre) {
  std::vector<uint8_t> host(100);
  void* memory = Allocate(100);
  EXPECT_THAT(Copy(legacy(), Row(host.data(), memory, 100), supaMemcpyHostToDevice, Wait::kNo),
              HasCode(supaErrorInvalidValue));
  EXPECT_THAT(Copy(legacy(), Row(nullptr, memory, 100), supaMemcpyDefault, Wait::kNo),
              HasCode(supaErrorInvalidValue));
  const Status past =
      Copy(legacy(), Row(memory, host.data(), 101), supaMemcpyHostToDevice, Wait::kNo);
  EXPECT_THAT(past, HasCode(supaErrorInvalidValue));
  EXPECT_THAT(std::string(past.message()), HasSubstr("past"));
  ASSERT_TRUE(context().Free(reinterpret_cast<uint64_t>(memory)).ok());
  for (supaMemcpyKind kind : {supaMemcpyHostToDevice, supaMemcpyDefault}) {
    const Status freed = Copy(legacy(), Row(memory, host.data(), 100), kind, Wait::kNo);
    EXPECT_THAT(freed, HasCode(supaErrorInvalidValue));
    EXPECT_THAT(std::string(freed.message()), HasSubstr("freed"));
  }
}

TEST_F(CopyTest, GivenKindThatIsNoneThenInvalidDirectionEvenForNoBytes) {
  EXPECT_THAT(Copy(legacy(), Row(nullptr, nullptr, 0), static_cast<supaMemcpyKind>(17), Wait::kNo),
              HasCode(supaErrorInvalidMemcpyDirection));
  EXPECT_TRUE(Copy(legacy(), Row(nullptr, nullptr, 0), supaMemcpyDefault, Wait::kNo).ok());
}

TEST_F(CopyTest, GivenSizeThatWrapsThenInvalidValue) {
  std::vector<uint8_t> host(16);
  void* memory = Allocate(16);
  EXPECT_THAT(
      Copy(legacy(), Row(memory, host.data(), ~0ull - 8), supaMemcpyHostToDevice, Wait::kNo),
      HasCode(supaErrorInvalidValue));
}

TEST_F(CopyTest, GivenBoxesOnAllWaysThenOnlyTheBoxIsWritten) {
  constexpr uint64_t kPitch = 16, kRows = 5, kSlices = 3, kSlice = kPitch * kRows;
  const std::vector<uint8_t> in = Ramp(kSlice * kSlices);
  auto* memory = static_cast<uint8_t*>(Allocate(in.size()));
  auto* second = static_cast<uint8_t*>(Allocate(in.size()));
  std::vector<uint8_t> out(in.size());
  std::fill_n(memory, in.size(), uint8_t{0});
  std::fill_n(second, in.size(), uint8_t{0});
  CopyBox box;
  box.width_bytes = 10;
  box.height = 4;
  box.depth = 2;
  box.dst_pitch_bytes = box.src_pitch_bytes = kPitch;
  box.dst_slice_bytes = box.src_slice_bytes = kSlice;
  for (bool busy : {false, true}) {
    if (busy) {
      device().Pause();
      ASSERT_TRUE(legacy().Submit(hal::HostCallCommand{[] {}}).ok());
    }
    box.dst = memory;
    box.src = in.data();
    ASSERT_TRUE(Copy(legacy(), box, supaMemcpyHostToDevice, Wait::kNo).ok());
    device().Resume();
    box.dst = second;
    box.src = memory;
    ASSERT_TRUE(Copy(legacy(), box, supaMemcpyDeviceToDevice, Wait::kNo).ok());
    box.dst = out.data();
    box.src = second;
    ASSERT_TRUE(Copy(legacy(), box, supaMemcpyDeviceToHost, Wait::kForHost).ok());
    for (uint64_t i = 0; i < out.size(); ++i) {
      const bool inside = i % kPitch < 10 && i % kSlice / kPitch < 4 && i / kSlice < 2;
      EXPECT_EQ(out[i], inside ? in[i] : 0) << i;
    }
    std::fill(out.begin(), out.end(), uint8_t{0});
  }
}

TEST_F(CopyTest, GivenMemoryOfTwoContextsThenTheCopyKeepsTheStreamsOrder) {
  auto* here = static_cast<uint8_t*>(Allocate(1000));
  auto* there = reinterpret_cast<uint8_t*>(*other().Allocate(1000));
  std::fill_n(here, 1000, uint8_t{3});
  std::fill_n(there, 1000, uint8_t{0});
  device().Pause();
  ASSERT_TRUE(CopyPeer(legacy(), there, other(), here, context(), 1000, Wait::kNo).ok());
  EXPECT_EQ(there[0], 0);
  device().Resume();
  EXPECT_TRUE(legacy().Drain().ok());
  EXPECT_EQ(there[999], 3);
  EXPECT_THAT(CopyPeer(legacy(), there, context(), here, context(), 1000, Wait::kNo),
              HasCode(supaErrorInvalidValue));
}

TEST_F(CopyTest, GivenPageableSourceAndMemoryOfAnotherContextThenTheBusyStreamIsWaitedFor) {
  const std::vector<uint8_t> in = Ramp(1000);
  auto* there = reinterpret_cast<uint8_t*>(*other().Allocate(1000));
  device().Pause();
  ASSERT_TRUE(legacy().Submit(hal::HostCallCommand{[] {}}).ok());
  std::thread resumer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    device().Resume();
  });
  // The stream's own device may not reach that memory, so the host copies at once.
  ASSERT_TRUE(Copy(legacy(), Row(there, in.data(), 1000), supaMemcpyHostToDevice, Wait::kNo).ok());
  EXPECT_TRUE(std::equal(in.begin(), in.end(), there));
  resumer.join();
}

TEST_F(CopyTest, GivenElementsOfEachSizeThenFillSetsExactlyThem) {
  auto* memory = static_cast<uint8_t*>(Allocate(256));
  for (uint32_t element_bytes : {1u, 2u, 4u}) {
    std::fill_n(memory, 256, uint8_t{0xee});
    FillBox box;
    box.dst = memory;
    box.value = 0x04030201;
    box.element_bytes = element_bytes;
    box.width_elements = 3;
    box.height = 2;
    box.pitch_bytes = 16;
    ASSERT_TRUE(Fill(legacy(), box, Wait::kForHost).ok());
    for (uint64_t i = 0; i < 256; ++i) {
      const bool inside = i % 16 < 3 * element_bytes && i / 16 < 2;
      EXPECT_EQ(memory[i], inside ? 1 + i % 16 % element_bytes : 0xee) << element_bytes << " " << i;
    }
  }
}

TEST_F(CopyTest, GivenFillsThatDoNotFitThenInvalidValue) {
  auto* memory = static_cast<uint8_t*>(Allocate(256));
  std::vector<uint8_t> host(256);
  FillBox box;
  box.dst = host.data();
  box.width_elements = 1;
  EXPECT_THAT(Fill(legacy(), box, Wait::kNo), HasCode(supaErrorInvalidValue));
  box.dst = memory;
  box.width_elements = 257;
  EXPECT_THAT(Fill(legacy(), box, Wait::kNo), HasCode(supaErrorInvalidValue));
  box.width_elements = ~0ull;
  EXPECT_THAT(Fill(legacy(), box, Wait::kNo), HasCode(supaErrorInvalidValue));
  box.dst = memory + 1;
  box.element_bytes = 4;
  box.width_elements = 1;
  EXPECT_THAT(Fill(legacy(), box, Wait::kNo), HasCode(supaErrorInvalidValue));
}

TEST_F(CopyTest, GivenMemoryOfAnotherContextThenFillRunsInTheStreamsOrder) {
  auto* there = reinterpret_cast<uint8_t*>(*other().Allocate(16));
  FillBox box;
  box.dst = there;
  box.value = 9;
  box.width_elements = 16;
  ASSERT_TRUE(Fill(legacy(), box, Wait::kNo).ok());
  EXPECT_TRUE(legacy().Drain().ok());
  EXPECT_EQ(there[15], 9);
}

TEST_F(CopyTest, GivenEveryFailureInTurnThenTheNextCopyWorks) {
  const std::vector<uint8_t> in = Ramp(100);
  auto* memory = static_cast<uint8_t*>(Allocate(100));
  for (uint64_t n = 1;; ++n) {
    device().Pause();
    ASSERT_TRUE(legacy().Submit(hal::HostCallCommand{[] {}}).ok());
    fault::Arm(n);
    const Status status =
        Copy(legacy(), Row(memory, in.data(), 100), supaMemcpyHostToDevice, Wait::kNo);
    const bool fired = fault::Fired();
    fault::Disarm();
    device().Resume();
    EXPECT_EQ(status.ok(), !fired);
    EXPECT_TRUE(legacy().Drain().ok());
    if (!fired) break;
  }
  EXPECT_TRUE(std::equal(in.begin(), in.end(), memory));
}

}  // namespace
}  // namespace opensupa::rt
