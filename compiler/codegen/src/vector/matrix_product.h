#pragma once

#include <vector>

#include "vector/matrix_groups.h"
#include "vector/matrix_memory.h"

namespace opensupa::cc {

/// Emits `__su_mma` for whole warps. Vectors hold elements of a row of D (of a column, where those
/// are longer): for each step along k, what one factor has for the row, times a vector of the other
/// factor, is added.
class MatrixProduct {
 public:
  MatrixProduct(LaneValues& values, const MatrixTarget& target)
      : values_(values), memory_(values, target.vector_bytes), target_(target) {}

  /// Null if `call` can be emitted, else the reason why not.
  static const char* WhyNot(const llvm::CallInst& call, const MatrixTarget& target);

  /// Emits calls of one group.
  void Emit(const std::vector<llvm::CallInst*>& calls);

 private:
  /// A factor as the steps read it.
  struct Factor {
    llvm::Value* base;
    unsigned row_bytes;                  // from row to row of D; 0 for the factor of vectors
    std::vector<unsigned> offset_bytes;  // for each step
  };
  struct Member {
    llvm::CallInst* call;
    Factor columns;
    llvm::Value *c, *d;
    std::vector<llvm::Value*> surplus;  // of the sums of each vector, or none
  };

  void Describe(const llvm::CallInst& call);
  void EmitMembers(const Factor& single, const std::vector<llvm::CallInst*>& calls);
  Factor FactorAt(llvm::Value* pointer, bool is_single);
  void PrepareFloats(Factor& factor, bool is_single);
  void PrepareBytes(Factor& factor, bool is_single);
  void PrepareNibbles(Factor& factor, bool is_single);
  void PrepareDots(Factor& factor);
  void FindSurplus(Member& member);
  llvm::Value* LoadColumns(const Member& member, unsigned step, unsigned vector);
  llvm::AllocaInst* Temporary(uint64_t bytes);
  llvm::Value* ToFloats(llvm::Value* numbers);
  llvm::Value* HalvesToFloats(llvm::Value* halves);
  llvm::Value* FloatsToHalves(llvm::Value* floats);
  llvm::Value* Fma(llvm::Value* x, llvm::Value* y, llvm::Value* sum);
  llvm::Value* AddProducts(llvm::Value* sum, llvm::Value* single, llvm::Value* columns);
  llvm::Value* DotOfPairs(llvm::Value* one, llvm::Value* two);
  llvm::Value* LoadC(llvm::Value* address);
  void StoreD(llvm::Value* sum, llvm::Value* c, llvm::Value* address);
  llvm::Value* Limit(llvm::Value* sum);
  void EmitRows(const Factor& single, std::vector<Member>& members);
  void EmitSomeRows(llvm::Value* row, unsigned rows, const Factor& single,
                    const std::vector<Member>& members);
  llvm::Value* Opaque(llvm::Value* pointer);
  unsigned BytesOfC() const;
  unsigned BytesOfD() const;
  unsigned MostSums() const;
  bool UsesDots() const;
  llvm::IRBuilder<>& builder() { return values_.builder(); }

  LaneValues& values_;
  MatrixMemory memory_;
  const MatrixTarget target_;

  // Of the calls being emitted.
  uint32_t kind_ = 0;
  binary::abi::MatrixKind element_ = binary::abi::MatrixKind::kF16;
  unsigned rows_ = 0, columns_ = 0;   // of D, as it is emitted
  unsigned words_ = 0;                // along k, of word_bytes_
  unsigned word_bytes_ = 0;           // what a lane of a vector takes in one step
  unsigned lanes_ = 0, vectors_ = 0;  // of a vector of sums; vectors in a row of D
  llvm::Type* sum_ = nullptr;         // such a vector
};

}  // namespace opensupa::cc
