#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llvm/IR/Module.h"
#include "thread_twins.h"

namespace opensupa::cc {

/// Argument `index` of a kernel in its argument buffer: as C lays out a struct of the parameters.
struct KernelArgument {
  uint32_t offset_bytes;
  llvm::Type* type;  // the pointed-to type for a `byval` parameter
  bool by_value_pointer;
};

/// Places the parameters of `kernel` in the argument buffer; `size_bytes` becomes the end of the
/// last one. Parameters before `first` are not arguments.
std::vector<KernelArgument> LayOutArguments(const llvm::Function& kernel, unsigned first,
                                            uint32_t& size_bytes);

/// True if nothing can write through `pointer` and it goes nowhere else, so that all threads may
/// read one copy.
bool IsOnlyRead(const llvm::Value& pointer);

/// Runs all threads of a block, many at once, if its size in x is a multiple of `row_lanes` and
/// that in y one of `rows`.
struct BlockFunction {
  llvm::Function* function;
  unsigned row_lanes;
  unsigned rows;
  // The same for CPUs with kHostDotProducts, or null where it would be no different.
  llvm::Function* with_dots = nullptr;
};

class LaneFacts;

/// What becomes a KernelDescriptor.
struct KernelPlan {
  std::string name;
  llvm::Function* body = nullptr;  // retargeted kernel
  // The first that fits is taken; the last one fits all blocks. Empty if threads run one by one.
  std::vector<BlockFunction> blocks;
  std::optional<std::array<uint32_t, 3>> block;  // the only size of blocks, if there is one
  bool plain_loop = false;
  bool strips = false;          // the functions above run several neighbouring blocks
  DistinctDimensions distinct;  // a plain loop runs one thread along the others
  uint32_t static_shared_bytes = 0;
  uint32_t args_size_bytes = 0;
  uint32_t local_bytes_per_thread = 0;
  uint32_t max_threads_per_block = 0;
  // Why no vectors run it, null if they do.
  const char* one_by_one = "threads that wait for each other in a way that vectors do not know";
  LaneFacts* facts = nullptr;  // told what becomes of the kernel, if there is one
  uint32_t streamed_bytes_per_thread = 0;
};

/// True if no thread of `kernel` needs its own copy of a parameter, so that all can read one.
bool CanShareArguments(const llvm::Function& kernel);

/// Makes the entry point of a kernel, void(ThreadContext*): it reads the arguments from the block's
/// argument buffer and runs the body, once or for every thread of the block. The entry takes the
/// kernel's name; the body is inlined into it later. Sets `plan.args_size_bytes`.
void MakeKernelEntry(llvm::Module& module, KernelPlan& plan);

}  // namespace opensupa::cc
