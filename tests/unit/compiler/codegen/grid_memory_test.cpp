// Strips of blocks and streaming stores of kernels that run as vectors.

#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "image_runner.h"

namespace opensupa::cc::testing {
namespace {

using binary::abi::ThreadContext;

constexpr char kDeclarations[] = R"(
declare i32 @__su_tid_x()
declare i32 @__su_tid_y()
declare i32 @__su_ntid_x()
declare i32 @__su_ntid_y()
declare i32 @__su_ctaid_x()
declare i32 @__su_nctaid_x()
declare i64 @__su_clock64()
)";

// out[y][x] of the whole grid: block * 1000000 + y * 1000 + x.
constexpr char kWritePlaces[] = R"(
define void @places(ptr %out) {
  %bx = call i32 @__su_ctaid_x()
  %nx = call i32 @__su_ntid_x()
  %gx = call i32 @__su_nctaid_x()
  %x = call i32 @__su_tid_x()
  %y = call i32 @__su_tid_y()
  %bn = mul i32 %bx, %nx
  %column = add i32 %bn, %x
  %width = mul i32 %gx, %nx
  %row = mul i32 %y, %width
  %i = add i32 %row, %column
  %p = getelementptr i32, ptr %out, i32 %i
  %b1 = mul i32 %bx, 1000000
  %y1 = mul i32 %y, 1000
  %s1 = add i32 %b1, %y1
  %s2 = add i32 %s1, %x
  store i32 %s2, ptr %p
  ret void
}
)";

uint32_t FlagsOf(const std::string& text) {
  const ImageRunner runner(CompileFast(kDeclarations + text, {"k"}));
  return runner.Descriptor("k")->flags;
}

uint32_t StreamedBytes(const std::string& text) {
  const ImageRunner runner(CompileFast(kDeclarations + text, {"k"}));
  return runner.Descriptor("k")->streamed_bytes_per_thread;
}

TEST(GridMemory, StripsOfAnyLengthRunEveryThreadOfEveryBlock) {
  ImageRunner runner(CompileFast(std::string(kDeclarations) + kWritePlaces, {"places"}));
  EXPECT_TRUE(runner.Descriptor("places")->flags & binary::abi::kKernelStrips);
  EXPECT_EQ(runner.Descriptor("places")->streamed_bytes_per_thread, 4u);
  constexpr uint32_t kBlocks = 7, kRows = 5;
  for (const uint32_t size : {16u, 64u, 7u, 33u}) {
    for (const uint32_t strip : {1u, 2u, 3u, 7u}) {
      for (const uint32_t offset : {0u, 1u, 16u}) {
        runner.SetGridMemory(strip, /*stream_stores=*/offset != 0);
        const uint32_t width = kBlocks * size;
        std::vector<uint32_t> memory(width * kRows + 64, 99);
        const auto misaligned = reinterpret_cast<uintptr_t>(memory.data()) / 4 % 16;
        const size_t first = (16 - misaligned) % 16 + offset;
        std::vector<std::byte> args;
        ImageRunner::Pack(args, memory.data() + first);
        runner.Launch("places", {kBlocks, 1, 1}, {size, kRows, 1}, args);
        for (uint32_t i = 0; i < width * kRows; ++i) {
          const uint32_t column = i % width;
          ASSERT_EQ(memory[first + i], column / size * 1000000 + i / width * 1000 + column % size)
              << size << " " << strip << " " << offset;
        }
        EXPECT_EQ(memory[first + width * kRows], 99u);
      }
    }
  }
}

std::vector<std::pair<uint32_t, uint32_t>>& Seen() {
  static std::vector<std::pair<uint32_t, uint32_t>> seen;
  return seen;
}

TEST(GridMemory, StripsGoRowByRowAndNameTheRunningBlock) {
  ImageRunner runner(CompileFast(std::string(kDeclarations) + R"(
define void @k(ptr %out) {
  %x = call i32 @__su_tid_x()
  %y = call i32 @__su_tid_y()
  %i = add i32 %x, %y
  %p = getelementptr i64, ptr %out, i32 %i
  %t = call i64 @__su_clock64()
  store i64 %t, ptr %p
  ret void
}
)",
                                 {"k"}));
  runner.hooks().clock64 = [](ThreadContext* context) -> uint64_t {
    if (context->thread_idx.x == 0) {
      Seen().push_back({context->thread_idx.y, context->block->block_idx.x});
    }
    return 0;
  };
  Seen().clear();
  runner.SetGridMemory(/*strip_blocks=*/3, false);
  std::vector<uint64_t> out(64);
  std::vector<std::byte> args;
  ImageRunner::Pack(args, out.data());
  runner.Launch("k", {3, 1, 1}, {16, 2, 1}, args);
  using Places = std::vector<std::pair<uint32_t, uint32_t>>;
  EXPECT_EQ(Seen(), (Places{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}}));
}

