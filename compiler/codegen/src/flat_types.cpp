#include "flat_types.h"

#include <vector>

#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"

namespace opensupa::cc {

llvm::Type* FlatTypes::remapType(llvm::Type* type) {
  const auto found = cache_.find(type);
  if (found != cache_.end()) return found->second;
  llvm::Type* mapped = Map(type);
  cache_[type] = mapped;
  return mapped;
}

llvm::Type* FlatTypes::Map(llvm::Type* type) {
  if (type->isPointerTy()) return llvm::PointerType::get(type->getContext(), 0);
  if (auto* structure = llvm::dyn_cast<llvm::StructType>(type)) return MapStruct(structure);
  if (auto* array = llvm::dyn_cast<llvm::ArrayType>(type)) {
    return llvm::ArrayType::get(remapType(array->getElementType()), array->getNumElements());
  }
  if (auto* vector = llvm::dyn_cast<llvm::VectorType>(type)) {
    return llvm::VectorType::get(remapType(vector->getElementType()), vector->getElementCount());
  }
  if (auto* function = llvm::dyn_cast<llvm::FunctionType>(type)) {
    std::vector<llvm::Type*> parameters;
    for (llvm::Type* parameter : function->params()) parameters.push_back(remapType(parameter));
    return llvm::FunctionType::get(remapType(function->getReturnType()), parameters,
                                   function->isVarArg());
  }
  return type;
}

llvm::Type* FlatTypes::MapStruct(llvm::StructType* type) {
  std::vector<llvm::Type*> elements;
  bool changed = false;
  for (llvm::Type* element : type->elements()) {
    elements.push_back(remapType(element));
    changed |= elements.back() != element;
  }
  if (!changed) return type;
  if (type->isLiteral()) {
    return llvm::StructType::get(type->getContext(), elements, type->isPacked());
  }
  return llvm::StructType::create(type->getContext(), elements, type->getName().str() + ".flat",
                                  type->isPacked());
}

llvm::Value* FlatCasts::materialize(llvm::Value* value) {
  auto* cast = llvm::dyn_cast<llvm::ConstantExpr>(value);
  if (cast == nullptr || cast->getOpcode() != llvm::Instruction::AddrSpaceCast) return nullptr;
  return llvm::MapValue(cast->getOperand(0), values_, flags_, &types_, this);
}

}  // namespace opensupa::cc
