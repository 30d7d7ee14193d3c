// What is told about a kernel that goes wrong: the event names kind, address, access, block and
// thread. Kernels are functions of this test, called as generated code is.

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "card_fixture.h"
#include "gmock/gmock.h"

#if defined(__has_feature)
#define OPENSUPA_TEST_SANITIZED \
  (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OPENSUPA_TEST_SANITIZED 1
#else
#define OPENSUPA_TEST_SANITIZED 0
#endif

// Generated code is not instrumented, and what these kernels do wrong is meant.
#define DEVICE_CODE __attribute__((noinline, no_sanitize("address", "undefined", "thread")))

namespace opensupa::emu {
namespace {

using ::testing::HasSubstr;

struct Args {
  volatile uint32_t* data;
  uint64_t count;
};

/// Thread 5 of block 2 writes.
DEVICE_CODE void WriteAt(abi::ThreadContext* context) {
  const Args* args = reinterpret_cast<const Args*>(context->block->args);
  for (uint32_t i = 0; i < context->block->block_dim.x; ++i) {
    context->thread_idx = {i, 0, 0};
    context->linear_tid = i;
    if (context->block->block_idx.x == 2 && i == 5) args->data[args->count] = 1;
  }
}

DEVICE_CODE void ReadAt(abi::ThreadContext* context) {
  const Args* args = reinterpret_cast<const Args*>(context->block->args);
  const uint32_t value = args->data[args->count];
  (void)value;
}

DEVICE_CODE void JumpAt(abi::ThreadContext* context) {
  const Args* args = reinterpret_cast<const Args*>(context->block->args);
  void (*volatile target)() = reinterpret_cast<void (*)()>(reinterpret_cast<uint64_t>(args->data));
  target();
}

DEVICE_CODE void Divide(abi::ThreadContext* context) {
  const Args* args = reinterpret_cast<const Args*>(context->block->args);
  volatile uint64_t zero = args->count;
  volatile uint64_t result = 7 / zero;
  (void)result;
}

DEVICE_CODE void Illegal(abi::ThreadContext*) {
#if defined(__x86_64__)
  asm volatile("ud2");
#else
  asm volatile("udf #0");
#endif
}

DEVICE_CODE uint64_t Recurse(volatile uint64_t* depth) {
  volatile uint64_t frame[64];
  for (int i = 0; i < 64; ++i) frame[i] = *depth;
  *depth = *depth + 1;
  if (*depth == ~uint64_t{0}) return 0;
  return Recurse(depth) + frame[*depth % 64];
}

DEVICE_CODE void Overflow(abi::ThreadContext* context) {
  const Args* args = reinterpret_cast<const Args*>(context->block->args);
  Recurse(reinterpret_cast<volatile uint64_t*>(const_cast<uint32_t*>(args->data)));
}

DEVICE_CODE void WriteShared(abi::ThreadContext* context) {
  const Args* args = reinterpret_cast<const Args*>(context->block->args);
  volatile std::byte* shared = context->block->shared_base;
  shared[args->count] = std::byte{1};
}

void Assert(abi::ThreadContext* context) {
  context->block->hooks->assert_fail(context, "x > 0", "kernel.su", 17, "void f(int)");
}

void FreeWrong(abi::ThreadContext* context) {
  int local = 0;
  context->block->hooks->device_free(context, &local);
}

void PrintBadString(abi::ThreadContext* context) {
  struct {
    const char* text;
  } args = {"good "};
  context->block->hooks->vprintf(context, "%s", &args);
  args.text = reinterpret_cast<const char*>(uint64_t{0x2000});
  context->block->hooks->vprintf(context, "bad %s", &args);
}

void BarrierInLoop(abi::ThreadContext* context) {
  context->block->hooks->block_barrier(context, 0, abi::BarrierOp::kPlain, 0, nullptr);
}

class Fault : public ::testing::Test {
 protected:
  supa_uapi_event Run(void (*kernel)(abi::ThreadContext*), bool loop, const void* data,
                      uint64_t count, uint32_t static_shared_bytes = 0) {
    auto* args = space_.Allocate<Args>(1);
    args->data = static_cast<volatile uint32_t*>(const_cast<void*>(data));
    args->count = count;
    queue_.Dispatch(space_.MakeKernel(kernel, loop, sizeof(Args), static_shared_bytes), args,
                    {4, 1, 1}, {8, 1, 1});
    EXPECT_EQ(queue_.Finish(), -ECANCELED);
    return space_.NextFault();
  }

  TestSpace space_;
  TestQueue queue_{space_};
};

/// Size of the signal stack that a thread has after it waited for a kernel; 0 = none.
size_t SignalStackAfterAWait(stack_t own) {
  stack_t after{};
  std::thread([&] {
    if (own.ss_sp != nullptr) {
      EXPECT_EQ(sigaltstack(&own, nullptr), 0);
    }
    TestSpace space;
    TestQueue queue(space);
    const uint64_t kernel = space.MakeKernel([](abi::ThreadContext*) {}, true);
    for (int i = 0; i < 3; ++i) {
      queue.Dispatch(kernel, nullptr, {1, 1, 1}, {1, 1, 1});
      EXPECT_EQ(queue.Finish(), 0);
    }
    sigaltstack(nullptr, &after);
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    if (own.ss_sp != nullptr) sigaltstack(&none, nullptr);
  }).join();
  return after.ss_flags == SS_DISABLE ? 0 : after.ss_size;
}

TEST_F(Fault, GivenAThreadWithASignalStackThenItHasTheSameAfterAWait) {
  if (OPENSUPA_TEST_SANITIZED) GTEST_SKIP() << "sanitizers have signal stacks of their own";
  std::vector<std::byte> memory(40'000);
  EXPECT_EQ(SignalStackAfterAWait({.ss_sp = memory.data(), .ss_flags = 0, .ss_size = 40'000}),
            40'000u);
  for (int i = 0; i < 3; ++i) SignalStackAfterAWait({});  // nothing is left behind
}

TEST_F(Fault, GivenWriteBehindAnAllocationThenAddressBlockAndThreadAreNamed) {
  auto* data = space_.Allocate<uint32_t>(1024);
  const supa_uapi_event event = Run(&WriteAt, true, data, 1024);
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_PAGE_FAULT);
  EXPECT_EQ(event.address, Va(data) + 4096);
  EXPECT_EQ(event.access, SUPA_UAPI_BIND_ACCESS_WRITE);
  EXPECT_EQ(event.block[0], 2u);
  EXPECT_EQ(event.thread[0], 5u);
  EXPECT_EQ(event.queue, queue_.id());
  EXPECT_NE(event.program_counter, 0u);
}

TEST_F(Fault, GivenReadOfUnboundMemoryThenAccessIsRead) {
  const uint64_t hole = space_.TakeVa(4096);
  const supa_uapi_event event = Run(&ReadAt, false, reinterpret_cast<void*>(hole), 3);
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_PAGE_FAULT);
  EXPECT_EQ(event.address, hole + 12);
  EXPECT_EQ(event.access, SUPA_UAPI_BIND_ACCESS_READ);
}

TEST_F(Fault, GivenWriteToReadOnlyBindThenFault) {
  auto* data = space_.Allocate<uint32_t>(1024);
  ASSERT_EQ(space_.Protect(Va(data), 4096, SUPA_UAPI_BIND_ACCESS_READ), 0);
  const supa_uapi_event event = Run(&WriteAt, true, data, 7);
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_PAGE_FAULT);
  EXPECT_EQ(event.address, Va(data) + 28);
  EXPECT_EQ(event.access, SUPA_UAPI_BIND_ACCESS_WRITE);
}

TEST_F(Fault, GivenJumpToNullOrToDataThenAccessIsExecute) {
  const supa_uapi_event event = Run(&JumpAt, true, nullptr, 0);
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_PAGE_FAULT);
  EXPECT_EQ(event.address, 0u);
  EXPECT_EQ(event.access, SUPA_UAPI_BIND_ACCESS_EXECUTE);
}

#if defined(__x86_64__)  // aarch64 answers 0 without a trap
TEST_F(Fault, GivenDivisionByZeroThenArithmetic) {
  EXPECT_EQ(Run(&Divide, true, nullptr, 0).type, SUPA_UAPI_EVENT_ARITHMETIC);
}
#endif

TEST_F(Fault, GivenIllegalInstructionThenItIsNamed) {
  EXPECT_EQ(Run(&Illegal, false, nullptr, 0).type, SUPA_UAPI_EVENT_ILLEGAL_INSTRUCTION);
}

TEST_F(Fault, GivenEndlessRecursionOfAThreadThenStackOverflow) {
  auto* depth = space_.Allocate<uint64_t>(1);
  EXPECT_EQ(Run(&Overflow, false, depth, 0).type, SUPA_UAPI_EVENT_STACK_OVERFLOW);
  EXPECT_GT(*depth, 50u);
}

TEST_F(Fault, GivenEndlessRecursionOfALoopThenStackOverflow) {
  auto* depth = space_.Allocate<uint64_t>(1);
  EXPECT_EQ(Run(&Overflow, true, depth, 0).type, SUPA_UAPI_EVENT_STACK_OVERFLOW);
  EXPECT_GT(*depth, 1000u);
}

TEST_F(Fault, GivenWriteOneBehindSharedMemoryThenFaultNamesIt) {
  const supa_uapi_event event = Run(&WriteShared, true, nullptr, 256, 256);
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_PAGE_FAULT);
  EXPECT_THAT(std::string(event.text, event.text_bytes), HasSubstr("shared memory"));
}

TEST_F(Fault, GivenWriteOfLastSharedByteThenNoFault) {
  auto* args = space_.Allocate<Args>(1);
  args->count = 255;
  queue_.Dispatch(space_.MakeKernel(&WriteShared, true, sizeof(Args), 256), args, {1, 1, 1},
                  {1, 1, 1});
  EXPECT_EQ(queue_.Finish(), 0);
}

TEST_F(Fault, GivenAssertThenTheMessageSaysWhereAndWhat) {
  const supa_uapi_event event = Run(&Assert, true, nullptr, 0);
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_ASSERT);
  const std::string text(event.text, event.text_bytes);
  const std::string block = std::to_string(event.block[0]);
  EXPECT_THAT(text, HasSubstr("kernel.su:17: void f(int): block: [" + block +
                              ",0,0], thread: [0,0,0] Assertion `x > 0` failed."));
}

TEST_F(Fault, GivenFreeOfForeignMemoryThenTrap) {
  EXPECT_EQ(Run(&FreeWrong, true, nullptr, 0).type, SUPA_UAPI_EVENT_TRAP);
}

TEST_F(Fault, GivenFaultInPrintfThenEarlierOutputIsKept) {
  const supa_uapi_event event = Run(&PrintBadString, false, nullptr, 0);
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_PAGE_FAULT);
  EXPECT_EQ(event.address, 0x2000u);
  EXPECT_THAT(space_.printed, HasSubstr("good "));
}

