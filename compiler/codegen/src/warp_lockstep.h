#pragma once

#include "llvm/IR/Module.h"

namespace opensupa::cc {

/// Which stores to shared memory the lanes of a warp do in step.
enum class Lockstep {
  kVolatile,  // those through volatile pointers, the mark of programs that rely on it
  kAll,
};

/// Makes the lanes of a warp keep step at stores to shared memory: all lanes that run together
/// reach a store before one of them performs it, and all have performed it before one goes on.
/// Programs from the time when warps ran in lock step leave out `__syncwarp` and rely on this.
///
/// Works on the portable form, before externs are lowered. A kernel suspends at every such store,
/// so it runs much slower. Atomics are left alone.
void KeepWarpsInStep(llvm::Module& module, Lockstep stores);

}  // namespace opensupa::cc
