#include "vector/flow_analyses.h"

#include "llvm/ADT/PostOrderIterator.h"

namespace opensupa::cc {

FlowAnalyses::FlowAnalyses(llvm::Function& function)
    : dominators(function), loops(dominators), post_dominators(function) {
  llvm::ReversePostOrderTraversal<llvm::Function*> all(&function);
  order.assign(all.begin(), all.end());
}

}  // namespace opensupa::cc
