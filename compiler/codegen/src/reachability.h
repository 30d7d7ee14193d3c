#pragma once

#include <map>
#include <set>
#include <vector>

#include "llvm/IR/Module.h"

namespace opensupa::cc {

using FunctionSet = std::set<const llvm::Function*>;

/// Which functions can run because another one runs. A call through a pointer may reach every
/// function whose address is taken.
class Reachability {
 public:
  explicit Reachability(const llvm::Module& module);

  /// `from` itself and everything it can call, declarations included.
  FunctionSet From(const llvm::Function& from) const;

  /// True if `from` can reach a hook that may switch to another thread, other than those for which
  /// `ignored` is true.
  bool MaySuspend(
      const llvm::Function& from,
      bool (*ignored)(llvm::StringRef name) = [](llvm::StringRef) { return false; }) const;

 private:
  struct Node {
    std::vector<const llvm::Function*> callees;
    bool calls_pointers = false;
  };
  std::map<const llvm::Function*, Node> nodes_;
  std::vector<const llvm::Function*> address_taken_;
};

}  // namespace opensupa::cc
