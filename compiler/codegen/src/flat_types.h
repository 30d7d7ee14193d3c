#pragma once

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

namespace opensupa::cc {

/// Maps every type to the same type with all pointers in address space 0.
class FlatTypes : public llvm::ValueMapTypeRemapper {
 public:
  llvm::Type* remapType(llvm::Type* type) override;

 private:
  llvm::Type* Map(llvm::Type* type);
  llvm::Type* MapStruct(llvm::StructType* type);

  llvm::DenseMap<llvm::Type*, llvm::Type*> cache_;
};

/// Maps constant address space casts to what they cast, since all spaces become one.
class FlatCasts : public llvm::ValueMaterializer {
 public:
  FlatCasts(llvm::ValueToValueMapTy& values, FlatTypes& types, llvm::RemapFlags flags)
      : values_(values), types_(types), flags_(flags) {}

  llvm::Value* materialize(llvm::Value* value) override;

 private:
  llvm::ValueToValueMapTy& values_;
  FlatTypes& types_;
  llvm::RemapFlags flags_;
};

}  // namespace opensupa::cc
