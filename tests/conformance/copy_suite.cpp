// Copies and fills of all shapes.
#include <algorithm>

#include "hal_fixture.h"

namespace opensupa::conformance {
namespace {

using absl::StatusCode;
using Copies = HalTest;
using Fills = HalTest;

TEST_F(Copies, GivenAnySizeAndOffsetThenOnlyThoseBytesChange) {
  constexpr size_t kSize = 128 * 1024;
  Buffer src = Allocate(kSize), dst = Allocate(kSize);
  const auto source = Pattern(kSize, 1), background = Pattern(kSize, 2);
  SUPA_ASSERT_OK(session().Upload(src.address(), source));
  for (size_t size :
       {0, 1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 65, 255, 1000, 4095, 4096, 4097, 65537}) {
    for (size_t offset : {0, 1, 13, 4093}) {
      SUPA_ASSERT_OK(session().Upload(dst.address(), background));
      SUPA_ASSERT_OK(session().Run(
          hal::CopyCommand{dst.address() + offset, src.address() + offset / 2, size}));
      auto expected = background;
      std::copy_n(source.begin() + offset / 2, size, expected.begin() + offset);
      ASSERT_EQ(Download(dst, kSize), expected) << size << " bytes at offset " << offset;
    }
  }
}

TEST_F(Copies, GivenALargeCopyThenAllBytesArrive) {
  constexpr size_t kSize = (16 << 20) + 3;
  Buffer src = Allocate(kSize), dst = Allocate(kSize);
  const auto source = Pattern(kSize, 3);
  SUPA_ASSERT_OK(session().Upload(src.address(), source));
  SUPA_ASSERT_OK(session().Run(hal::CopyCommand{dst.address(), src.address(), kSize}));
  EXPECT_TRUE(Download(dst, kSize) == source);
}

TEST_F(Copies, GivenOverlapThenBytesOutsideOfTheDestinationStay) {
  Buffer buffer = Allocate(8192);
  const auto before = Pattern(8192, 4);
  SUPA_ASSERT_OK(session().Upload(buffer.address(), before));
  SUPA_ASSERT_OK(
      session().Run(hal::CopyCommand{buffer.address() + 100, buffer.address() + 60, 3000}));
  const auto after = Download(buffer, 8192);
  EXPECT_TRUE(std::equal(after.begin(), after.begin() + 100, before.begin()));
  EXPECT_TRUE(std::equal(after.begin() + 3100, after.end(), before.begin() + 3100));
  SUPA_EXPECT_OK(session().Run(hal::CopyCommand{buffer.address(), buffer.address(), 8192}));
  EXPECT_EQ(Download(buffer, 8192), after);
}

TEST_F(Copies, GivenARectThenRowsAndSlicesGoToTheirPlaces) {
  constexpr uint64_t kWidth = 37, kHeight = 5, kDepth = 3;
  constexpr uint64_t kSrcPitch = 64, kSrcSlice = 64 * 7, kDstPitch = 41, kDstSlice = 41 * 6;
  Buffer src = Allocate(8192), dst = Allocate(8192);
  const auto source = Pattern(8192, 5);
  auto expected = Pattern(8192, 6);
  SUPA_ASSERT_OK(session().Upload(src.address(), source));
  SUPA_ASSERT_OK(session().Upload(dst.address(), expected));
  hal::CopyRectCommand rect;
  rect.dst = dst.address() + 11;
  rect.src = src.address() + 3;
  rect.dst_pitch_bytes = kDstPitch;
  rect.src_pitch_bytes = kSrcPitch;
  rect.dst_slice_bytes = kDstSlice;
  rect.src_slice_bytes = kSrcSlice;
  rect.width_bytes = kWidth;
  rect.height = kHeight;
  rect.depth = kDepth;
  SUPA_ASSERT_OK(session().Run(rect));
  for (uint64_t z = 0; z < kDepth; ++z) {
    for (uint64_t y = 0; y < kHeight; ++y) {
      std::copy_n(source.begin() + 3 + z * kSrcSlice + y * kSrcPitch, kWidth,
                  expected.begin() + 11 + z * kDstSlice + y * kDstPitch);
    }
  }
  EXPECT_EQ(Download(dst, 8192), expected);
}

TEST_F(Copies, GivenOneRowOrNothingThenPitchesDoNotMatter) {
  Buffer src = Allocate(4096), dst = Allocate(4096);
  const auto source = Pattern(4096, 7);
  SUPA_ASSERT_OK(session().Upload(src.address(), source));
  hal::CopyRectCommand rect;
  rect.dst = dst.address();
  rect.src = src.address();
  rect.width_bytes = 100;
  SUPA_ASSERT_OK(session().Run(rect));
  EXPECT_TRUE(std::equal(source.begin(), source.begin() + 100, Download(dst, 100).begin()));
  for (auto field : {&hal::CopyRectCommand::width_bytes, &hal::CopyRectCommand::height,
                     &hal::CopyRectCommand::depth}) {
    hal::CopyRectCommand empty = rect;
    empty.*field = 0;
    empty.dst = 0;
    SUPA_EXPECT_OK(session().Run(empty));
  }
}

TEST_F(Copies, GivenOverlappingRowsThenInvalidArgumentAndNothingRuns) {
  Buffer buffer = Allocate(4096);
  SUPA_ASSERT_OK(session().Run(hal::FillCommand{buffer.address(), 1, 1, 4096, 1, 0}));
  hal::CopyRectCommand rect;
  rect.dst = buffer.address();
  rect.src = buffer.address() + 2048;
  rect.width_bytes = 64;
  rect.height = 2;
  rect.dst_pitch_bytes = 32;
  rect.src_pitch_bytes = 64;
  const hal::Command batch[] = {hal::FillCommand{buffer.address(), 2, 1, 4096, 1, 0}, rect};
  SUPA_EXPECT_CODE(queue().Submit({}, batch, {}), StatusCode::kInvalidArgument);
  EXPECT_EQ(Download(buffer, 1)[0], 1) << "a refused batch ran in part";
}

TEST_F(Copies, GivenABatchThenItsCommandsRunInOrder) {
  Buffer a = Allocate(4096), b = Allocate(4096), c = Allocate(4096);
  const hal::Command batch[] = {hal::FillCommand{a.address(), 1, 1, 4096, 1, 0},
                                hal::CopyCommand{b.address(), a.address(), 4096},
                                hal::FillCommand{a.address(), 2, 1, 4096, 1, 0},
                                hal::CopyCommand{c.address(), a.address(), 4096},
                                hal::CopyCommand{a.address(), b.address(), 4096}};
  SUPA_ASSERT_OK(session().Run(batch));
  EXPECT_EQ(Download(a, 1)[0], 1);
  EXPECT_EQ(Download(b, 1)[0], 1);
  EXPECT_EQ(Download(c, 1)[0], 2);
}

TEST_F(Copies, GivenABatchLargerThanAnyRingThenAllOfItRuns) {
  constexpr size_t kCommands = 20000;
  Buffer buffer = Allocate(kCommands);
  std::vector<hal::Command> batch;
  for (size_t i = 0; i < kCommands; ++i) {
    batch.push_back(hal::FillCommand{buffer.address() + i, i * 7, 1, 1, 1, 0});
  }
  SUPA_ASSERT_OK(session().Run(batch));
  const auto bytes = Download(buffer, kCommands);
  for (size_t i = 0; i < kCommands; ++i) ASSERT_EQ(bytes[i], static_cast<uint8_t>(i * 7)) << i;
}

TEST_F(Copies, GivenManyRectsThenTheirParametersAreNotMixedUp) {
  constexpr size_t kRects = 20000;
  Buffer src = Allocate(kRects * 2), dst = Allocate(kRects * 2);
  const auto source = Pattern(kRects * 2, 8);
  SUPA_ASSERT_OK(session().Upload(src.address(), source));
  std::vector<hal::Command> batch;
  for (size_t i = 0; i < kRects; ++i) {
    hal::CopyRectCommand rect;
    rect.dst = dst.address() + 2 * i;
    rect.src = src.address() + 2 * i;
    rect.dst_pitch_bytes = rect.src_pitch_bytes = 1;
    rect.width_bytes = 1;
    rect.height = 2;
    batch.push_back(rect);
  }
  SUPA_ASSERT_OK(session().Run(batch));
  EXPECT_TRUE(Download(dst, kRects * 2) == source);
}

TEST_F(Fills, GivenEveryElementSizeThenTheValueIsRepeated) {
  constexpr uint64_t kValue = 0x8877665544332211;
  Buffer buffer = Allocate(8192);
  for (uint32_t element : {1u, 2u, 4u, 8u}) {
    for (uint64_t count : {0, 1, 3, 17, 500}) {
      auto expected = Pattern(8192, element);
      SUPA_ASSERT_OK(session().Upload(buffer.address(), expected));
      SUPA_ASSERT_OK(session().Run(
          hal::FillCommand{buffer.address() + 3 * element, kValue, element, count, 1, 0}));
      for (uint64_t i = 0; i < count * element; ++i) {
        expected[3 * element + i] = static_cast<uint8_t>(kValue >> (8 * (i % element)));
      }
      ASSERT_EQ(Download(buffer, 8192), expected) << element << " bytes, " << count << " elements";
    }
  }
}

TEST_F(Fills, GivenRowsThenTheGapsStay) {
  Buffer buffer = Allocate(8192);
  for (uint32_t element : {1u, 2u, 4u, 8u}) {
    auto expected = Pattern(8192, 20 + element);
    SUPA_ASSERT_OK(session().Upload(buffer.address(), expected));
    const uint64_t pitch = 11 * element;
    SUPA_ASSERT_OK(session().Run(hal::FillCommand{buffer.address(), 0xab, element, 7, 9, pitch}));
    for (int y = 0; y < 9; ++y) {
      for (uint64_t i = 0; i < 7 * element; ++i) {
        expected[y * pitch + i] = i % element == 0 ? 0xab : 0;
      }
    }
    ASSERT_EQ(Download(buffer, 8192), expected) << element;
  }
}

TEST_F(Fills, GivenWrongFillsThenInvalidArgument) {
  Buffer buffer = Allocate(4096);
  const uint64_t at = buffer.address();
  for (const hal::FillCommand& wrong :
       {hal::FillCommand{at, 0, 0, 4, 1, 0}, hal::FillCommand{at, 0, 3, 4, 1, 0},
        hal::FillCommand{at, 0, 16, 4, 1, 0}, hal::FillCommand{at + 1, 0, 4, 4, 1, 0},
        hal::FillCommand{at, 0, 4, 4, 2, 8}, hal::FillCommand{at, 0, 4, 4, 2, 18},
        hal::FillCommand{at, 0, 8, ~0ull, 1, 0}}) {
    const hal::Command command = wrong;
    SUPA_EXPECT_CODE(queue().Submit({}, std::span(&command, 1), {}), StatusCode::kInvalidArgument);
  }
}

TEST_F(Copies, GivenRegisteredHostMemoryThenCopiesReachIt) {
  std::vector<uint8_t> host = Pattern(100000, 9);  // at no page boundary
  SUPA_ASSERT_OK(device().RegisterHost(host.data(), host.size()));
  Buffer buffer = Allocate(host.size());
  SUPA_ASSERT_OK(session().Run(
      hal::CopyCommand{buffer.address(), reinterpret_cast<uint64_t>(host.data()), host.size()}));
  EXPECT_EQ(Download(buffer, host.size()), host);
  SUPA_ASSERT_OK(session().Run(
      hal::FillCommand{reinterpret_cast<uint64_t>(host.data()), 4, 1, host.size(), 1, 0}));
  EXPECT_EQ(host, std::vector<uint8_t>(host.size(), 4));
  SUPA_EXPECT_OK(device().UnregisterHost(host.data()));
}

TEST_F(Copies, GivenTwoRegistrationsOnOnePageThenEachCanGoFirst) {
  HostPages pages(3 * 4096);
  for (bool first_goes_first : {true, false}) {
    uint8_t* a = pages.data() + 100;
    uint8_t* b = pages.data() + 6000;
    SUPA_ASSERT_OK(device().RegisterHost(a, 5000));
    SUPA_ASSERT_OK(device().RegisterHost(b, 6000));
    SUPA_ASSERT_OK(device().UnregisterHost(first_goes_first ? a : b));
    uint8_t* rest = first_goes_first ? b : a;
    SUPA_ASSERT_OK(session().Run(hal::FillCommand{reinterpret_cast<uint64_t>(rest),
                                                  first_goes_first ? 1u : 2u, 1, 5000, 1, 0}));
    EXPECT_EQ(rest[4999], first_goes_first ? 1 : 2);
    SUPA_ASSERT_OK(device().UnregisterHost(rest));
  }
}

TEST_F(Copies, GivenWrongRegistrationsThenTheyAreRefused) {
  HostPages pages(4096);
  SUPA_EXPECT_CODE(device().RegisterHost(nullptr, 4096), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(device().RegisterHost(pages.data(), 0), StatusCode::kInvalidArgument);
  SUPA_EXPECT_CODE(device().UnregisterHost(pages.data()), StatusCode::kNotFound);
  SUPA_ASSERT_OK(device().RegisterHost(pages.data(), 4096));
  SUPA_EXPECT_CODE(device().RegisterHost(pages.data(), 4096), StatusCode::kFailedPrecondition);
  SUPA_EXPECT_OK(device().UnregisterHost(pages.data()));
  SUPA_EXPECT_CODE(device().UnregisterHost(pages.data()), StatusCode::kNotFound);
}

}  // namespace
}  // namespace opensupa::conformance
