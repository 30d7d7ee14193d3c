#include "crash_guard.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>

#include "absl/strings/str_format.h"
#include "llvm/Support/ErrorHandling.h"

namespace opensupa::cc {
namespace {

constexpr size_t kStackBytes = size_t{256} << 20;
constexpr size_t kSignalStackBytes = size_t{64} << 10;
constexpr std::array<int, 6> kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
// siglongjmp values beside signal numbers.
constexpr int kFatalError = 1000;
constexpr int kOutOfMemory = 1001;

struct HandlerSlot {
  bool installed = false;
  struct sigaction previous = {};
};

std::mutex g_mutex;
std::array<HandlerSlot, kSignals.size()> g_slots;
// Thread id of the thread at work, or 0. Read by the handlers on every thread.
std::atomic<pid_t> g_worker_tid{0};
sigjmp_buf g_escape;
std::array<char, 2048> g_fatal_text;

/// Hands a signal that is not ours to the handler that was there before.
void Chain(const HandlerSlot& slot, int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = slot.previous;
  if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
    previous.sa_sigaction(signal, info, context);
    return;
  }
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
    return;
  }
  const bool sent_by_a_process = info->si_code <= 0;
  if (previous.sa_handler == SIG_IGN && sent_by_a_process) return;
  struct sigaction fallback = {};
  fallback.sa_handler = SIG_DFL;
  sigaction(signal, &fallback, nullptr);
  // A faulting instruction runs again and meets the default action; a sent signal is sent again.
  if (sent_by_a_process) raise(signal);
}

void OnSignal(int signal, siginfo_t* info, void* context) {
  if (gettid() == g_worker_tid.load(std::memory_order_relaxed)) siglongjmp(g_escape, signal);
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] == signal) Chain(g_slots[i], signal, info, context);
  }
}

bool IsOurs(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &OnSignal;
}

void InstallHandlers() {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    HandlerSlot& slot = g_slots[i];
    // Still installed means that the application has set its handler above ours during an earlier
    // call and chains to it.
    if (slot.installed) continue;
    sigaction(kSignals[i], nullptr, &slot.previous);
    struct sigaction ours = {};
    ours.sa_mask = slot.previous.sa_mask;
    ours.sa_flags = (slot.previous.sa_flags & (SA_NODEFER | SA_RESTART)) | SA_SIGINFO | SA_ONSTACK;
    ours.sa_sigaction = &OnSignal;
    slot.installed = sigaction(kSignals[i], &ours, nullptr) == 0;
  }
}

void RemoveHandlers() {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    HandlerSlot& slot = g_slots[i];
    if (!slot.installed) continue;
    struct sigaction current = {};
    sigaction(kSignals[i], nullptr, &current);
    if (!IsOurs(current)) continue;
    sigaction(kSignals[i], &slot.previous, nullptr);
    slot.installed = false;
  }
}

void EscapeFromLlvm(const char* reason, int how) {
  std::snprintf(g_fatal_text.data(), g_fatal_text.size(), "%s", reason);
  if (gettid() == g_worker_tid.load(std::memory_order_relaxed)) siglongjmp(g_escape, how);
}

void OnFatalError(void*, const char* reason, bool) { EscapeFromLlvm(reason, kFatalError); }
void OnBadAlloc(void*, const char* reason, bool) { EscapeFromLlvm(reason, kOutOfMemory); }

absl::Status StatusOfEscape(int how) {
  if (how == kOutOfMemory) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("The compiler ran out of memory: %s", g_fatal_text.data()));
  }
  if (how == kFatalError) {
    return absl::InternalError(
        absl::StrFormat("LLVM gave up with a fatal error: %s", g_fatal_text.data()));
  }
  return absl::InternalError(
      absl::StrFormat("LLVM crashed with signal %d (%s).", how, strsignal(how)));
}

struct Task {
  const std::function<absl::Status()>* work;
  absl::Status result;
};

/// Everything that lives across the sigsetjmp stays in memory that siglongjmp leaves alone: the
/// task belongs to the waiting caller.
void RunGuarded(Task* task) {
  const int how = sigsetjmp(g_escape, 1);
  if (how == 0) {
    g_worker_tid.store(gettid(), std::memory_order_relaxed);
    try {
      task->result = (*task->work)();
    } catch (const std::bad_alloc&) {
      task->result = absl::ResourceExhaustedError("The compiler ran out of memory.");
    } catch (const std::exception& error) {
      task->result = absl::InternalError(absl::StrFormat("The compiler failed: %s", error.what()));
    }
    g_worker_tid.store(0, std::memory_order_relaxed);
    return;
  }
  g_worker_tid.store(0, std::memory_order_relaxed);
  task->result = StatusOfEscape(how);
}

void* ThreadMain(void* argument) {
  // The signal stack lets the handler run after a stack overflow.
  auto signal_stack = std::make_unique<char[]>(kSignalStackBytes);
  stack_t stack = {};
  stack.ss_sp = signal_stack.get();
  stack.ss_size = kSignalStackBytes;
  stack_t old_stack = {};
  sigaltstack(&stack, &old_stack);
  sigset_t crash_signals;
  sigemptyset(&crash_signals);
  for (int signal : kSignals) sigaddset(&crash_signals, signal);
  pthread_sigmask(SIG_UNBLOCK, &crash_signals, nullptr);
  RunGuarded(static_cast<Task*>(argument));
  // The sanitizers' runtime expects its own signal stack when the thread ends.
  sigaltstack(&old_stack, nullptr);
  return nullptr;
}

absl::Status RunOnDeepStack(Task* task) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  // Signals meant for the application must not land on the compiler's thread.
  sigset_t all;
  sigset_t old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, &ThreadMain, task);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("The compiler's thread with a stack of %d bytes could not be started: %s.",
                        kStackBytes, std::strerror(error)));
  }
  pthread_join(thread, nullptr);
  return task->result;
}

}  // namespace

absl::Status RunContained(const std::function<absl::Status()>& work) {
  const std::lock_guard<std::mutex> lock(g_mutex);
  static const bool llvm_handlers_set = [] {
    llvm::install_fatal_error_handler(&OnFatalError);
    llvm::install_bad_alloc_error_handler(&OnBadAlloc);
    return true;
  }();
  static_cast<void>(llvm_handlers_set);
  Task task{&work, absl::OkStatus()};
  InstallHandlers();
  absl::Status status = RunOnDeepStack(&task);
  RemoveHandlers();
  return status;
}

}  // namespace opensupa::cc
