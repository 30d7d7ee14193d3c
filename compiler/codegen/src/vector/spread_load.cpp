#include "vector/spread_load.h"

namespace opensupa::cc {

llvm::Value* EmitSpreadLoad(LaneValues& values, llvm::LoadInst& load) {
  llvm::IRBuilder<>& builder = values.builder();
  llvm::Value* pointer = load.getPointerOperand();
  const int64_t stride_bytes = values.shapes().Of(pointer).stride;
  llvm::Value* result = llvm::PoisonValue::get(values.Widen(load.getType()));
  for (unsigned lane = 0; lane < values.lanes(); ++lane) {
    const int64_t offset_bytes = lane % values.row_lanes() * stride_bytes;
    llvm::Value* first = values.Scalar(pointer, lane / values.row_lanes());
    llvm::Value* address = builder.CreateGEP(builder.getInt8Ty(), first,
                                             builder.getInt64(static_cast<uint64_t>(offset_bytes)));
    llvm::Value* element = builder.CreateAlignedLoad(load.getType(), address, load.getAlign());
    result = builder.CreateInsertElement(result, element, uint64_t{lane});
  }
  return result;
}

}  // namespace opensupa::cc
