#include "vector/matrix_groups.h"

#include <algorithm>

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Module.h"
#include "opensupa/binary/matrix_abi.h"
#include "vector/matrix_memory.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {

using binary::abi::kMatrixShapes;
using binary::abi::MatrixKind;
using llvm::Value;

namespace {

bool IsTurned(uint32_t kind) {
  const auto& shape = kMatrixShapes[binary::abi::MatrixShapeIndexOf(kind)];
  return shape.n < shape.m;
}

/// A piece of a local variable.
struct Piece {
  const Value* base;
  int64_t begin, end;
  bool Overlaps(const Piece& other) const {
    return base == other.base && begin < other.end && other.begin < end;
  }
};

/// What `pointer`, the fragments of `count` elements, takes; no base if that is not known.
Piece PieceOf(const Value* pointer, uint64_t bytes, const llvm::DataLayout& layout) {
  if (!MatrixMemory::IsArray(pointer)) return {nullptr, 0, 0};
  int64_t offset = 0;
  const Value* base = llvm::GetPointerBaseWithConstantOffset(pointer, offset, layout);
  if (!llvm::isa<llvm::AllocaInst>(base)) return {nullptr, 0, 0};
  return {base, offset, offset + static_cast<int64_t>(bytes)};
}

/// Whether `later` may be done at the same time as `earlier`, of the same kind.
bool AreIndependent(const llvm::CallInst& earlier, const llvm::CallInst& later) {
  const llvm::DataLayout& layout = later.getModule()->getDataLayout();
  const uint32_t kind = MatrixKindNumber(later);
  const auto& shape = kMatrixShapes[binary::abi::MatrixShapeIndexOf(kind)];
  const bool is_double = binary::abi::MatrixKindOf(kind) == MatrixKind::kF64;
  const uint64_t sum_bytes = is_double ? 8 : 4, sums = uint64_t{shape.m} * shape.n * sum_bytes;
  const uint64_t most = 32 * uint64_t{shape.k} * sum_bytes;  // of a factor
  const auto piece = [&](const llvm::CallInst& call, unsigned operand) {
    return PieceOf(call.getArgOperand(operand), operand == 2 || operand == 3 ? most : sums, layout);
  };
  const Piece d1 = piece(earlier, 1), d2 = piece(later, 1);
  if (d1.base == nullptr || d2.base == nullptr || d1.Overlaps(d2)) return false;
  for (unsigned operand = 2; operand <= 4; ++operand) {
    const Piece one = piece(earlier, operand), two = piece(later, operand);
    if (one.base == nullptr || two.base == nullptr || one.Overlaps(d2) || two.Overlaps(d1)) {
      return false;
    }
  }
  return true;
}

}  // namespace

uint32_t MatrixKindNumber(const llvm::CallInst& call) {
  return static_cast<uint32_t>(
      llvm::cast<llvm::ConstantInt>(call.getArgOperand(0))->getZExtValue());
}
Value* SingleFactorOf(const llvm::CallInst& call) {
  return call.getArgOperand(IsTurned(MatrixKindNumber(call)) ? 3 : 2);
}
Value* ColumnFactorOf(const llvm::CallInst& call) {
  return call.getArgOperand(IsTurned(MatrixKindNumber(call)) ? 2 : 3);
}

MatrixGroups FindMatrixGroups(llvm::Function& function) {
  MatrixGroups groups;
  for (llvm::BasicBlock& block : function) {
    std::vector<llvm::CallInst*> open;
    const auto close = [&] {
      if (!open.empty()) groups[open.back()] = open;
      open.clear();
    };
    for (llvm::Instruction& instruction : block) {
      if (!IsMatrixMultiplication(instruction)) {
        if (instruction.mayReadOrWriteMemory()) close();
        continue;
      }
      auto* call = llvm::cast<llvm::CallInst>(&instruction);
      const bool joins = std::all_of(open.begin(), open.end(), [&](const llvm::CallInst* earlier) {
        return MatrixKindNumber(*earlier) == MatrixKindNumber(*call) &&
               SingleFactorOf(*earlier) == SingleFactorOf(*call) && AreIndependent(*earlier, *call);
      });
      if (!joins) close();
      open.push_back(call);
    }
    close();
  }
  return groups;
}

}  // namespace opensupa::cc
