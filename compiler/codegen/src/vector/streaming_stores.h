#pragma once

#include <cstdint>
#include <set>

#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

/// The stores of a kernel that may bypass the caches where they fill whole lines: to memory behind
/// a pointer parameter through which the kernel reads nothing, in a kernel that orders no memory
/// for others. Whoever runs the kernel orders them before anybody learns that it is done.
class StreamingStores {
 public:
  explicit StreamingStores(llvm::Function& kernel);

  bool Contains(const llvm::StoreInst& store) const { return stores_.contains(&store); }
  bool empty() const { return stores_.empty(); }
  /// About how much a thread writes with them.
  uint32_t bytes_per_thread() const { return bytes_per_thread_; }

 private:
  std::set<const llvm::StoreInst*> stores_;
  uint32_t bytes_per_thread_ = 0;
};

}  // namespace opensupa::cc