TEST_F(Fault, GivenBarrierInPlainLoopThenTrapSaysSo) {
  const supa_uapi_event event = Run(&BarrierInLoop, true, nullptr, 0);
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_TRAP);
  EXPECT_THAT(std::string(event.text, event.text_bytes), HasSubstr("plain loop"));
}

TEST_F(Fault, GivenUserMemoryThatIsGoneThenCopyIsAPageFault) {
  void* user = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(user, MAP_FAILED);
  ASSERT_EQ(space_.BindUser(user, 4096, kReadWrite), 0);
  auto* data = space_.Allocate<uint32_t>(1024);
  ASSERT_EQ(mprotect(user, 4096, PROT_NONE), 0);
  queue_.Copy(Va(data), reinterpret_cast<uint64_t>(user), 64);
  EXPECT_EQ(queue_.Finish(), -ECANCELED);
  const supa_uapi_event event = space_.NextFault();
  EXPECT_EQ(event.type, SUPA_UAPI_EVENT_PAGE_FAULT);
  EXPECT_EQ(event.address, reinterpret_cast<uint64_t>(user));
  EXPECT_EQ(event.access, SUPA_UAPI_BIND_ACCESS_READ);
  munmap(user, 4096);
}

TEST_F(Fault, GivenManyFaultsThenStacksAndShadowsAreGoodAfterEach) {
  for (int i = 0; i < 50; ++i) {
    TestSpace space;
    TestQueue queue(space);
    auto* args = space.Allocate<Args>(1);
    args->data = reinterpret_cast<volatile uint32_t*>(space.Allocate<uint64_t>(1));
    const bool loop = i % 2 == 0;
    queue.Dispatch(space.MakeKernel(i % 3 == 0 ? &Overflow : &Illegal, loop, sizeof(Args)), args,
                   {4, 1, 1}, {8, 1, 1});
    EXPECT_EQ(queue.Finish(), -ECANCELED);
  }
}

// The sanitizers have handlers and ways to die of their own.
#if !OPENSUPA_TEST_SANITIZED
void TouchUnmapped() {
  volatile uint64_t address = 16;
  *reinterpret_cast<volatile int*>(address) = 1;
}

TEST(FaultDeathTest, GivenFaultOfTheHostThenTheProcessDiesOfIt) {
  EXPECT_EXIT(
      {
        TestSpace space;
        TestQueue queue(space);
        TouchUnmapped();
      },
      ::testing::KilledBySignal(SIGSEGV), "");
}

void OwnHandler(int) { _exit(42); }

TEST(FaultDeathTest, GivenHandlerOfTheProgramThenItGetsFaultsOfTheHost) {
  EXPECT_EXIT(
      {
        signal(SIGSEGV, &OwnHandler);
        TestSpace space;
        TestQueue queue(space);
        TouchUnmapped();
      },
      ::testing::ExitedWithCode(42), "");
}
#endif

}  // namespace
}  // namespace opensupa::emu
