// Buffer objects and address spaces: what is where, how often, and what it holds.

#include <sys/mman.h>

#include <cerrno>
#include <thread>

#include "card_fixture.h"

namespace opensupa::emu {
namespace {

uint64_t FreeBytes(TestSpace& space) {
  supa_uapi_memory_info info{};
  supa_uapi_query query{};
  query.topic = SUPA_UAPI_QUERY_MEMORY;
  query.size_bytes = sizeof(info);
  query.data = Va(&info);
  EXPECT_EQ(space.Call(SUPA_UAPI_QUERY, query), 0);
  return info.free_bytes;
}

uint8_t* Bytes(uint64_t va) { return reinterpret_cast<uint8_t*>(va); }

TEST(Memory, GivenPrivateBufferWhenUnboundAndBoundElsewhereThenContentsSurvive) {
  for (uint64_t size : {uint64_t{4096}, uint64_t{12} << 20}) {
    TestSpace space;
    const uint32_t bo = space.CreateBo(size);
    const uint64_t first = space.TakeVa(size), second = space.TakeVa(size);
    ASSERT_EQ(space.Bind(bo, 0, first, size), 0);
    for (uint64_t i = 0; i < size; i += 1000) Bytes(first)[i] = static_cast<uint8_t>(i / 1000);
    ASSERT_EQ(space.Unbind(first, size), 0);
    ASSERT_EQ(space.Bind(bo, 0, second, size), 0);
    for (uint64_t i = 0; i < size; i += 1000) {
      ASSERT_EQ(Bytes(second)[i], static_cast<uint8_t>(i / 1000)) << i;
    }
    EXPECT_EQ(space.Unbind(second, size), 0);
    EXPECT_EQ(space.DestroyBo(bo), 0);
  }
}

TEST(Memory, GivenReadOnlyBindWhenMovedThenContentsSurvive) {
  TestSpace space;
  const uint32_t bo = space.CreateBo(8192);
  const uint64_t va = space.TakeVa(8192), other = space.TakeVa(8192);
  ASSERT_EQ(space.Bind(bo, 0, va, 8192), 0);
  Bytes(va)[4097] = 9;
  ASSERT_EQ(space.Protect(va, 8192, SUPA_UAPI_BIND_ACCESS_READ), 0);
  ASSERT_EQ(space.Unbind(va, 8192), 0);
  ASSERT_EQ(space.Bind(bo, 4096, other, 4096, SUPA_UAPI_BIND_ACCESS_READ), 0);
  EXPECT_EQ(Bytes(other)[1], 9);
}

TEST(Memory, GivenShareableBufferThenAllItsBindsShowTheSameBytes) {
  TestSpace space;
  const uint32_t bo = space.CreateBo(8192, SUPA_UAPI_BO_FLAG_SHAREABLE);
  const uint64_t a = space.TakeVa(8192), b = space.TakeVa(8192);
  ASSERT_EQ(space.Bind(bo, 0, a, 8192), 0);
  ASSERT_EQ(space.Bind(bo, 4096, b, 4096), 0);
  Bytes(a)[5000] = 77;
  EXPECT_EQ(Bytes(b)[5000 - 4096], 77);
  ASSERT_EQ(space.Unbind(a, 8192), 0);
  EXPECT_EQ(Bytes(b)[5000 - 4096], 77);
  supa_uapi_bo_mmap where{};
  where.handle = bo;
  EXPECT_EQ(space.Call(SUPA_UAPI_BO_MMAP, where), 0);
  EXPECT_EQ(where.fd, -1);
}

TEST(Memory, GivenQuotaThenItBoundsBuffersAndComesBack) {
  TestSpace space("BR110");
  const uint64_t free_before = FreeBytes(space);
  const uint64_t most = free_before / 4096 * 4096;
  const uint32_t bo = space.CreateBo(most);  // commits nothing
  EXPECT_LT(FreeBytes(space), 4096u);
  supa_uapi_bo_create create{};
  create.placement = SUPA_UAPI_BO_PLACEMENT_DEVICE;
  create.size_bytes = 8192;
  EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), -ENOMEM);
  create.placement = SUPA_UAPI_BO_PLACEMENT_HOST;
  EXPECT_EQ(space.Call(SUPA_UAPI_BO_CREATE, create), 0) << "host memory is not the card's";
  EXPECT_EQ(space.DestroyBo(bo), 0);
  EXPECT_EQ(FreeBytes(space), free_before);
}

