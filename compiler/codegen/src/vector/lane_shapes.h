#pragma once

#include <map>
#include <set>
#include <vector>

#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/PostDominators.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"

namespace opensupa::cc {

/// How a value differs between the lanes of a vector, which are one row of threads or several.
struct LaneShape {
  enum class Kind {
    kUnknown,  // nothing reaches it yet
    kUniform,  // the same in all lanes
    kStrided,  // lane i of a row has the value of its lane 0 plus i * stride
    kVarying,
  };
  using Casts = llvm::SmallVector<const llvm::CastInst*, 2>;

  Kind kind = Kind::kUnknown;
  int64_t stride = 0;  // of an integer in units, of a pointer in bytes
  /// Widened integers: the stride holds only if none of these wrapped between the lanes.
  Casts casts;
  /// Whether rows differ: each has a lane 0 of its own, or its own values.
  bool by_row = false;

  static LaneShape Uniform() { return {Kind::kUniform, 0, {}}; }
  static LaneShape Varying(bool by_row = false) { return {Kind::kVarying, 0, {}, by_row}; }
  static LaneShape Strided(int64_t stride, Casts casts = {}, bool by_row = false) {
    return stride == 0 && casts.empty() && !by_row
               ? Uniform()
               : LaneShape{Kind::kStrided, stride, casts, by_row};
  }
  /// The same in all lanes of a row.
  static LaneShape SameInRow(bool by_row) { return Strided(0, {}, by_row); }
  bool uniform() const { return kind == Kind::kUniform; }
  bool strided() const { return kind == Kind::kStrided; }
  bool varying() const { return kind == Kind::kVarying; }
  bool same_in_row() const { return uniform() || (strided() && stride == 0 && casts.empty()); }
  bool operator==(const LaneShape&) const = default;
};

/// Shapes of all values of a function, and the branches and loops that lanes take differently.
///
/// The function must have a single returning block, no switch, LCSSA form and simplified loops.
class LaneShapes {
 public:
  struct Options {
    /// Whether local variables differ from lane to lane by a stride (false: in any way).
    bool locals_are_strided = true;
    /// Whether lanes that return early leave the others as they are, instead of parting from them
    /// until the end.
    bool early_exits = false;
    /// Lanes of a row of a vector; 0 if their number says nothing about values.
    unsigned row_lanes = 0;
    /// Whether a vector has several rows.
    bool has_rows = false;
    /// For each argument, how many low bits of lane 0's value are zero; empty if nothing is known.
    std::vector<unsigned> zero_bits = {};
  };

  /// `arguments` are the shapes of the function's arguments.
  LaneShapes(llvm::Function& function, std::vector<LaneShape> arguments,
             const llvm::LoopInfo& loops, const llvm::PostDominatorTree& post_dominators,
             Options options);

  LaneShape Of(const llvm::Value* value) const;
  bool IsUniform(const llvm::Value* value) const { return Of(value).uniform(); }
  /// True for a conditional branch that the lanes of a vector may take differently.
  bool IsDivergent(const llvm::BasicBlock& block) const { return divergent_.contains(&block); }
  /// The successor through which some lanes of `block` return early, or null.
  llvm::BasicBlock* EarlyExitOf(const llvm::BasicBlock& block) const {
    const auto found = exits_.find(&block);
    return found == exits_.end() ? nullptr : found->second;
  }
  /// How many low bits of lane 0's value are known to be zero.
  unsigned ZeroBits(const llvm::Value* value, unsigned depth = 0) const;
  /// For a number that is the same in all lanes but for low bits which are zero in lane 0: how many
  /// bits those are. 0 for others.
  unsigned OffsetBits(const llvm::Value* value) const;
  bool has_early_exits() const { return !exits_.empty(); }
  /// True for a loop that lanes may leave in different iterations.
  bool IsDivergent(const llvm::Loop& loop) const { return divergent_loops_.contains(&loop); }
  /// Where the lanes that part at the end of `block` are together again, or null.
  llvm::BasicBlock* JoinOf(const llvm::BasicBlock& block) const;
  /// Blocks between the divergent branch of `block` and its join.
  const std::set<const llvm::BasicBlock*>& RegionOf(const llvm::BasicBlock& block) const {
    return regions_.at(&block);
  }

 private:
  void Solve(llvm::Function& function);
  LaneShape Transfer(const llvm::Instruction& instruction) const;
  LaneShape TransferBinary(const llvm::BinaryOperator& binary) const;
  LaneShape TransferBits(const llvm::BinaryOperator& binary) const;
  LaneShape TransferCast(const llvm::CastInst& cast) const;
  LaneShape TransferGep(const llvm::GetElementPtrInst& gep) const;
  LaneShape TransferPhi(const llvm::PHINode& phi) const;
  LaneShape TransferCall(const llvm::CallInst& call) const;
  bool LanesAgreeOn(const llvm::ICmpInst& compare) const;
  bool MarkDivergent(const llvm::BasicBlock& block);
  llvm::BasicBlock* FindEarlyExit(const llvm::BasicBlock& block) const;
  bool MarkDivergent(const llvm::Loop& loop);

  const llvm::DataLayout& layout_;
  const llvm::LoopInfo& loops_;
  const llvm::PostDominatorTree& post_dominators_;
  const Options options_;
  std::map<const llvm::Value*, LaneShape> shapes_;
  std::set<const llvm::PHINode*> mixed_;  // phis at which lanes come from different blocks
  std::set<const llvm::BasicBlock*> divergent_;
  std::map<const llvm::BasicBlock*, llvm::BasicBlock*> exits_;
  std::set<const llvm::Loop*> divergent_loops_;
  std::map<const llvm::BasicBlock*, std::set<const llvm::BasicBlock*>> regions_;
};

}  // namespace opensupa::cc
