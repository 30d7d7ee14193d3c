#include "fault_handler.h"

#include <ucontext.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>

#include "opensupa/port/uapi.h"
#include "safe_access.h"

namespace opensupa::emu {
namespace {

constexpr int kStopSignal = SIGURG;
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, kStopSignal};

struct ThreadState {
  bool in_device_code;
  bool has_fault;
  bool keeps_signal_stack;
  bool ends;  // the thread does
  uintptr_t code_begin;
  uintptr_t code_end;
  HostFault fault;
};
thread_local ThreadState t_state{};

/// The signal stack of a host thread that had none. It stays until the thread ends, so that a
/// thread that often helps makes no system call for it.
class AdoptedSignalStack {
 public:
  ~AdoptedSignalStack() {
    t_state.ends = true;
    if (memory_ == nullptr) return;
    t_state.keeps_signal_stack = false;
    stack_t current{};
    sigaltstack(nullptr, &current);
    if (current.ss_sp != memory_.get()) return;  // the program has put another in its place
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }
  void Adopt(size_t size_bytes) {
    memory_ = std::make_unique<std::byte[]>(size_bytes);
    KeepSignalStack(memory_.get(), size_bytes);
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
};
thread_local AdoptedSignalStack t_adopted_stack;

struct Registry {
  std::mutex mutex;
  int installed = 0;
  // Written before the handler is installed and left in place after, so the handler needs no lock.
  struct sigaction former[std::size(kSignals)];
};
Registry& GetRegistry() {
  static auto* registry = new Registry;
  return *registry;
}

struct MachineState {
  uintptr_t program_counter;
  uint32_t access;
};

#if defined(__x86_64__)
MachineState Decode(const ucontext_t& context, int signal) {
  constexpr uint64_t kWrite = 1u << 1, kFetch = 1u << 4;
  const auto error = static_cast<uint64_t>(context.uc_mcontext.gregs[REG_ERR]);
  uint32_t access = SUPA_UAPI_BIND_ACCESS_READ;
  if ((error & kWrite) != 0) access = SUPA_UAPI_BIND_ACCESS_WRITE;
  if ((error & kFetch) != 0) access = SUPA_UAPI_BIND_ACCESS_EXECUTE;
  if (signal != SIGSEGV && signal != SIGBUS) access = 0;
  return {static_cast<uintptr_t>(context.uc_mcontext.gregs[REG_RIP]), access};
}
void ContinueAt(ucontext_t& context, uintptr_t pc) {
  context.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(pc);
}
void SetStack(ucontext_t& context, void* stack_pointer) {
  context.uc_mcontext.gregs[REG_RSP] = reinterpret_cast<greg_t>(stack_pointer);
  context.uc_mcontext.gregs[REG_RBP] = 0;
  context.uc_mcontext.gregs[REG_EFL] &= ~0x400ll;  // direction flag
}
#else
MachineState Decode(const ucontext_t& context, int signal) {
  constexpr uint32_t kEsrMagic = 0x45535201;
  uint32_t access = signal == SIGSEGV || signal == SIGBUS ? SUPA_UAPI_BIND_ACCESS_READ : 0;
  const auto* record = reinterpret_cast<const uint8_t*>(context.uc_mcontext.__reserved);
  const uint8_t* end = record + sizeof(context.uc_mcontext.__reserved);
  while (access != 0 && record + 16 <= end) {
    uint32_t magic, size;
    std::memcpy(&magic, record, 4);
    std::memcpy(&size, record + 4, 4);
    if (magic == 0 || size < 8) break;
    if (magic == kEsrMagic) {
      uint64_t esr;
      std::memcpy(&esr, record + 8, 8);
      const uint64_t exception_class = esr >> 26;
      if (exception_class == 0x20 || exception_class == 0x21) {
        access = SUPA_UAPI_BIND_ACCESS_EXECUTE;
      } else if ((esr & (1u << 6)) != 0) {
        access = SUPA_UAPI_BIND_ACCESS_WRITE;
      }
      break;
    }
    record += size;
  }
  return {static_cast<uintptr_t>(context.uc_mcontext.pc), access};
}
void ContinueAt(ucontext_t& context, uintptr_t pc) { context.uc_mcontext.pc = pc; }
void SetStack(ucontext_t& context, void* stack_pointer) {
  context.uc_mcontext.sp = reinterpret_cast<uintptr_t>(stack_pointer);
  context.uc_mcontext.regs[29] = 0;
  context.uc_mcontext.regs[30] = 0;
}
#endif

/// Where a faulted fiber goes on, on its own stack from the top.
[[noreturn]] void Landing() { Fiber::Current()->Abandon(); }

bool CameFromHardware(const siginfo_t& info) { return info.si_code > 0; }

/// The value that comes with our stop signals.
int stop_cookie;

/// Leaves the fiber when it is in device code itself, not in a service that it called.
bool Stop(const siginfo_t& info, ucontext_t& context) {
  if (info.si_code != SI_QUEUE || info.si_value.sival_ptr != &stop_cookie) return false;
  Fiber* fiber = Fiber::Current();
  const uintptr_t pc = Decode(context, kStopSignal).program_counter;
  if (fiber == nullptr || !t_state.in_device_code) return true;
  if (pc < t_state.code_begin || pc >= t_state.code_end) return true;
  SetStack(context, fiber->EntryStackPointer());
  ContinueAt(context, reinterpret_cast<uintptr_t>(&Landing));
  return true;
}

bool Recover(int signal, const siginfo_t& info, ucontext_t& context) {
  if (signal == kStopSignal) return Stop(info, context);
  if (!CameFromHardware(info)) return false;
  const MachineState machine = Decode(context, signal);
  const auto address = reinterpret_cast<uintptr_t>(info.si_addr);
  if (safe::IsSafeAccess(machine.program_counter)) {
    safe::NoteFault(address, machine.access == SUPA_UAPI_BIND_ACCESS_WRITE);
    ContinueAt(context, safe::FixupAddress());
    return true;
  }
  Fiber* fiber = Fiber::Current();
  if (fiber == nullptr || !t_state.in_device_code) return false;
  const bool memory = signal == SIGSEGV || signal == SIGBUS;
  t_state.has_fault = true;
  t_state.fault = {.signal = signal,
                   .address = memory ? address : 0,
                   .address_known = memory && info.si_code != SI_KERNEL,
                   .program_counter = machine.program_counter,
                   .access = machine.access,
                   .stack_overflow = memory && fiber->InGuard(address)};
  SetStack(context, fiber->EntryStackPointer());
  ContinueAt(context, reinterpret_cast<uintptr_t>(&Landing));
  return true;
}

void CallFormer(int signal, siginfo_t* info, void* context) {
  const struct sigaction* former = nullptr;
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    if (kSignals[i] == signal) former = &GetRegistry().former[i];
  }
  if ((former->sa_flags & SA_SIGINFO) != 0 && former->sa_sigaction != nullptr) {
    former->sa_sigaction(signal, info, context);
  } else if (signal == kStopSignal && former->sa_handler == SIG_DFL) {
    return;
  } else if (former->sa_handler == SIG_DFL ||
             (former->sa_handler == SIG_IGN && CameFromHardware(*info))) {
    // The instruction runs again without a handler and ends the process as it would have.
    struct sigaction action{};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
    if (!CameFromHardware(*info)) raise(signal);
  } else if (former->sa_handler != SIG_IGN) {
    former->sa_handler(signal);
  }
}

void Handle(int signal, siginfo_t* info, void* context) {
  if (Recover(signal, *info, *static_cast<ucontext_t*>(context))) return;
  CallFormer(signal, info, context);
}

}  // namespace