TEST(Memory, GivenClientThatLeavesThenItsMemoryIsFree) {
  TestSpace stays("BR104");
  const uint64_t before = FreeBytes(stays);
  {
    TestSpace leaves("BR104");
    TestQueue queue(leaves);
    EXPECT_LT(FreeBytes(stays), before);
  }
  EXPECT_EQ(FreeBytes(stays), before);
}

TEST(Memory, GivenTwoAddressSpacesOverOneRangeThenABindKeepsTheOtherOut) {
  TestSpace a, b;
  supa_uapi_vm_create create{};
  create.va_base = a.base();
  create.va_size_bytes = TestSpace::kRangeBytes;
  ASSERT_EQ(b.Call(SUPA_UAPI_VM_CREATE, create), 0);
  const uint64_t va = a.TakeVa(4096);
  ASSERT_EQ(a.Bind(a.CreateBo(4096), 0, va, 4096), 0);
  *Bytes(va) = 3;
  supa_uapi_vm_bind bind{};
  bind.vm = create.vm;
  bind.op = SUPA_UAPI_BIND_MAP;
  bind.handle = b.CreateBo(4096);
  bind.access = kReadWrite;
  bind.va = va;
  bind.size_bytes = 4096;
  EXPECT_EQ(b.Call(SUPA_UAPI_VM_BIND, bind), -EBUSY);
  EXPECT_EQ(*Bytes(va), 3);
}

TEST(Memory, GivenUserMemoryBoundTwiceThenItStaysUntilBothAreGone) {
  TestSpace space;
  TestQueue queue(space);
  constexpr uint64_t kBytes = 3 * 4096;
  void* user = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(user, MAP_FAILED);
  const auto start = reinterpret_cast<uint64_t>(user);
  ASSERT_EQ(space.BindUser(user, 2 * 4096, kReadWrite), 0);
  ASSERT_EQ(space.BindUser(Bytes(start + 4096), 2 * 4096, kReadWrite), 0);
  queue.Fill(start, 6, 1, kBytes);
  ASSERT_EQ(queue.Finish(), 0) << "two binds that overlap cover the range";
  EXPECT_EQ(Bytes(start)[kBytes - 1], 6);
  EXPECT_EQ(space.Unbind(start, 4096), -ENOENT) << "no bind is exactly so";
  ASSERT_EQ(space.Unbind(start, 2 * 4096), 0);
  queue.Fill(start + 4096, 7, 1, 2 * 4096);
  ASSERT_EQ(queue.Finish(), 0);
  ASSERT_EQ(space.Unbind(start + 4096, 2 * 4096), 0);
  queue.Fill(start + 4096, 8, 1, 1);
  EXPECT_EQ(queue.Finish(), -ECANCELED);
  EXPECT_EQ(Bytes(start)[4096], 7);
  munmap(user, kBytes);
}

TEST(Memory, GivenUnmappedUserMemoryThenItCannotBeBound) {
  TestSpace space;
  void* user = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(user, 4096);
  EXPECT_EQ(space.BindUser(user, 4096, kReadWrite), -EINVAL);
}

