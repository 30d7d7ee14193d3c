#include "opensupa/core/kernel_variants.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace opensupa::rt {
namespace {

using Advice = KernelVariants::Advice;

constexpr hal::Dim3 kBlock{256, 1, 1};

Advice Launch(KernelVariants& variants, const hal::Dim3& block, bool eager = false) {
  Advice advice;
  variants.Find(block, eager, advice);
  return advice;
}

TEST(KernelVariants, AKernelThatIsLaunchedAgainIsLookedUpOnce) {
  KernelVariants variants;
  EXPECT_EQ(Launch(variants, kBlock), Advice::kNone);
  EXPECT_EQ(Launch(variants, kBlock), Advice::kNone);
  EXPECT_EQ(Launch(variants, kBlock), Advice::kLook);
  EXPECT_EQ(Launch(variants, kBlock), Advice::kNone);
}

TEST(KernelVariants, AKernelThatGoesOnBeingLaunchedIsMadeOnce) {
  KernelVariants variants;
  int made = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (std::chrono::steady_clock::now() < end) {
    made += Launch(variants, kBlock) == Advice::kMake;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(made, 1);
}

TEST(KernelVariants, EagerAsksAtTheFirstLaunch) {
  KernelVariants variants;
  EXPECT_EQ(Launch(variants, kBlock, true), Advice::kMake);
  EXPECT_EQ(Launch(variants, kBlock, true), Advice::kNone);
}

TEST(KernelVariants, EachBlockSizeHasItsOwn) {
  KernelVariants variants;
  variants.Publish({16, 16, 1}, {7, 70});
  variants.Publish({16, 1, 16}, {8, 80});
  ASSERT_NE(variants.Get({16, 16, 1}), nullptr);
  EXPECT_EQ(variants.Get({16, 16, 1})->handle, 70u);
  EXPECT_EQ(variants.Get({16, 1, 16})->handle, 80u);
  EXPECT_EQ(variants.Get({1, 16, 16}), nullptr);
  EXPECT_EQ(variants.All().size(), 2u);
}

TEST(KernelVariants, SizesBeyondTheFirstFewHaveNone) {
  KernelVariants variants;
  for (uint32_t x = 1; x <= 10; ++x) variants.Publish({x, 1, 1}, {x, x});
  EXPECT_EQ(variants.All().size(), 4u);
  EXPECT_EQ(variants.Get({10, 1, 1}), nullptr);
  EXPECT_EQ(Launch(variants, {10, 1, 1}, true), Advice::kNone);
}

TEST(KernelVariants, WhatWasGivenUpIsNotAskedForAgain) {
  KernelVariants variants;
  variants.GiveUp(kBlock);
  EXPECT_EQ(Launch(variants, kBlock, true), Advice::kNone);
}

TEST(KernelVariants, ThreadsLookUpWhileAVariantIsPublished) {
  KernelVariants variants;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int launch = 0; launch < 10000; ++launch) {
        Advice advice;
        const KernelVariants::Variant* found = variants.Find(kBlock, false, advice);
        if (found != nullptr) {
          EXPECT_EQ(found->handle, 5u);
        }
      }
    });
  }
  variants.Publish(kBlock, {4, 5});
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace opensupa::rt
