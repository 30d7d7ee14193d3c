#include "vector/matrix_memory.h"

#include <algorithm>

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Module.h"
#include "opensupa/binary/device_abi.h"
#include "vector/interleave_locals.h"

namespace opensupa::cc {

using binary::abi::kMatrixByColumns;
using binary::abi::kMatrixStore;
using binary::abi::kWarpSize;
using binary::abi::MatrixOrder;
using llvm::Value;

namespace {

unsigned ElementsOf(const Value* vector) {
  return llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements();
}
unsigned BytesOf(const Value* vector) {
  return vector->getType()->getScalarSizeInBits() / 8 * ElementsOf(vector);
}

}  // namespace

bool MatrixMemory::IsArray(const Value* pointer) {
  const auto* local = llvm::dyn_cast<llvm::AllocaInst>(llvm::getUnderlyingObject(pointer));
  return local != nullptr && InterleavedElementBytes(*local) != 0;
}

Value* MatrixMemory::First(Value* value) {
  const LaneShape shape = values_.shapes().Of(value);
  if (!shape.varying()) return values_.Scalar(value);
  return builder().CreateExtractElement(values_.Vector(value), uint64_t{0});
}

Value* MatrixMemory::At(Value* base, uint64_t offset_bytes) {
  return offset_bytes == 0
             ? base
             : builder().CreateConstGEP1_64(builder().getInt8Ty(), base, offset_bytes);
}

Value* MatrixMemory::ArrayOf(Value* pointer, unsigned count, unsigned bytes, bool read) {
  if (IsArray(pointer)) return values_.Scalar(pointer);
  llvm::AllocaInst* array = values_.NewMemory(
      llvm::ArrayType::get(builder().getInt8Ty(), uint64_t{count} * bytes), "fragment");
  if (read) CopyElements(pointer, array, count, bytes, /*to_array=*/true);
  return array;
}

void MatrixMemory::WriteBack(Value* pointer, Value* array, unsigned count, unsigned bytes) {
  if (!IsArray(pointer)) CopyElements(pointer, array, count, bytes, /*to_array=*/false);
}

/// Between the fragments of the lanes, wherever they are, and an array.
void MatrixMemory::CopyElements(Value* pointer, Value* array, unsigned count, unsigned bytes,
                                bool to_array) {
  llvm::Type* element = builder().getIntNTy(8 * bytes);
  llvm::Type* wide = values_.Widen(element);
  Value* lanes = values_.Vector(pointer);
  Value* all = values_.MaskOrAll(nullptr);
  const llvm::Align align(bytes);
  for (unsigned i = 0; i < count / kWarpSize; ++i) {
    Value* addresses = builder().CreateConstGEP1_32(element, lanes, i);
    Value* place = At(array, uint64_t{i} * kWarpSize * bytes);
    if (to_array) {
      builder().CreateAlignedStore(builder().CreateMaskedGather(wide, addresses, align, all), place,
                                   align);
    } else {
      builder().CreateMaskedScatter(builder().CreateAlignedLoad(wide, place, align), addresses,
                                    align, all);
    }
  }
}

// --- Lines ---------------------------------------------------------------------------------------

MatrixMemory::Line MatrixMemory::LoadLine(Value* address, unsigned length, unsigned bytes) {
  const unsigned piece = std::min(length, vector_bytes_ / bytes);
  auto* type = llvm::FixedVectorType::get(builder().getIntNTy(8 * bytes), piece);
  Line line;
  for (unsigned i = 0; i < length; i += piece) {
    line.push_back(
        builder().CreateAlignedLoad(type, At(address, uint64_t{i} * bytes), llvm::Align(bytes)));
  }
  return line;
}

void MatrixMemory::StoreLine(const Line& line, Value* address) {
  uint64_t offset_bytes = 0;
  for (Value* piece : line) {
    builder().CreateAlignedStore(piece, At(address, offset_bytes),
                                 llvm::Align(piece->getType()->getScalarSizeInBits() / 8));
    offset_bytes += BytesOf(piece);
  }
}

/// `count` elements from `first` on; both are multiples, or parts, of a piece.
MatrixMemory::Line MatrixMemory::Part(const Line& line, unsigned first, unsigned count) {
  const unsigned in_piece = ElementsOf(line.front());
  const auto begin = line.begin() + first / in_piece;
  if (count >= in_piece) return Line(begin, begin + count / in_piece);
  llvm::SmallVector<int, 64> sources;
  for (unsigned i = 0; i < count; ++i) sources.push_back(static_cast<int>(first % in_piece + i));
  return {builder().CreateShuffleVector(*begin, sources)};
}

/// Elements from `first` on of `one` and `two` in turns, `count` of each.
Value* MatrixMemory::Interleave(Value* one, Value* two, unsigned first, unsigned count) {
  llvm::SmallVector<int, 64> sources;
  for (unsigned i = first; i < first + count; ++i) {
    sources.push_back(static_cast<int>(i));
    sources.push_back(static_cast<int>(i + ElementsOf(one)));
  }
  return builder().CreateShuffleVector(one, two, sources);
}

/// The elements of two lines in turns.
MatrixMemory::Line MatrixMemory::Zip(const Line& one, const Line& two) {
  Line zipped;
  for (size_t i = 0; i < one.size(); ++i) {
    const unsigned count = ElementsOf(one[i]);
    if (2 * BytesOf(one[i]) <= vector_bytes_) {
      zipped.push_back(Interleave(one[i], two[i], 0, count));
    } else {
      zipped.push_back(Interleave(one[i], two[i], 0, count / 2));
      zipped.push_back(Interleave(one[i], two[i], count / 2, count / 2));
    }
  }
  return zipped;
}

/// The first elements of all lines, then the second ones and so on. There are 2^n lines.
MatrixMemory::Line MatrixMemory::Transpose(std::vector<Line> lines) {
  while (lines.size() > 1) {
    const size_t half = lines.size() / 2;
    for (size_t i = 0; i < half; ++i) lines[i] = Zip(lines[i], lines[i + half]);
    lines.resize(half);
  }
  return lines.front();
}

// --- Moves ---------------------------------------------------------------------------------------

void MatrixMemory::Move(const llvm::CallInst& call) {
  const auto kind =
      static_cast<uint32_t>(llvm::cast<llvm::ConstantInt>(call.getArgOperand(0))->getZExtValue());
  const bool is_store = (kind & kMatrixStore) != 0;
  const bool by_columns = (kind & kMatrixByColumns) != 0;
  const unsigned bytes = binary::abi::MatrixMoveBytes(kind);
  const MatrixOrder order =
      MatrixOrderOf(binary::abi::MatrixUseOf(kind), binary::abi::MatrixShapeIndexOf(kind), bytes);
  Value* fragment = call.getArgOperand(1);
  Value* array = ArrayOf(fragment, order.count(), bytes, is_store);
  Value* memory = First(call.getArgOperand(2));
  Value* stride_bytes = builder().CreateMul(
      builder().CreateZExt(First(call.getArgOperand(3)), builder().getInt64Ty()),
      builder().getInt64(bytes));
  const auto line_at = [&](unsigned i) {
    return builder().CreateGEP(builder().getInt8Ty(), memory,
                               builder().CreateMul(stride_bytes, builder().getInt64(i)));
  };
  const unsigned length = order.by_columns ? order.rows : order.columns;
  const unsigned count = order.count() / length;  // lines
  const unsigned together = order.group;
  if (by_columns == order.by_columns) {
    // Lines of memory are lines of the fragment, or groups of them are interleaved.
    for (unsigned i = 0; i < count; i += together) {
      Value* place = At(array, uint64_t{i} * length * bytes);
      if (is_store) {
        StoreLine(LoadLine(place, length, bytes), line_at(i));
        continue;
      }
      std::vector<Line> lines;
      for (unsigned j = 0; j < together; ++j)
        lines.push_back(LoadLine(line_at(i + j), length, bytes));
      StoreLine(Transpose(std::move(lines)), place);
    }
  } else if (is_store) {
    std::vector<Line> lines;
    for (unsigned i = 0; i < count; ++i) {
      lines.push_back(LoadLine(At(array, uint64_t{i} * length * bytes), length, bytes));
    }
    const Line all = Transpose(std::move(lines));
    for (unsigned i = 0; i < length; ++i) StoreLine(Part(all, i * count, count), line_at(i));
  } else {
    std::vector<Line> lines;
    for (unsigned i = 0; i < length; ++i) {
      lines.push_back(LoadLine(line_at(i), count / together, bytes * together));
    }
    StoreLine(Transpose(std::move(lines)), array);
  }
  if (!is_store) WriteBack(fragment, array, order.count(), bytes);
}

}  // namespace opensupa::cc
