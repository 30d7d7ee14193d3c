#include "variadic_functions.h"

#include <vector>

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

namespace opensupa::cc {
namespace {

bool CanDrop(const llvm::Function& function) {
  if (!function.isVarArg() || function.isDeclaration() || function.hasAddressTaken()) return false;
  for (const llvm::Instruction& instruction : llvm::instructions(function)) {
    if (llvm::isa<llvm::VAStartInst>(instruction)) return false;
  }
  return true;
}

void RewriteCall(llvm::CallInst& call, llvm::Function& target) {
  const size_t kept = target.arg_size();
  std::vector<llvm::Value*> arguments(call.arg_begin(), call.arg_begin() + kept);
  auto* shorter =
      llvm::CallInst::Create(target.getFunctionType(), &target, arguments, "", call.getIterator());
  const llvm::AttributeList attributes = call.getAttributes();
  std::vector<llvm::AttributeSet> parameters;
  for (size_t i = 0; i < kept; ++i) parameters.push_back(attributes.getParamAttrs(i));
  shorter->setAttributes(llvm::AttributeList::get(call.getContext(), attributes.getFnAttrs(),
                                                  attributes.getRetAttrs(), parameters));
  shorter->setDebugLoc(call.getDebugLoc());
  call.replaceAllUsesWith(shorter);
  call.eraseFromParent();
}

void Drop(llvm::Function& function) {
  llvm::FunctionType* old = function.getFunctionType();
  auto* type = llvm::FunctionType::get(old->getReturnType(), old->params(), /*isVarArg=*/false);
  auto* plain = llvm::Function::Create(type, function.getLinkage(), function.getAddressSpace());
  function.getParent()->getFunctionList().insert(function.getIterator(), plain);
  plain->takeName(&function);
  plain->copyAttributesFrom(&function);
  plain->setComdat(function.getComdat());
  plain->splice(plain->begin(), &function);
  plain->setSubprogram(function.getSubprogram());
  for (size_t i = 0; i < function.arg_size(); ++i) {
    function.getArg(i)->replaceAllUsesWith(plain->getArg(i));
    plain->getArg(i)->takeName(function.getArg(i));
  }
  for (llvm::User* user : llvm::make_early_inc_range(function.users())) {
    if (auto* call = llvm::dyn_cast<llvm::CallInst>(user)) RewriteCall(*call, *plain);
  }
  function.eraseFromParent();
}

}  // namespace

void DropUnusedVariableArguments(llvm::Module& module) {
  for (llvm::Function& function : llvm::make_early_inc_range(module)) {
    if (CanDrop(function)) Drop(function);
  }
}

}  // namespace opensupa::cc
