#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "vector/flow_analyses.h"
#include "vector/lane_instructions.h"

namespace opensupa::cc {

/// Emits the control flow of a scalar function for the lanes of a vector.
///
/// Where lanes go the same way, blocks and branches stay what they are ("real"). Where they part,
/// the blocks up to the place where they meet again run one after another, each for the lanes that
/// come to it, and are left out when there are none. A region that all lanes of a full vector enter
/// the same way is there twice: once for that case, in which nothing needs a mask.
class LaneFlow {
 public:
  using Blocks = std::set<const llvm::BasicBlock*>;
  /// Where lanes go that leave what is being emitted: the mask of those lanes, or null for all.
  using Leave =
      std::function<void(llvm::BasicBlock& from, llvm::BasicBlock& to, llvm::Value* mask)>;
  /// Ends the way of all lanes at a block that ends in a barrier or in a return.
  using End = std::function<void(llvm::BasicBlock& block)>;

  LaneFlow(const FlowAnalyses& analyses, LaneValues& values, LaneInstructions& instructions);

  /// The way of lanes through real blocks.
  struct Real {
    Blocks members;
    llvm::BasicBlock* entry = nullptr;
    llvm::Value* mask = nullptr;            // null for all lanes
    llvm::AllocaInst* mask_slot = nullptr;  // where the mask is, if it changes on the way
    Leave leave;                            // stores the phis of an edge out of the members
    std::function<void()> after;            // ends the block behind such an edge
    End end;                                // null where no member ends
    // Where some lanes return early: keeps those that stay, and goes on with `stay` or ends.
    std::function<void(llvm::BasicBlock& block, llvm::Value* leaving, llvm::BasicBlock& stay)> exit;
    // Set by EmitReal: the blocks that stand for the members.
    std::map<const llvm::BasicBlock*, llvm::BasicBlock*> made;
  };

  /// Lets as much be emitted twice as if nothing had been yet.
  void AllowCopies() { copies_left_ = most_copies_; }
  /// Makes the blocks that stand for the members of `real`; false if it cannot be emitted.
  bool Plan(Real& real);
  /// Emits what was planned; the current block goes to its entry.
  void EmitReal(Real& real);
  /// Gives the phis of `to` what they get from `from`, in the lanes of `mask`.
  void StorePhis(llvm::BasicBlock& from, llvm::BasicBlock& to, llvm::Value* mask);

  /// What could not be emitted, or null.
  const char* failure() const { return failure_; }

 private:
  struct Region {
    Blocks blocks;
    llvm::BasicBlock* join;
  };
  using Regions = std::map<const llvm::BasicBlock*, Region>;
  /// Masks of the blocks of a region that is run in order.
  using Masks = std::map<const llvm::BasicBlock*, llvm::AllocaInst*>;
  /// Lanes that run a block: all of a mask, which is null for all lanes.
  struct Lanes {
    llvm::Value* mask;
    bool some;  // there is at least one
  };

  bool Fail(const char* reason);
  std::vector<llvm::BasicBlock*> Ordered(const Blocks& members) const;
  static Blocks Reach(const llvm::BasicBlock& block, const llvm::BasicBlock& join);
  const llvm::BasicBlock* CloseRegion(const llvm::BasicBlock* block, const Blocks& members,
                                      Blocks& region, const llvm::BasicBlock*& join) const;
  bool FindRegions(const Blocks& members, Regions& regions, Blocks& absorbed);
  bool AbsorbLoop(const llvm::Loop& loop, const Blocks& members, Regions& regions,
                  Blocks& absorbed);
  const llvm::Loop* DivergentLoopAt(const llvm::BasicBlock& block) const;
  const llvm::Loop* ChildLoop(const llvm::BasicBlock& block, const llvm::Loop* context) const;
  bool IsInevitable(const llvm::BasicBlock& block, const llvm::BasicBlock& from,
                    const Blocks& blocks, const llvm::Loop* context) const;
  bool TakeTwice(const Blocks& blocks);
  bool IsCheap(const llvm::BasicBlock& block, const llvm::Loop* context) const;

  void EmitBody(llvm::BasicBlock& block, llvm::Value* mask);
  void EmitRealTerminator(llvm::BasicBlock& block, llvm::Value* mask, Real& real);
  void EmitEdge(llvm::BasicBlock& from, llvm::BasicBlock& to, llvm::Value* mask, Real& real);
  void EmitRegion(llvm::BasicBlock& block, llvm::Value* mask, const Region& region);
  void EmitByAgreement(llvm::BasicBlock& block, const Region& region);
  void EmitTogether(llvm::BasicBlock& block, llvm::BasicBlock& next, const Region& region,
                    llvm::BasicBlock* after);
  void EmitMaskedRegion(llvm::BasicBlock& block, llvm::Value* mask, const Region& region);
  void EmitLoopRegion(const llvm::Loop& loop, llvm::Value* mask, const Region& region);
  void EmitLinear(const Blocks& blocks, const Masks& masks, const llvm::BasicBlock& entry,
                  llvm::Value* entry_mask, const llvm::Loop* context, const Leave& edges);
  void EmitLoopUnderMask(const llvm::Loop& loop, llvm::Value* mask, const Leave& edges);
  void EmitDivergentLoop(const llvm::Loop& loop, llvm::Value* mask, const Leave& edges);
  void EmitIteration(const llvm::Loop& loop, llvm::Value* live, llvm::AllocaInst* again,
                     const Leave& edges);
  void EmitMaskedEdges(llvm::BasicBlock& block, llvm::Value* mask, const Leave& leave);
  std::vector<llvm::BasicBlock*> LinearOrder(const Blocks& blocks, const llvm::Loop* context) const;
  Masks MakeMasks(const Blocks& blocks);
  Leave EdgesInto(const Masks& masks);
  llvm::Value* And(llvm::Value* mask, llvm::Value* condition, bool wanted);
  void AddLanes(llvm::AllocaInst* slot, llvm::Value* mask);
  llvm::Type* MaskType();

  llvm::IRBuilder<>& builder() { return values_.builder(); }

  const FlowAnalyses& analyses_;
  const LaneShapes& shapes_;
  LaneValues& values_;
  LaneInstructions& instructions_;
  std::map<const Real*, std::pair<Regions, Blocks>> planned_;
  unsigned depth_ = 0;      // of copies within copies
  size_t most_copies_ = 0;  // instructions that may be emitted once more
  size_t copies_left_ = 0;  // instructions that may be emitted once more
  const char* failure_ = nullptr;
};

}  // namespace opensupa::cc
