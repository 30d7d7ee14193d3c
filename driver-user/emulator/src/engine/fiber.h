#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "opensupa/base/status.h"

namespace opensupa::emu {

/// A stack of its own that runs one function at a time, always on the host thread that resumes it.
///
/// The resumer and the fiber take turns: Resume runs the fiber until it suspends, ends or is
/// abandoned. Not thread safe.
class Fiber {
 public:
  using Function = void (*)(void* argument);

  /// The stack is [bottom, bottom + size_bytes); below it stands a guard of `guard_bytes`.
  Fiber(std::byte* bottom, size_t size_bytes, size_t guard_bytes, size_t color_bytes);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Prepares the fiber, which must be idle, to run `function` at the next Resume.
  void Start(Function function, void* argument);
  /// Runs the fiber. Returns true when the function has ended, false when the fiber suspended or
  /// was abandoned.
  bool Resume();
  /// On the fiber: goes back to the resumer until the next Resume.
  void Suspend();
  /// On the fiber: goes back to the resumer for good. What stands on the stack is forgotten.
  [[noreturn]] void Abandon();
  /// By the owner: forgets a suspended function; the fiber is idle again.
  void Reset();

  /// The fiber that runs on this thread, or null.
  static Fiber* Current();

  bool InGuard(uintptr_t address) const;
  /// A stack pointer at which a function may be entered when the fiber has faulted.
  void* EntryStackPointer() const;

 private:
  static void Main(void* self);
  void SwitchIn();
  void SwitchOut();
  void PrepareStack();

  std::byte* const bottom_;
  const size_t size_bytes_;
  const size_t guard_bytes_;
  const size_t color_bytes_;
  void* stack_pointer_ = nullptr;
  void* resumer_stack_pointer_ = nullptr;
  Function function_ = nullptr;
  void* argument_ = nullptr;
  bool ended_ = true;
  bool prepared_ = false;
  // For the sanitizers.
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] void* resumer_fake_stack_ = nullptr;
  [[maybe_unused]] const void* resumer_bottom_ = nullptr;
  [[maybe_unused]] size_t resumer_size_bytes_ = 0;
  [[maybe_unused]] void* tsan_fiber_ = nullptr;
  [[maybe_unused]] void* tsan_resumer_ = nullptr;
};

/// Stacks for the threads of one block, mapped when first asked for and touched when first used.
class FiberPool {
 public:
  /// `stack_bytes` of each stack, rounded up to pages.
  explicit FiberPool(size_t stack_bytes);
  ~FiberPool();
  FiberPool(const FiberPool&) = delete;
  FiberPool& operator=(const FiberPool&) = delete;

  /// An idle fiber, or null when there is no memory for its stack.
  Fiber* Take();
  void GiveBack(Fiber* fiber);
  /// Unmaps all but about `kept` stacks; only when none is in use, else it does nothing.
  void Trim(size_t kept);

 private:
  bool Grow();

  const size_t stack_bytes_;
  struct Slab {
    void* base;
    size_t size_bytes;
    size_t stacks;
  };
  std::vector<Slab> slabs_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
};

}  // namespace opensupa::emu
