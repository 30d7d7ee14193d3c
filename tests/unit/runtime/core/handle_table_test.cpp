#include "opensupa/core/handle_table.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace opensupa::rt {
namespace {

const void* Handle(uintptr_t value) { return reinterpret_cast<const void*>(value); }

TEST(HandleTableTest, GivenLiveHandleThenFindGivesItsObject) {
  HandleTable<int> table;
  table.Insert(Handle(16), std::make_shared<int>(7));
  ASSERT_NE(table.Find(Handle(16)), nullptr);
  EXPECT_EQ(*table.Find(Handle(16)), 7);
  EXPECT_EQ(table.Find(Handle(32)), nullptr);
  EXPECT_EQ(table.Find(nullptr), nullptr);
}

TEST(HandleTableTest, GivenRemovedHandleThenItIsStaleButTheObjectLivesOnInItsUsers) {
  HandleTable<int> table;
  table.Insert(Handle(16), std::make_shared<int>(7));
  std::shared_ptr<int> user = table.Find(Handle(16));
  EXPECT_NE(table.Remove(Handle(16)), nullptr);
  EXPECT_EQ(table.Find(Handle(16)), nullptr);
  EXPECT_EQ(table.Remove(Handle(16)), nullptr);
  EXPECT_EQ(*user, 7);
}

TEST(HandleTableTest, GivenPredicateThenRemoveIfTakesExactlyTheMatches) {
  HandleTable<int> table;
  for (int i = 0; i < 100; ++i) table.Insert(Handle(64u * (i + 1)), std::make_shared<int>(i));
  EXPECT_EQ(table.RemoveIf([](int value) { return value % 2 == 0; }).size(), 50u);
  EXPECT_EQ(table.FindIf([](int value) { return value == 4; }), nullptr);
  EXPECT_NE(table.FindIf([](int value) { return value == 5; }), nullptr);
}

TEST(HandleTableTest, GivenManyThreadsThenEachFindsItsOwn) {
  HandleTable<int> table;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&table, &wrong, t] {
      for (int i = 0; i < 1000; ++i) {
        const void* handle = Handle(16u * (t * 1000 + i + 1));
        table.Insert(handle, std::make_shared<int>(i));
        std::shared_ptr<int> found = table.Find(handle);
        if (found == nullptr || *found != i || table.Remove(handle) == nullptr) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace opensupa::rt
