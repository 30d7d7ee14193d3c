#include "engine/fiber.h"

#include <sys/mman.h>

#include <cstring>

#include "opensupa/base/fault_point.h"
#include "sanitizers.h"

extern "C" {
void opensupa_emu_switch_stack(void** save_stack_pointer, void* load_stack_pointer);
void opensupa_emu_fiber_start();
}

namespace opensupa::emu {
namespace {

constexpr size_t kPageBytes = 4096;
// More than a page, so that a large frame does not step over it into the next stack.
constexpr size_t kGuardBytes = 4 * kPageBytes;
constexpr size_t kStacksPerSlab = 32;
// A worker that only ever runs whole blocks needs one stack, and each costs a system call.
constexpr size_t kStacksOfFirstSlab = 1;
// Stacks start at different places of a page, else the first lines of all would share few cache
// sets.
constexpr size_t kColors = 32;
constexpr size_t kColorBytes = 128;
constexpr int kMadvGuardInstall =
    102;  // MADV_GUARD_INSTALL, Linux 6.13: guards that cost no mapping

thread_local Fiber* t_current = nullptr;

bool InstallGuard(void* address) {
  if (madvise(address, kGuardBytes, kMadvGuardInstall) == 0) return true;
  return mprotect(address, kGuardBytes, PROT_NONE) == 0;
}

}  // namespace

Fiber::Fiber(std::byte* bottom, size_t size_bytes, size_t guard_bytes, size_t color_bytes)
    : bottom_(bottom),
      size_bytes_(size_bytes),
      guard_bytes_(guard_bytes),
      color_bytes_(color_bytes) {}

Fiber::~Fiber() {
#ifdef OPENSUPA_EMU_TSAN
  if (tsan_fiber_ != nullptr) __tsan_destroy_fiber(tsan_fiber_);
#endif
}

Fiber* Fiber::Current() { return t_current; }

bool Fiber::InGuard(uintptr_t address) const {
  const auto bottom = reinterpret_cast<uintptr_t>(bottom_);
  return address < bottom && address >= bottom - guard_bytes_;
}

void* Fiber::EntryStackPointer() const {
  std::byte* top = bottom_ + size_bytes_ - color_bytes_;
#if defined(__x86_64__)
  return top - 64 - 8;  // as after a call
#else
  return top - 64;
#endif
}

void Fiber::PrepareStack() {
  std::byte* top = bottom_ + size_bytes_ - color_bytes_;
#ifdef OPENSUPA_EMU_ASAN
  __asan_unpoison_memory_region(bottom_, size_bytes_);
#endif
#ifdef OPENSUPA_EMU_TSAN
  if (tsan_fiber_ != nullptr) __tsan_destroy_fiber(tsan_fiber_);
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
#if defined(__x86_64__)
  // Nine words, so that the stack is aligned to 16 bytes where opensupa_emu_fiber_start calls.
  void* frame[9] = {nullptr,                                // r15
                    nullptr,                                // r14
                    nullptr,                                // r13
                    this,                                   // r12
                    reinterpret_cast<void*>(&Fiber::Main),  // rbx
                    nullptr,                                // rbp
                    reinterpret_cast<void*>(&opensupa_emu_fiber_start),
                    nullptr,
                    nullptr};
#else
  void* frame[20] = {};
  frame[0] = reinterpret_cast<void*>(&Fiber::Main);                // x19
  frame[1] = this;                                                 // x20
  frame[11] = reinterpret_cast<void*>(&opensupa_emu_fiber_start);  // x30
#endif
  stack_pointer_ = top - sizeof(frame);
  std::memcpy(stack_pointer_, frame, sizeof(frame));
  fake_stack_ = nullptr;
  prepared_ = true;
}

void Fiber::Start(Function function, void* argument) {
  if (!prepared_) PrepareStack();
  function_ = function;
  argument_ = argument;
  ended_ = false;
}

void Fiber::Main(void* self) {
  auto* fiber = static_cast<Fiber*>(self);
#ifdef OPENSUPA_EMU_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &fiber->resumer_bottom_, &fiber->resumer_size_bytes_);
#endif
  while (true) {
    fiber->function_(fiber->argument_);
    fiber->ended_ = true;
    fiber->SwitchOut();
  }
}

bool Fiber::Resume() {
  Fiber* const outer = t_current;
  t_current = this;
  SwitchIn();
  t_current = outer;
  return ended_;
}

void Fiber::SwitchIn() {
#ifdef OPENSUPA_EMU_TSAN
  tsan_resumer_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_fiber_, 0);
#endif
#ifdef OPENSUPA_EMU_ASAN
  __sanitizer_start_switch_fiber(&resumer_fake_stack_, bottom_, size_bytes_);
#endif
  opensupa_emu_switch_stack(&resumer_stack_pointer_, stack_pointer_);
#ifdef OPENSUPA_EMU_ASAN
  __sanitizer_finish_switch_fiber(resumer_fake_stack_, nullptr, nullptr);
#endif
}

