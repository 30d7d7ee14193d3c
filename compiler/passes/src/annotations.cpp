#include "annotations.h"

#include "llvm/IR/Constants.h"

namespace opensupa::cc {
namespace {

std::string TextOf(const llvm::Constant& pointer) {
  const auto* text = llvm::dyn_cast<llvm::GlobalVariable>(pointer.stripPointerCasts());
  if (text == nullptr || !text->hasInitializer()) return "";
  const auto* data = llvm::dyn_cast<llvm::ConstantDataArray>(text->getInitializer());
  return data != nullptr && data->isCString() ? data->getAsCString().str() : "";
}

std::vector<uint64_t> NumbersOf(const llvm::Constant& pointer) {
  std::vector<uint64_t> numbers;
  const auto* list = llvm::dyn_cast<llvm::GlobalVariable>(pointer.stripPointerCasts());
  if (list == nullptr || !list->hasInitializer()) return numbers;
  const llvm::Constant* values = list->getInitializer();
  for (unsigned i = 0;; ++i) {
    const auto* number = llvm::dyn_cast_or_null<llvm::ConstantInt>(values->getAggregateElement(i));
    if (number == nullptr) return numbers;
    numbers.push_back(number->getZExtValue());
  }
}

}  // namespace

std::vector<Annotation> ReadAnnotations(const llvm::Module& module) {
  std::vector<Annotation> result;
  const llvm::GlobalVariable* list = module.getNamedGlobal("llvm.global.annotations");
  if (list == nullptr || !list->hasInitializer()) return result;
  for (const llvm::Use& use : list->getInitializer()->operands()) {
    const auto* entry = llvm::cast<llvm::Constant>(use.get());
    if (entry->getNumOperands() < 5) continue;
    auto* target = llvm::dyn_cast<llvm::GlobalValue>(entry->getOperand(0)->stripPointerCasts());
    if (target == nullptr) continue;
    result.push_back({target, TextOf(*llvm::cast<llvm::Constant>(entry->getOperand(1))),
                      NumbersOf(*llvm::cast<llvm::Constant>(entry->getOperand(4)))});
  }
  return result;
}

}  // namespace opensupa::cc
