#include "opensupa/core/host_memory.h"

#include "core_fixture.h"

namespace opensupa::rt {
namespace {

using testing::CoreTest;
using testing::HasCode;

class HostMemoryTest : public CoreTest {
 protected:
  HostMemory& memory() { return runtime().host_memory(); }
  StatusOr<void*> Pinned(uint64_t size_bytes) {
    return memory().Allocate(context().id(), 0, size_bytes, MemoryKind::kPinned, 0);
  }
  bool OnBothDevices(void* pointer) {
    return device().registered.contains(pointer) && other_device().registered.contains(pointer);
  }
};

TEST_F(HostMemoryTest, GivenPinnedMemoryThenEveryDeviceCanUseItUntilItIsFreed) {
  void* pointer = *Pinned(100);
  EXPECT_TRUE(OnBothDevices(pointer));
  EXPECT_EQ(runtime().addresses().Find(reinterpret_cast<uint64_t>(pointer))->size_bytes, 100u);
  EXPECT_TRUE(memory().Free(pointer, MemoryKind::kPinned).ok());
  EXPECT_FALSE(device().registered.contains(pointer));
  EXPECT_FALSE(other_device().registered.contains(pointer));
}

TEST_F(HostMemoryTest, GivenDoubleFreeOrWrongKindThenInvalidValue) {
  void* pointer = *Pinned(100);
  EXPECT_THAT(memory().Free(pointer, MemoryKind::kManaged), HasCode(supaErrorInvalidValue));
  EXPECT_TRUE(memory().Free(pointer, MemoryKind::kPinned).ok());
  const Status again = memory().Free(pointer, MemoryKind::kPinned);
  EXPECT_THAT(again, HasCode(supaErrorInvalidValue));
  EXPECT_THAT(std::string(again.message()), ::testing::HasSubstr("freed"));
}

TEST_F(HostMemoryTest, GivenRegisteredRangeThenItCannotBeRegisteredTwiceNorFreed) {
  std::vector<char> bytes(10000);
  EXPECT_TRUE(memory().Register(context().id(), 0, bytes.data(), bytes.size(), 0).ok());
  EXPECT_TRUE(OnBothDevices(bytes.data()));
  EXPECT_THAT(memory().Register(context().id(), 0, bytes.data() + 10, 10, 0),
              HasCode(supaErrorHostMemoryAlreadyRegistered));
  EXPECT_THAT(memory().Free(bytes.data(), MemoryKind::kPinned), HasCode(supaErrorInvalidValue));
  EXPECT_THAT(memory().Unregister(bytes.data() + 10), HasCode(supaErrorHostMemoryNotRegistered));
  EXPECT_TRUE(memory().Unregister(bytes.data()).ok());
  EXPECT_THAT(memory().Unregister(bytes.data()), HasCode(supaErrorHostMemoryNotRegistered));
}

TEST_F(HostMemoryTest, GivenContextThatEndsThenItsMemoryGoesAndOtherMemoryStays) {
  void* mine = *Pinned(100);
  void* theirs = *memory().Allocate(other().id(), 1, 100, MemoryKind::kPinned, 0);
  runtime().ResetPrimary(**runtime().Device(0));
  EXPECT_EQ(runtime().addresses().Find(reinterpret_cast<uint64_t>(mine)), nullptr);
  EXPECT_TRUE(other_device().registered.contains(theirs));
  EXPECT_FALSE(other_device().registered.contains(mine));
  EXPECT_TRUE(memory().Free(theirs, MemoryKind::kPinned).ok());
}

TEST_F(HostMemoryTest, GivenContextMadeLaterThenItCanUseMemoryMadeBefore) {
  void* theirs = *memory().Allocate(other().id(), 1, 100, MemoryKind::kPinned, 0);
  runtime().ResetPrimary(**runtime().Device(0));
  std::shared_ptr<Context> fresh = *runtime().Primary(**runtime().Device(0));
  EXPECT_TRUE(static_cast<testing::FakeDevice&>(fresh->device()).registered.contains(theirs));
}

TEST_F(HostMemoryTest, GivenEveryFailureInTurnThenNothingIsLeftRegistered) {
  const size_t before = device().registered.size();
  for (uint64_t n = 1;; ++n) {
    fault::Arm(n);
    StatusOr<void*> pointer = Pinned(1 << 20);
    const bool fired = fault::Fired();
    fault::Disarm();
    EXPECT_EQ(pointer.ok(), !fired);
    if (pointer.ok()) {
      EXPECT_TRUE(memory().Free(*pointer, MemoryKind::kPinned).ok());
    }
    EXPECT_EQ(device().registered.size(), before);
    EXPECT_EQ(other_device().registered.size(), before);
    if (!fired) break;
  }
}

}  // namespace
}  // namespace opensupa::rt
