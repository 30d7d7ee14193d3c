#pragma once

#include <vector>

#include "device_module.h"
#include "llvm/IR/Module.h"
#include "specialize.h"

namespace llvm {
class TargetMachine;
}

namespace opensupa::cc {

/// Inlines and simplifies device code while its threads can still be told from what they share:
/// externs are calls that the optimiser knows (an index is a constant of the thread, a barrier
/// stays where it is), and pointers that only reach shared memory get its address space.
///
/// The same for every engine, so that what rounding is left to the compiler's choice comes out
/// alike. Does nothing at level 0.
void SimplifyKernels(llvm::Module& module, const std::vector<KernelSource>& kernels,
                     llvm::TargetMachine& machine, int opt_level);

/// Simplifies once more what is known now that the block's size is: how often loops run, which
/// threads there are. After floating point was contracted, so that this changes no results.
void SimplifyForBlock(llvm::Module& module, const Specialization& wanted,
                      llvm::TargetMachine& machine, int opt_level);

/// Marks atomic updates of shared memory, which need not be atomic: the threads of a block run on
/// one thread of the host, one at a time. Not if the module reaches into other blocks of a cluster.
void MarkSharedAtomics(llvm::Module& module);

/// Makes the marked updates plain. Call it when threads no longer become lanes, since lanes make an
/// update one after another.
void LowerSharedAtomics(llvm::Module& module);

}  // namespace opensupa::cc
