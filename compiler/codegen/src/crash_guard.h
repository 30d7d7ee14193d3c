#pragma once

#include <functional>

#include "absl/status/status.h"

namespace opensupa::cc {

/// Runs `work` on a thread of its own with a deep stack and returns its status. Only one piece of
/// work runs at a time in the process; other callers wait.
///
/// A crash signal on that thread, a fatal error that LLVM reports or a stack overflow ends the work
/// and becomes a kInternal status; an allocation failure becomes kResourceExhausted. What the work
/// had allocated is then lost.
///
/// Signals of other threads reach the handlers the application had set, with their siginfo and
/// context unchanged, also while the work runs: the emulated card turns faults of kernels into
/// device errors at the same time. The application's handlers are back in place when this returns.
/// (LLVM's own CrashRecoveryContext re-raises foreign signals and so loses the fault address, which
/// is why it is not used here.)
absl::Status RunContained(const std::function<absl::Status()>& work);

}  // namespace opensupa::cc
