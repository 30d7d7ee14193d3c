// Threads that a kernel cannot tell apart run once; any other kernel runs every thread.

#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "image_runner.h"

namespace opensupa::cc::testing {
namespace {

constexpr char kDeclarations[] = R"(
declare i32 @__su_tid_x()
declare i32 @__su_tid_y()
declare i32 @__su_laneid()
)";

/// Runs `body`, a kernel k(ptr %out), with one block of 4 x 3 x 2 threads on 8 words of 0.
std::vector<uint32_t> RunBlock(const std::string& body) {
  const auto code = CompileText(kDeclarations + body, {"k"});
  ImageRunner runner(code);
  std::vector<uint32_t> out(8, 0);
  std::vector<std::byte> args;
  ImageRunner::Pack(args, out.data());
  runner.Launch("k", {1, 1, 1}, {4, 3, 2}, args);
  return out;
}

TEST(Twins, GivenOnlyXIsLookedAtThenEachColumnAddsOnce) {
  const auto out = RunBlock(R"(
define void @k(ptr %out) {
  %x = call i32 @__su_tid_x()
  %p = getelementptr i32, ptr %out, i32 %x
  %old = load i32, ptr %p
  %new = add i32 %old, 1
  store i32 %new, ptr %p
  ret void
}
)");
  EXPECT_EQ(out, (std::vector<uint32_t>{1, 1, 1, 1, 0, 0, 0, 0}));
}

TEST(Twins, GivenYIsLookedAtInACalleeThenZAloneIsLeftOut) {
  const auto out = RunBlock(R"(
define internal i32 @row() noinline {
  %y = call i32 @__su_tid_y()
  ret i32 %y
}
define void @k(ptr %out) {
  %y = call i32 @row()
  %p = getelementptr i32, ptr %out, i32 %y
  %old = load i32, ptr %p
  %new = add i32 %old, 1
  store i32 %new, ptr %p
  ret void
}
)");
  EXPECT_EQ(out, (std::vector<uint32_t>{1, 1, 1, 0, 0, 0, 0, 0}));
}

TEST(Twins, GivenAtomicsThenEveryThreadCounts) {
  const auto out = RunBlock(R"(
define void @k(ptr %out) {
  %old = atomicrmw add ptr %out, i32 1 monotonic
  ret void
}
)");
  EXPECT_EQ(out[0], 24u);
}

TEST(Twins, GivenVolatileAccessOrLaneNumberThenEveryThreadRuns) {
  EXPECT_EQ(RunBlock(R"(
define void @k(ptr %out) {
  %old = load volatile i32, ptr %out
  %new = add i32 %old, 1
  store volatile i32 %new, ptr %out
  ret void
}
)")[0],
            24u);
  const auto out = RunBlock(R"(
define void @k(ptr %out) {
  %lane = call i32 @__su_laneid()
  %i = and i32 %lane, 7
  %p = getelementptr i32, ptr %out, i32 %i
  %old = load i32, ptr %p
  %new = add i32 %old, 1
  store i32 %new, ptr %p
  ret void
}
)");
  EXPECT_EQ(out, (std::vector<uint32_t>(8, 3)));
}

}  // namespace
}  // namespace opensupa::cc::testing
