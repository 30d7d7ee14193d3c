#include "shared_initializers.h"

#include <map>
#include <vector>

#include "device_rules.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/ReplaceConstant.h"

namespace opensupa::cc {
namespace {

bool IsInitialValue(const llvm::GlobalVariable& variable) {
  return variable.hasPrivateLinkage() && variable.isConstant() && variable.hasInitializer() &&
         HoldsSharedAddress(*variable.getInitializer());
}

llvm::Value* MakeCopy(llvm::Function& function, const llvm::GlobalVariable& variable) {
  llvm::IRBuilder<> builder(&*function.getEntryBlock().getFirstInsertionPt());
  llvm::AllocaInst* copy = builder.CreateAlloca(variable.getValueType());
  if (variable.getAlign()) copy->setAlignment(*variable.getAlign());
  builder.CreateAlignedStore(const_cast<llvm::Constant*>(variable.getInitializer()), copy,
                             copy->getAlign());
  return builder.CreateAddrSpaceCast(copy, variable.getType());
}

}  // namespace

void MakeSharedInitializersLocal(llvm::Module& module) {
  std::vector<llvm::Constant*> values;
  for (llvm::GlobalVariable& variable : module.globals()) {
    if (IsInitialValue(variable)) values.push_back(&variable);
  }
  llvm::convertUsersOfConstantsToInstructions(values);
  for (llvm::Constant* value : values) {
    auto& variable = *llvm::cast<llvm::GlobalVariable>(value);
    std::map<llvm::Function*, llvm::Value*> copies;
    std::vector<llvm::Use*> uses;
    for (llvm::Use& use : variable.uses()) {
      if (llvm::isa<llvm::Instruction>(use.getUser())) uses.push_back(&use);
    }
    for (llvm::Use* use : uses) {
      llvm::Function* function = llvm::cast<llvm::Instruction>(use->getUser())->getFunction();
      llvm::Value*& copy = copies[function];
      if (copy == nullptr) copy = MakeCopy(*function, variable);
      use->set(copy);
    }
    if (variable.use_empty()) variable.eraseFromParent();
  }
}

}  // namespace opensupa::cc
