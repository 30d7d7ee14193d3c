#include "managed_device.h"

#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "device_rules.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/ReplaceConstant.h"
#include "normalize_device.h"
#include "opensupa/binary/fat_binary.h"
#include "opensupa/passes/kernel_info.h"

namespace opensupa::cc {
namespace {

std::vector<llvm::GlobalVariable*> ManagedVariables(const llvm::Module& module) {
  std::vector<llvm::GlobalVariable*> result;
  const llvm::NamedMDNode* list = module.getNamedMetadata(kManagedMetadata);
  if (list == nullptr) return result;
  for (const llvm::MDNode* node : list->operands()) {
    auto* variable = llvm::mdconst::dyn_extract_or_null<llvm::GlobalVariable>(node->getOperand(0));
    if (variable != nullptr && IsHostVisible(*variable)) result.push_back(variable);
  }
  return result;
}

/// The first variable whose initial value holds `constant`, or null.
const llvm::GlobalVariable* HolderOf(const llvm::Constant& constant) {
  for (const llvm::User* user : constant.users()) {
    if (const auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(user)) return variable;
    const auto* outer = llvm::dyn_cast<llvm::Constant>(user);
    if (outer == nullptr || llvm::isa<llvm::GlobalValue>(outer)) continue;
    if (const llvm::GlobalVariable* holder = HolderOf(*outer)) return holder;
  }
  return nullptr;
}

llvm::GlobalVariable* MakeSlot(llvm::GlobalVariable& variable) {
  auto* slot = new llvm::GlobalVariable(
      *variable.getParent(), variable.getType(), /*isConstant=*/false, variable.getLinkage(),
      &variable, variable.getName() + binary::kManagedSlotSuffix, /*InsertBefore=*/nullptr,
      llvm::GlobalValue::NotThreadLocal, variable.getAddressSpace(),
      /*isExternallyInitialized=*/true);
  slot->setAlignment(llvm::Align(8));
  return slot;
}

/// The address in `slot`, read once at the start of `function`. It never changes while code runs.
llvm::Value* ReadSlot(llvm::Function& function, llvm::GlobalVariable& slot) {
  llvm::IRBuilder<> builder(&*function.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
  llvm::LoadInst* address = builder.CreateLoad(slot.getValueType(), &slot);
  address->setMetadata(llvm::LLVMContext::MD_invariant_load,
                       llvm::MDNode::get(function.getContext(), {}));
  return address;
}

void Redirect(llvm::GlobalVariable& variable) {
  llvm::convertUsersOfConstantsToInstructions({&variable});
  std::vector<llvm::Use*> uses;
  for (llvm::Use& use : variable.uses()) {
    if (llvm::isa<llvm::Instruction>(use.getUser())) uses.push_back(&use);
  }
  llvm::GlobalVariable* slot = MakeSlot(variable);
  std::map<llvm::Function*, llvm::Value*> addresses;
  for (llvm::Use* use : uses) {
    llvm::Function* function = llvm::cast<llvm::Instruction>(use->getUser())->getFunction();
    llvm::Value*& address = addresses[function];
    if (address == nullptr) address = ReadSlot(*function, *slot);
    use->set(address);
  }
}

}  // namespace

absl::Status RedirectManagedVariables(llvm::Module& module) {
  const std::vector<llvm::GlobalVariable*> variables = ManagedVariables(module);
  const std::set<const llvm::GlobalVariable*> managed(variables.begin(), variables.end());
  for (llvm::GlobalVariable* variable : variables) {
    const llvm::GlobalVariable* holder = HolderOf(*variable);
    if (holder == nullptr || managed.contains(holder)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "The initial value of device variable ", Quoted(*holder),
        " holds the address of the __managed__ variable ", Quoted(*variable),
        ", which is known only when the program runs; assign it in a kernel or from the host."));
  }
  for (llvm::GlobalVariable* variable : variables) Redirect(*variable);
  return absl::OkStatus();
}

}  // namespace opensupa::cc
