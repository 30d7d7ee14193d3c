#pragma once

#include <vector>

#include "opensupa/binary/matrix_abi.h"
#include "vector/lane_values.h"

namespace opensupa::cc {

/// What code for matrices may use.
struct MatrixTarget {
  unsigned vector_bytes = 16;  // of a register
  bool is_x86 = false;
  bool has_fma = false;           // and conversions of half
  bool has_dot_products = false;  // AVX512_BF16 and AVX512_VNNI
};

/// Fragments of a warp as plain arrays, and their way from and to memory.
///
/// The elements of a fragment lie in the order of their numbers (binary::abi::MatrixOrder), as the
/// locals of 32 lanes do when they are interleaved.
class MatrixMemory {
 public:
  MatrixMemory(LaneValues& values, unsigned vector_bytes)
      : values_(values), vector_bytes_(vector_bytes) {}

  /// Emits `__su_matrix_move` for the whole warp.
  void Move(const llvm::CallInst& call);

  /// The array of the fragments of `count` elements at `pointer`: themselves, or else a copy, whose
  /// contents are read now if `read`.
  llvm::Value* ArrayOf(llvm::Value* pointer, unsigned count, unsigned bytes, bool read);
  /// Writes such a copy back; nothing to do where it is none.
  void WriteBack(llvm::Value* pointer, llvm::Value* array, unsigned count, unsigned bytes);
  /// Whether ArrayOf gives the fragments themselves.
  static bool IsArray(const llvm::Value* pointer);

  /// What all lanes pass alike: that of the first one.
  llvm::Value* First(llvm::Value* value);
  llvm::Value* At(llvm::Value* base, uint64_t offset_bytes);

 private:
  /// A line of elements, in pieces that fit registers.
  using Line = std::vector<llvm::Value*>;

  llvm::IRBuilder<>& builder() { return values_.builder(); }
  void CopyElements(llvm::Value* pointer, llvm::Value* array, unsigned count, unsigned bytes,
                    bool to_array);
  Line LoadLine(llvm::Value* address, unsigned length, unsigned bytes);
  void StoreLine(const Line& line, llvm::Value* address);
  Line Part(const Line& line, unsigned first, unsigned count);
  Line Zip(const Line& one, const Line& two);
  Line Transpose(std::vector<Line> lines);
  llvm::Value* Interleave(llvm::Value* one, llvm::Value* two, unsigned first, unsigned count);

  LaneValues& values_;
  const unsigned vector_bytes_;
};

}  // namespace opensupa::cc
