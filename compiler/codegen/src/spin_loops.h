#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Lets other threads run while a loop waits for them. On a card every resident thread makes
/// progress; here a thread runs until it suspends, so a loop that waits for memory to change would
/// wait for good.
///
/// A loop gets a call of `__su_yield` on its way back, which makes its kernels run as fibers, when
/// its end depends on
///  - a volatile or atomic load, or an atomic update that only reads (or-ing zero);
///  - a compare and swap, exchange, minimum or the like that tries the same thing each time, as one
///    that takes a lock does. An update made of what it has just read always gets on by itself;
///  - a plain load of one address and nothing else, with a fence or an atomic in the loop;
///  - a function in which there is a volatile or atomic access.
/// Local variables that stand in memory are first turned into values.
void MarkSpinLoops(llvm::Module& module);

}  // namespace opensupa::cc
