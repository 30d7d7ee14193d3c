#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Lets other threads of the block run while a loop waits for them. On a card every thread makes
/// progress; here a thread runs until it suspends, so a loop that waits for memory to change would
/// wait for good.
///
/// A loop that ends by what volatile or atomic loads say, whose addresses are the same in each
/// turn, gets a call of `__su_yield`, which makes its kernels run as fibers. A loop that tries to
/// take a lock (compare and swap, or exchange, of fixed values) gets `__su_spin_hint`, which yields
/// if the kernel runs as fibers for another reason: without suspension nobody else of the block can
/// hold the lock.
void MarkSpinLoops(llvm::Module& module);

}  // namespace opensupa::cc
