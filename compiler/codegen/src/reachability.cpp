#include "reachability.h"

#include <algorithm>

#include "device_externs.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"

namespace opensupa::cc {

Reachability::Reachability(const llvm::Module& module) {
  for (const llvm::Function& function : module) {
    if (function.isIntrinsic()) continue;
    if (function.hasAddressTaken()) address_taken_.push_back(&function);
    Node& node = nodes_[&function];
    for (const llvm::Instruction& instruction : llvm::instructions(function)) {
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call == nullptr || call->isInlineAsm()) continue;
      const auto* callee =
          llvm::dyn_cast<llvm::Function>(call->getCalledOperand()->stripPointerCasts());
      if (callee == nullptr) {
        node.calls_pointers = true;
      } else if (!callee->isIntrinsic()) {
        node.callees.push_back(callee);
      }
    }
  }
}

FunctionSet Reachability::From(const llvm::Function& from) const {
  FunctionSet reached = {&from};
  std::vector<const llvm::Function*> pending = {&from};
  const auto visit = [&](const llvm::Function* function) {
    if (reached.insert(function).second) pending.push_back(function);
  };
  while (!pending.empty()) {
    const auto found = nodes_.find(pending.back());
    pending.pop_back();
    if (found == nodes_.end()) continue;
    for (const llvm::Function* callee : found->second.callees) visit(callee);
    if (!found->second.calls_pointers) continue;
    for (const llvm::Function* callee : address_taken_) visit(callee);
  }
  return reached;
}

bool Reachability::MaySuspend(const llvm::Function& from,
                              bool (*ignored)(llvm::StringRef name)) const {
  const FunctionSet reached = From(from);
  return std::any_of(reached.begin(), reached.end(), [&](const llvm::Function* function) {
    if (!function->isDeclaration() || ignored(function->getName())) return false;
    const DeviceExtern* entry = FindDeviceExtern(function->getName().str());
    return entry != nullptr && entry->suspends;
  });
}

}  // namespace opensupa::cc
