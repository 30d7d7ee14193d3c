#include "vector/lane_copies.h"

#include <vector>

namespace opensupa::cc {

using llvm::Value;

LaneCopies::Places LaneCopies::PlacesOf(Value* pointer, unsigned bytes) {
  Places places;
  const unsigned lanes = values_.lanes();
  const unsigned in_register = vector_bytes_ / bytes;
  const LaneShape shape = values_.shapes().Of(pointer);
  if (values_.rows() == 1 && shape.strided() && shape.casts.empty() &&
      shape.stride == static_cast<int64_t>(bytes)) {
    Value* first = values_.Scalar(pointer);
    for (unsigned lane = 0; lane < lanes; lane += in_register) {
      places.addresses.push_back(
          builder().CreateConstGEP1_64(builder().getInt8Ty(), first, uint64_t{lane} * bytes));
    }
    return places;
  }
  llvm::Type* number = builder().getInt64Ty();
  Value* addresses = values_.Vector(pointer);
  llvm::SmallVector<llvm::Constant*, 32> offsets;
  llvm::SmallVector<int, 32> next;
  for (unsigned lane = 0; lane < lanes; ++lane) {
    const unsigned first = lane / in_register * in_register;
    offsets.push_back(llvm::ConstantInt::get(number, uint64_t{lane - first} * bytes));
    next.push_back(static_cast<int>(first + (lane + 1 - first) % in_register));
  }
  // Neighbours have the same distance from the first one's place.
  Value* starts = builder().CreateSub(builder().CreatePtrToInt(addresses, values_.Widen(number)),
                                      llvm::ConstantVector::get(offsets));
  Value* differ = builder().CreateICmpNE(starts, builder().CreateShuffleVector(starts, next));
  places.together = builder().CreateIsNull(values_.Bits(differ));
  for (unsigned lane = 0; lane < lanes; lane += in_register) {
    places.addresses.push_back(builder().CreateExtractElement(addresses, uint64_t{lane}));
  }
  return places;
}

bool LaneCopies::Emit(const llvm::MemCpyInst& copy, const std::function<void()>& apart) {
  const auto* length = llvm::dyn_cast<llvm::ConstantInt>(copy.getLength());
  if (length == nullptr || copy.isVolatile() || values_.shapes().IsUniform(copy.getDest())) {
    return false;
  }
  const uint64_t bytes = length->getZExtValue();
  if (!llvm::isPowerOf2_64(bytes) || bytes * 2 > vector_bytes_ ||
      values_.lanes() % (vector_bytes_ / bytes) != 0) {
    return false;
  }
  const Places from = PlacesOf(copy.getSource(), static_cast<unsigned>(bytes));
  const Places to = PlacesOf(copy.getDest(), static_cast<unsigned>(bytes));
  Value* together = from.together;
  if (to.together != nullptr) {
    together = together == nullptr ? to.together : builder().CreateAnd(together, to.together);
  }
  llvm::BasicBlock* after = nullptr;
  if (together != nullptr) {
    llvm::BasicBlock* whole = values_.NewBlock("copy");
    llvm::BasicBlock* parts = values_.NewBlock("copy.apart");
    after = values_.NewBlock("copied");
    builder().CreateCondBr(together, whole, parts);
    const LaneValues::Known known = values_.Mark();
    builder().SetInsertPoint(parts);
    apart();
    builder().CreateBr(after);
    values_.Return(known);
    builder().SetInsertPoint(whole);
  }
  auto* type = llvm::FixedVectorType::get(builder().getInt32Ty(), vector_bytes_ / 4);
  std::vector<Value*> loaded;
  for (Value* address : from.addresses) {
    loaded.push_back(
        builder().CreateAlignedLoad(type, address, copy.getSourceAlign().valueOrOne()));
  }
  for (size_t i = 0; i < loaded.size(); ++i) {
    builder().CreateAlignedStore(loaded[i], to.addresses[i], copy.getDestAlign().valueOrOne());
  }
  if (after != nullptr) {
    builder().CreateBr(after);
    builder().SetInsertPoint(after);
  }
  return true;
}

}  // namespace opensupa::cc
