#pragma once

#include <optional>
#include <set>

#include "vector/lane_values.h"

namespace opensupa::cc {

/// Where the lanes of an access are: at `base` + the constant of each lane.
struct SplitAddress {
  llvm::Value* base;                             // of the vector function
  llvm::SmallVector<int64_t, 64> offsets_bytes;  // of each lane
  uint64_t align_bytes;                          // of `base`
  bool is_shared;                                // whether it leads to the block's shared memory
  llvm::Value* holds;                            // i1: whether it is so in all lanes of the mask
};

/// What is known of values where code begins that is emitted for some blocks.
struct PartFacts {
  struct Known {
    const llvm::Value* value;
    const llvm::ConstantInt* constant;
    std::set<const llvm::BasicBlock*> blocks;  // where it is so
  };
  /// Values that were computed before; what they were made of may be gone. Null for none.
  const std::set<llvm::Instruction*>* live = nullptr;
  std::vector<Known> known;

  /// The constant that `value` is in `block`, or null.
  const llvm::ConstantInt* ConstantOf(const llvm::Value* value, const llvm::BasicBlock& block,
                                      unsigned depth = 0) const;
};

/// Whether `pointer` leads into the block's shared memory, as far as its root says.
bool LeadsToShared(const llvm::Value* pointer);

/// Splits addresses into what all lanes have in common and what only depends on the lane, following
/// sums, products, shifts and bit operations whose operands are known.
class LaneSplitter {
 public:
  explicit LaneSplitter(LaneValues& values) : values_(values) {}

  /// What is known where the code that is emitted from now on begins.
  void SetFacts(PartFacts facts) { facts_ = std::move(facts); }

  /// The split of `pointer`, which an access in `block` uses in the lanes of `mask` (all if null).
  std::optional<SplitAddress> Split(llvm::Value* pointer, const llvm::BasicBlock& block,
                                    llvm::Value* mask);

 private:
  using Offsets = llvm::SmallVector<int64_t, 64>;
  struct Number {
    llvm::Value* base;
    Offsets offsets;
    unsigned zero_bits;  // of `base`
  };
  std::optional<Number> SplitNumber(llvm::Value* value, unsigned depth);
  std::optional<Number> SplitBinary(llvm::BinaryOperator& binary, unsigned depth);
  std::optional<Number> SplitBits(llvm::Instruction::BinaryOps opcode, llvm::Value& value,
                                  const llvm::ConstantInt& constant, unsigned depth);
  std::optional<Number> SplitExtension(llvm::CastInst& cast, unsigned depth);
  std::optional<Number> Leaf(llvm::Value* value);
  bool IsComputedHere(const llvm::Value* value) const;
  bool AddIndices(llvm::GetElementPtrInst& gep, SplitAddress& address);
  void FindShared(const llvm::Value* pointer, SplitAddress& address) const;
  void Require(llvm::Value* condition);
  llvm::IRBuilder<>& builder() { return values_.builder(); }

  LaneValues& values_;
  PartFacts facts_;
  // Of the address that is being split.
  const llvm::BasicBlock* block_ = nullptr;
  llvm::Value* mask_ = nullptr;
  llvm::Value* holds_ = nullptr;
};

}  // namespace opensupa::cc