void Fiber::SwitchOut() {
#ifdef OPENSUPA_EMU_TSAN
  __tsan_switch_to_fiber(tsan_resumer_, 0);
#endif
#ifdef OPENSUPA_EMU_ASAN
  __sanitizer_start_switch_fiber(&fake_stack_, resumer_bottom_, resumer_size_bytes_);
#endif
  opensupa_emu_switch_stack(&stack_pointer_, resumer_stack_pointer_);
#ifdef OPENSUPA_EMU_ASAN
  __sanitizer_finish_switch_fiber(fake_stack_, &resumer_bottom_, &resumer_size_bytes_);
#endif
}

void Fiber::Suspend() { SwitchOut(); }

void Fiber::Abandon() {
  prepared_ = false;
  SwitchOut();
  __builtin_trap();  // an abandoned fiber is never resumed before Start has made it new
}

void Fiber::Reset() {
  if (!ended_) prepared_ = false;
  ended_ = true;
}

FiberPool::FiberPool(size_t stack_bytes)
    : stack_bytes_((stack_bytes + kPageBytes - 1) / kPageBytes * kPageBytes +
                   kColors * kColorBytes) {}

FiberPool::~FiberPool() {
  fibers_.clear();
  for (const Slab& slab : slabs_) munmap(slab.base, slab.size_bytes);
}

bool FiberPool::Grow() {
  if (!fault::Check("emulator.map_stacks").ok()) return false;
  const size_t stride_bytes = stack_bytes_ + kGuardBytes;
  const size_t stacks = slabs_.empty() ? kStacksOfFirstSlab : kStacksPerSlab;
  const size_t slab_bytes = stride_bytes * stacks;
  void* base = mmap(nullptr, slab_bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (base == MAP_FAILED) return false;
  for (size_t i = 0; i < stacks; ++i) {
    if (!InstallGuard(static_cast<std::byte*>(base) + i * stride_bytes)) {
      munmap(base, slab_bytes);
      return false;
    }
  }
  slabs_.push_back({base, slab_bytes, stacks});
  for (size_t i = stacks; i-- > 0;) {
    std::byte* bottom = static_cast<std::byte*>(base) + i * stride_bytes + kGuardBytes;
    fibers_.push_back(
        std::make_unique<Fiber>(bottom, stack_bytes_, kGuardBytes, (i % kColors) * kColorBytes));
    idle_.push_back(fibers_.back().get());
  }
  return true;
}

Fiber* FiberPool::Take() {
  if (idle_.empty() && !Grow()) return nullptr;
  Fiber* fiber = idle_.back();
  idle_.pop_back();
  return fiber;
}

void FiberPool::Trim(size_t kept) {
  if (fibers_.size() <= kept || idle_.size() < fibers_.size()) return;
  size_t slabs = 0, stacks = 0;
  while (slabs < slabs_.size() && stacks < kept) stacks += slabs_[slabs++].stacks;
  if (slabs >= slabs_.size()) return;
  fibers_.resize(stacks);
  for (size_t i = slabs; i < slabs_.size(); ++i) munmap(slabs_[i].base, slabs_[i].size_bytes);
  slabs_.resize(slabs);
  idle_.clear();
  for (size_t i = fibers_.size(); i-- > 0;) idle_.push_back(fibers_[i].get());
}

void FiberPool::GiveBack(Fiber* fiber) {
  fiber->Reset();
  idle_.push_back(fiber);
}

}  // namespace opensupa::emu
