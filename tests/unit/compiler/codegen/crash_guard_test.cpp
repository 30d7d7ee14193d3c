// Crashes of the compiler end the work, not the process, and leave the application's signals alone.

#include "crash_guard.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "llvm/Support/ErrorHandling.h"

/// Work that is cut off loses its memory, as the contract says; the leak checker need not tell.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:llvm::Twine::str\n";
}

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;

/// Recursion that the optimiser cannot turn into a loop.
int Deep(volatile int* depth) {
  volatile char frame[4096];
  frame[0] = 1;
  if (*depth < 0) return 0;
  return Deep(depth) + frame[0];
}

TEST(CrashGuard, HandsOutTheStatusOfTheWork) {
  EXPECT_TRUE(RunContained([] { return absl::OkStatus(); }).ok());
  EXPECT_EQ(RunContained([] { return absl::NotFoundError("gone"); }), absl::NotFoundError("gone"));
}

TEST(CrashGuard, ContainsSegmentationFaults) {
  const absl::Status status = RunContained([]() -> absl::Status {
    raise(SIGSEGV);
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("signal 11"));
}

TEST(CrashGuard, ContainsRealFaults) {
  void* page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  const absl::Status status = RunContained([page]() -> absl::Status {
    *static_cast<volatile int*>(page) = 1;
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  munmap(page, 4096);
}

TEST(CrashGuard, ContainsAborts) {
  const absl::Status status = RunContained([]() -> absl::Status { std::abort(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("signal 6"));
}

TEST(CrashGuard, ContainsStackOverflow) {
  const absl::Status status = RunContained([]() -> absl::Status {
    volatile int depth = 0;
    return Deep(&depth) == 0 ? absl::OkStatus() : absl::UnknownError("unreachable");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
}

TEST(CrashGuard, ContainsFatalErrorsOfLlvmWithTheirText) {
  const absl::Status status = RunContained(
      []() -> absl::Status { llvm::report_fatal_error("Cannot select: the impossible"); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Cannot select: the impossible"));
}

TEST(CrashGuard, TurnsExhaustedMemoryIntoAStatus) {
  EXPECT_EQ(RunContained([]() -> absl::Status { throw std::bad_alloc(); }).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(
      RunContained([]() -> absl::Status { llvm::report_bad_alloc_error("no memory"); }).code(),
      absl::StatusCode::kResourceExhausted);
}

TEST(CrashGuard, WorksAgainAfterACrash) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(RunContained([]() -> absl::Status { std::abort(); }).ok());
    EXPECT_TRUE(RunContained([] { return absl::OkStatus(); }).ok());
  }
}

sigjmp_buf g_application_escape;
std::atomic<void*> g_fault_address{nullptr};

void OnApplicationFault(int, siginfo_t* info, void*) {
  g_fault_address = info->si_addr;
  siglongjmp(g_application_escape, 1);
}

/// Faults at `address` on this thread under the application's handler.
void FaultAt(void* address) {
  if (sigsetjmp(g_application_escape, 1) == 0) *static_cast<volatile int*>(address) = 1;
}

TEST(CrashGuard, FaultsOfOtherThreadsReachTheApplicationWithTheirAddress) {
  struct sigaction ours = {};
  ours.sa_flags = SA_SIGINFO;
  ours.sa_sigaction = &OnApplicationFault;
  struct sigaction original = {};
  sigaction(SIGSEGV, &ours, &original);
  void* page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  std::atomic<bool> working{false};
  std::atomic<bool> faulted{false};
  std::thread compiler([&] {
    EXPECT_TRUE(RunContained([&] {
                  working = true;
                  while (!faulted) std::this_thread::yield();
                  return absl::OkStatus();
                }).ok());
  });
  while (!working) std::this_thread::yield();
  FaultAt(static_cast<char*>(page) + 24);
  EXPECT_EQ(g_fault_address.load(), static_cast<char*>(page) + 24);
  faulted = true;
  compiler.join();
  struct sigaction after = {};
  sigaction(SIGSEGV, &original, &after);
  EXPECT_EQ(after.sa_sigaction, &OnApplicationFault);
  munmap(page, 4096);
}

struct sigaction g_below = {};

void ChainingHandler(int signal, siginfo_t* info, void* context) {
  if ((g_below.sa_flags & SA_SIGINFO) != 0) g_below.sa_sigaction(signal, info, context);
}

TEST(CrashGuard, AHandlerSetDuringTheWorkStays) {
  struct sigaction original = {};
  sigaction(SIGBUS, nullptr, &original);
  struct sigaction theirs = {};
  theirs.sa_flags = SA_SIGINFO | SA_ONSTACK;
  theirs.sa_sigaction = &ChainingHandler;
  EXPECT_TRUE(RunContained([&] {
                sigaction(SIGBUS, &theirs, &g_below);
                return absl::OkStatus();
              }).ok());
  struct sigaction now = {};
  sigaction(SIGBUS, nullptr, &now);
  EXPECT_EQ(now.sa_sigaction, &ChainingHandler);
  // The next crash goes through their handler to ours below it.
  EXPECT_FALSE(RunContained([]() -> absl::Status {
                 raise(SIGBUS);
                 return absl::OkStatus();
               }).ok());
  sigaction(SIGBUS, &g_below, nullptr);
  EXPECT_TRUE(RunContained([] { return absl::OkStatus(); }).ok());
  sigaction(SIGBUS, nullptr, &now);
  EXPECT_EQ(now.sa_handler, original.sa_handler);
}

}  // namespace
}  // namespace opensupa::cc
