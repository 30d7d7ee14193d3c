#include "specialize.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "absl/strings/str_format.h"
#include "extern_calls.h"
#include "llvm/IR/ConstantRange.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {
namespace {

constexpr unsigned kSharedAddressSpace = 3;

/// Calls `visit` for every global that `function` may reach.
template <typename Visit>
void ForEachReached(llvm::Function& function, Visit visit) {
  std::set<const llvm::Value*> seen = {&function};
  std::vector<llvm::Value*> work = {&function};
  const auto add = [&](llvm::Value* value) {
    if (llvm::isa<llvm::Constant>(value) && seen.insert(value).second) work.push_back(value);
  };
  while (!work.empty()) {
    llvm::Value* value = work.back();
    work.pop_back();
    if (auto* global = llvm::dyn_cast<llvm::GlobalValue>(value)) visit(*global);
    if (auto* user = llvm::dyn_cast<llvm::User>(value)) {
      for (llvm::Value* operand : user->operands()) add(operand);
    }
    auto* body = llvm::dyn_cast<llvm::Function>(value);
    if (body == nullptr) continue;
    for (llvm::Instruction& instruction : llvm::instructions(*body)) {
      for (llvm::Value* operand : instruction.operands()) add(operand);
    }
  }
}

bool IsDeviceVariable(const llvm::GlobalValue& global) {
  const auto* variable = llvm::dyn_cast<llvm::GlobalVariable>(&global);
  if (variable == nullptr || variable->getAddressSpace() == kSharedAddressSpace) return false;
  return !variable->isConstant() || variable->hasExternalLinkage();
}

void EraseKernels(const std::vector<KernelSource>& kernels, const llvm::Function* kept) {
  for (const KernelSource& kernel : kernels) {
    if (kernel.function == kept) continue;
    kernel.function->replaceAllUsesWith(llvm::PoisonValue::get(kernel.function->getType()));
    kernel.function->eraseFromParent();
  }
}

void SetResult(llvm::Module& module, std::string_view name, uint32_t value) {
  for (llvm::CallInst* call : CallsOf(module, name)) {
    call->replaceAllUsesWith(llvm::ConstantInt::get(call->getType(), value));
    call->eraseFromParent();
  }
}

void BoundResult(llvm::Module& module, std::string_view name, uint32_t count) {
  if (count == 1) return SetResult(module, name, 0);
  for (llvm::CallInst* call : CallsOf(module, name)) {
    const unsigned bits = call->getType()->getIntegerBitWidth();
    call->addRangeRetAttr(
        llvm::ConstantRange(llvm::APInt::getZero(bits), llvm::APInt(bits, count)));
  }
}

}  // namespace

absl::Status KeepOneKernel(llvm::Module& module, const std::string& name,
                           std::vector<KernelSource>& kernels) {
  const auto found = std::find_if(kernels.begin(), kernels.end(), [&](const KernelSource& kernel) {
    return kernel.function->getName() == name;
  });
  if (found == kernels.end()) {
    return absl::NotFoundError(absl::StrFormat("The device module %s has no kernel named %s.",
                                               module.getName().str(), name));
  }
  const KernelSource kept = *found;
  std::string variable;
  ForEachReached(*kept.function, [&](const llvm::GlobalValue& global) {
    if (IsDeviceVariable(global)) variable = global.getName().str();
  });
  if (!variable.empty()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("The kernel %s uses the variable %s, so that it cannot be compiled by "
                        "itself.",
                        name, variable));
  }
  EraseKernels(kernels, kept.function);
  kernels = {kept};
  for (llvm::GlobalVariable& global : module.globals()) {
    if (IsDeviceVariable(global) && !global.isDeclaration()) {
      global.setLinkage(llvm::GlobalValue::InternalLinkage);
    }
  }
  return absl::OkStatus();
}

void SetBlockSize(llvm::Module& module, const Specialization& wanted) {
  static constexpr const char* kDimensions[] = {"x", "y", "z"};
  for (size_t i = 0; i < wanted.block.size(); ++i) {
    SetResult(module, absl::StrFormat("__su_ntid_%s", kDimensions[i]), wanted.block[i]);
    BoundResult(module, absl::StrFormat("__su_tid_%s", kDimensions[i]), wanted.block[i]);
  }
  BoundResult(module, "__su_linear_tid", wanted.threads());
}

}  // namespace opensupa::cc