TEST(Memory, GivenRingOfALiveQueueThenItCannotBeUnbound) {
  TestSpace space;
  TestQueue queue(space);
  const uint64_t page = Va(&queue.control());
  EXPECT_EQ(space.Unbind(page, 4096), -EBUSY);
  EXPECT_EQ(space.Protect(page, 4096, SUPA_UAPI_BIND_ACCESS_READ), -EBUSY);
  supa_uapi_vm_destroy destroy{};
  destroy.vm = space.vm();
  EXPECT_EQ(space.Call(SUPA_UAPI_VM_DESTROY, destroy), -EBUSY);
  EXPECT_EQ(queue.Destroy(), 0);
  EXPECT_EQ(space.Unbind(page, 4096), 0);
  EXPECT_EQ(space.Call(SUPA_UAPI_VM_DESTROY, destroy), 0);
}

struct HeapArgs {
  void** blocks;
  uint64_t size_bytes;
  uint64_t free_all;
};

void UseHeap(abi::ThreadContext* context) {
  const auto& args = ArgsOf<HeapArgs>(context);
  const abi::Hooks& hooks = *context->block->hooks;
  ForEachThread(context, [&] {
    void*& block = args.blocks[GlobalIndex(context)];
    if (args.free_all != 0) {
      hooks.device_free(context, block);
    } else {
      block = hooks.device_malloc(context, args.size_bytes);
      if (block != nullptr)
        std::memset(block, static_cast<int>(GlobalIndex(context)), args.size_bytes);
    }
  });
}

TEST(Memory, GivenMallocInKernelsThenBlocksAreApartReachableAndCounted) {
  TestSpace space;
  TestQueue queue(space);
  constexpr uint64_t kThreads = 16 * 32, kBytes = 1000;
  auto* args = space.Allocate<HeapArgs>(1);
  args->blocks = space.Allocate<void*>(kThreads);
  args->size_bytes = kBytes;
  const uint64_t before = FreeBytes(space);
  const uint64_t kernel = space.MakeKernel(&UseHeap, true, sizeof(HeapArgs));
  const uint64_t with_kernel = FreeBytes(space);
  queue.Dispatch(kernel, args, {16, 1, 1}, {32, 1, 1});
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_LE(FreeBytes(space), with_kernel - kThreads * kBytes);
  auto* copy = space.Allocate<uint8_t>(kBytes);
  for (uint64_t i = 0; i < kThreads; i += 37) {
    queue.Copy(Va(copy), reinterpret_cast<uint64_t>(args->blocks[i]), kBytes);
    ASSERT_EQ(queue.Finish(), 0) << "a later copy reaches the heap";
    ASSERT_EQ(copy[0], static_cast<uint8_t>(i));
    ASSERT_EQ(copy[kBytes - 1], static_cast<uint8_t>(i));
  }
  args->free_all = 1;
  const uint64_t before_free = FreeBytes(space);
  queue.Dispatch(kernel, args, {16, 1, 1}, {32, 1, 1});
  ASSERT_EQ(queue.Finish(), 0) << space.NextFault().text;
  EXPECT_GE(FreeBytes(space), before_free + kThreads * kBytes);
  args->free_all = 0;
  args->size_bytes = uint64_t{1} << 40;
  queue.Dispatch(kernel, args, {1, 1, 1}, {1, 1, 1});
  ASSERT_EQ(queue.Finish(), 0);
  EXPECT_EQ(args->blocks[0], nullptr);
  EXPECT_LE(FreeBytes(space), before);
}

TEST(Memory, GivenManyThreadsThatBindAndUnbindThenNoneSeesAnothersBytes) {
  TestSpace space;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&space, t] {
      const uint64_t va = space.TakeVa(8192);
      for (int i = 0; i < 50; ++i) {
        const uint32_t bo = space.CreateBo(8192);
        ASSERT_EQ(space.Bind(bo, 0, va, 8192), 0);
        ASSERT_EQ(*Bytes(va), 0) << "fresh memory is zero";
        *Bytes(va) = static_cast<uint8_t>(t + 1);
        ASSERT_EQ(space.Unbind(va, 8192), 0);
        ASSERT_EQ(space.DestroyBo(bo), 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace opensupa::emu