void InstallFaultHandler() {
  Registry& registry = GetRegistry();
  std::lock_guard lock(registry.mutex);
  if (registry.installed++ > 0) return;
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    struct sigaction current{};
    sigaction(kSignals[i], nullptr, &current);
    if ((current.sa_flags & SA_SIGINFO) != 0 && current.sa_sigaction == &Handle) continue;
    registry.former[i] = current;
    struct sigaction action{};
    action.sa_sigaction = &Handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (kSignals[i] == kStopSignal ? SA_RESTART : 0);
    sigemptyset(&action.sa_mask);
    sigaction(kSignals[i], &action, nullptr);
  }
}

void UninstallFaultHandler() {
  Registry& registry = GetRegistry();
  std::lock_guard lock(registry.mutex);
  if (--registry.installed > 0) return;
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    struct sigaction current{};
    sigaction(kSignals[i], nullptr, &current);
    const bool ours = (current.sa_flags & SA_SIGINFO) != 0 && current.sa_sigaction == &Handle;
    if (ours) sigaction(kSignals[i], &registry.former[i], nullptr);
  }
}

DeviceCodeScope::DeviceCodeScope(void* alternate_stack, size_t size_bytes, uintptr_t code_begin,
                                 uintptr_t code_end) {
  t_state.code_begin = code_begin;
  t_state.code_end = code_end;
  if (t_state.keeps_signal_stack) {
    t_state.in_device_code = ok_ = true;
    return;
  }
  stack_t stack{};
  stack.ss_sp = alternate_stack;
  stack.ss_size = size_bytes;
  ok_ = sigaltstack(&stack, &former_) == 0;
  t_state.in_device_code = ok_;
  if (ok_ && (former_.ss_flags & SS_DISABLE) != 0 && !t_state.ends) {
    t_adopted_stack.Adopt(size_bytes);
  }
}

DeviceCodeScope::~DeviceCodeScope() {
  if (!ok_) return;
  t_state.in_device_code = false;
  if (!t_state.keeps_signal_stack) sigaltstack(&former_, nullptr);
}

void InterruptDeviceCode(pthread_t thread) {
  pthread_sigqueue(thread, kStopSignal, {.sival_ptr = &stop_cookie});
}

void KeepSignalStack(void* alternate_stack, size_t size_bytes) {
  stack_t stack{};
  stack.ss_sp = alternate_stack;
  stack.ss_size = size_bytes;
  t_state.keeps_signal_stack = sigaltstack(&stack, nullptr) == 0;
}

bool TakeHostFault(HostFault* fault) {
  if (!t_state.has_fault) return false;
  t_state.has_fault = false;
  *fault = t_state.fault;
  return true;
}

}  // namespace opensupa::emu
