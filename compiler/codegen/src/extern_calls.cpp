#include "extern_calls.h"

namespace opensupa::cc {

std::vector<llvm::CallInst*> CallsOf(llvm::Module& module, llvm::StringRef name) {
  std::vector<llvm::CallInst*> calls;
  llvm::Function* callee = module.getFunction(name);
  if (callee == nullptr) return calls;
  for (llvm::User* user : callee->users()) {
    auto* call = llvm::dyn_cast<llvm::CallInst>(user);
    if (call != nullptr && call->getCalledFunction() == callee) calls.push_back(call);
  }
  return calls;
}

}  // namespace opensupa::cc
