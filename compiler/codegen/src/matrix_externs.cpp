#include "matrix_externs.h"

#include <vector>

#include "extern_calls.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "opensupa/binary/device_abi.h"
#include "opensupa/binary/matrix_abi.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

using binary::abi::kMatrixByColumns;
using binary::abi::kMatrixStore;
using binary::abi::kWarpSize;
using binary::abi::MatrixKind;
using binary::abi::MatrixOrder;
using llvm::Value;

uint32_t DescriptorOf(const llvm::CallInst& call) {
  return static_cast<uint32_t>(
      llvm::cast<llvm::ConstantInt>(call.getArgOperand(0))->getZExtValue());
}

class MoveOfThread {
 public:
  explicit MoveOfThread(llvm::CallInst& call) : call_(call), builder_(&call) {}

  void Expand() {
    const uint32_t kind = DescriptorOf(call_);
    const uint32_t bytes = binary::abi::MatrixMoveBytes(kind);
    const MatrixOrder order =
        MatrixOrderOf(binary::abi::MatrixUseOf(kind), binary::abi::MatrixShapeIndexOf(kind), bytes);
    Meet();
    llvm::Type* type = builder_.getIntNTy(8 * bytes);
    Value* lane = builder_.CreateCall(
        call_.getModule()->getOrInsertFunction("__su_laneid", builder_.getInt32Ty()));
    for (uint32_t i = 0; i < order.count() / kWarpSize; ++i) {
      Value* index = IndexOf(order, builder_.CreateAdd(lane, builder_.getInt32(kWarpSize * i)),
                             (kind & kMatrixByColumns) != 0);
      Value* memory = builder_.CreateGEP(type, call_.getArgOperand(2), index);
      Value* element = builder_.CreateConstGEP1_32(type, call_.getArgOperand(1), i);
      const bool is_store = (kind & kMatrixStore) != 0;
      Value* value =
          builder_.CreateAlignedLoad(type, is_store ? element : memory, llvm::Align(bytes));
      builder_.CreateAlignedStore(value, is_store ? memory : element, llvm::Align(bytes));
    }
    Meet();
    call_.eraseFromParent();
  }

 private:
  void Meet() {
    llvm::Type* number = builder_.getInt32Ty();
    llvm::Type* value = builder_.getInt64Ty();
    auto* meet = builder_.CreateCall(
        call_.getModule()->getOrInsertFunction(kWarpExchangeExtern, value, number, number, value,
                                               number),
        {builder_.getInt32(~0u), builder_.getInt32(0), builder_.getInt64(0), builder_.getInt32(0)});
    meet->copyMetadata(call_);
  }

  /// Where element `number` is in memory, in elements.
  Value* IndexOf(const MatrixOrder& order, Value* number, bool by_columns) {
    const uint32_t length = order.by_columns ? order.rows : order.columns;
    const auto constant = [this](uint32_t value) { return builder_.getInt32(value); };
    Value* group = builder_.CreateUDiv(number, constant(order.group));
    Value* in_line = builder_.CreateURem(group, constant(length));
    Value* line = builder_.CreateAdd(
        builder_.CreateMul(builder_.CreateUDiv(group, constant(length)), constant(order.group)),
        builder_.CreateURem(number, constant(order.group)));
    if (by_columns != order.by_columns) std::swap(line, in_line);
    llvm::Type* wide = builder_.getInt64Ty();
    Value* start = builder_.CreateMul(builder_.CreateZExt(line, wide),
                                      builder_.CreateZExt(call_.getArgOperand(3), wide));
    return builder_.CreateAdd(start, builder_.CreateZExt(in_line, wide));
  }

  llvm::CallInst& call_;
  llvm::IRBuilder<> builder_;
};

}  // namespace

void ExpandMatrixMoves(llvm::Module& module) {
  for (llvm::CallInst* call : CallsOf(module, kMatrixMoveExtern)) MoveOfThread(*call).Expand();
}

void MarkNativeBf16(llvm::Module& module) {
  for (llvm::CallInst* call : CallsOf(module, kMatrixMultiplyExtern)) {
    const uint32_t kind = DescriptorOf(*call);
    if (binary::abi::MatrixKindOf(kind) != MatrixKind::kBf16) continue;
    call->setArgOperand(0, llvm::ConstantInt::get(call->getArgOperand(0)->getType(),
                                                  kind | binary::abi::kMatrixNativeBf16));
  }
}

}  // namespace opensupa::cc