// A loop over `%n` elements of a row that the kernel's threads share.
constexpr char kLoop[] = R"(
entry:
  %x = call i32 @__su_tid_x()
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %sum = phi float [ 0.0, %entry ], [ %more, %loop ]
  %p = getelementptr float, ptr %in, i32 %i
  %v = load float, ptr %p
  %more = fadd float %sum, %v
  %next = add i32 %i, 1
  %again = icmp slt i32 %next, %n
  br i1 %again, label %loop, label %end
end:
)";

TEST(GridMemory, LoopsKeepTheRowsOfABlockTogether) {
  const std::string head = "define void @k(ptr %in, ptr %out, i32 %n) {";
  const std::string one_row = R"(
  %q = getelementptr float, ptr %out, i32 %x
  store float %more, ptr %q
  ret void
}
)";
  const std::string many_rows = R"(
  %y = call i32 @__su_tid_y()
  %j = add i32 %x, %y
  %q = getelementptr float, ptr %out, i32 %j
  store float %more, ptr %q
  ret void
}
)";
  EXPECT_TRUE(FlagsOf(head + kLoop + one_row) & binary::abi::kKernelStrips);
  EXPECT_FALSE(FlagsOf(head + kLoop + many_rows) & binary::abi::kKernelStrips);
}

TEST(GridMemory, SharedMemoryKeepsBlocksApart) {
  EXPECT_FALSE(FlagsOf(R"(
@tile = internal addrspace(3) global [1024 x i32] undef, align 4
define void @k(ptr %out) {
  %x = call i32 @__su_tid_x()
  %s = getelementptr [1024 x i32], ptr addrspace(3) @tile, i32 0, i32 %x
  store volatile i32 %x, ptr addrspace(3) %s
  %v = load volatile i32, ptr addrspace(3) %s
  %p = getelementptr i32, ptr %out, i32 %x
  store i32 %v, ptr %p
  ret void
}
)") & binary::abi::kKernelStrips);
}

TEST(GridMemory, LoadsAtAConstantDistanceReadOnlyTheirElements) {
  ImageRunner runner(CompileFast(std::string(kDeclarations) + R"(
define void @k(ptr %in, ptr %out) {
  %x = call i32 @__su_tid_x()
  %i = mul i32 %x, 33
  %p = getelementptr i32, ptr %in, i32 %i
  %v = load i32, ptr %p
  %q = getelementptr i32, ptr %out, i32 %x
  store i32 %v, ptr %q
  ret void
}
)",
                                 {"k"}));
  for (const uint32_t threads : {1u, 15u, 16u, 64u, 100u}) {
    std::vector<uint32_t> in(33 * threads);
    std::iota(in.begin(), in.end(), 5);
    std::vector<uint32_t> out(threads + 1, 99);
    runner.Run("k", threads, in.data(), out.data());
    for (uint32_t i = 0; i < threads; ++i) ASSERT_EQ(out[i], 33 * i + 5);
    EXPECT_EQ(out[threads], 99u);
  }
}

std::string AddOne(const std::string& from, const std::string& before_store) {
  return R"(
define void @k(ptr %in, ptr %out) {
  %x = call i32 @__su_tid_x()
  %p = getelementptr i32, ptr )" +
         from + R"(, i32 %x
  %v = load i32, ptr %p
  %w = add i32 %v, 1
)" + before_store +
         R"(
  %q = getelementptr i32, ptr %out, i32 %x
  store i32 %w, ptr %q
  ret void
}
)";
}

TEST(GridMemory, OnlyMemoryThatIsNotReadIsStreamed) {
  EXPECT_EQ(StreamedBytes(AddOne("%in", "")), 4u);
  EXPECT_EQ(StreamedBytes(AddOne("%out", "")), 0u);
}

TEST(GridMemory, KernelsThatOrderMemoryDoNotStream) {
  EXPECT_EQ(StreamedBytes(AddOne("%in", "fence seq_cst")), 0u);
  EXPECT_EQ(StreamedBytes(AddOne("%in", "store atomic i32 1, ptr %in release, align 4")), 0u);
  EXPECT_EQ(StreamedBytes(AddOne("%in", "store volatile i32 1, ptr %in")), 0u);
}

}  // namespace
}  // namespace opensupa::cc::testing
