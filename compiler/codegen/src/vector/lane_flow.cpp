#include "vector/lane_flow.h"

#include <algorithm>

#include "llvm/IR/CFG.h"
#include "vector/lane_agreement.h"
#include "vector/lane_loops.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {

using llvm::BasicBlock;
using llvm::Loop;
using llvm::Value;

namespace {

// How often, on average, an instruction is there once more for lanes that go together; no more of a
// large kernel, whose code would take minutes to compile.
constexpr size_t kMostCopies = 3, kMostCopiedInstructions = 2000;
// Copies within copies; a chain of branches would make the search for regions dear.
constexpr unsigned kMostNestedCopies = 3;
// Blocks up to this size are run without asking whether any lane comes to them.
constexpr size_t kMostCheapInstructions = 6;

}  // namespace

LaneFlow::LaneFlow(const FlowAnalyses& analyses, LaneValues& values, LaneInstructions& instructions)
    : analyses_(analyses), shapes_(values.shapes()), values_(values), instructions_(instructions) {
  for (const BasicBlock* block : analyses_.order) most_copies_ += kMostCopies * block->size();
  most_copies_ = copies_left_ = std::min(most_copies_, kMostCopiedInstructions);
}

bool LaneFlow::Fail(const char* reason) {
  failure_ = reason;
  return false;
}

// --- Edges ---------------------------------------------------------------------------------------

void LaneFlow::StorePhis(BasicBlock& from, BasicBlock& to, Value* mask) {
  std::vector<LaneValues::Incoming> incoming;
  for (llvm::PHINode& phi : to.phis()) {
    incoming.push_back(values_.Read(phi, phi.getIncomingValueForBlock(&from)));
  }
  for (const LaneValues::Incoming& one : incoming) values_.Give(one, mask);
}

llvm::Type* LaneFlow::MaskType() {
  return llvm::FixedVectorType::get(builder().getInt1Ty(), values_.lanes());
}

Value* LaneFlow::And(Value* mask, Value* condition, bool wanted) {
  if (!wanted) condition = builder().CreateNot(condition);
  if (!condition->getType()->isVectorTy()) {
    condition = builder().CreateVectorSplat(values_.lanes(), condition);
  }
  if (mask == nullptr) return condition;
  // A select, since the condition of lanes that do not take part may be poison.
  return builder().CreateSelect(mask, condition, llvm::Constant::getNullValue(mask->getType()));
}

void LaneFlow::AddLanes(llvm::AllocaInst* slot, Value* mask) {
  if (mask == nullptr) {
    builder().CreateStore(llvm::Constant::getAllOnesValue(MaskType()), slot);
    return;
  }
  builder().CreateStore(builder().CreateOr(builder().CreateLoad(MaskType(), slot), mask), slot);
}

/// Calls `leave` for each edge out of `block`, whose lanes are `mask`.
void LaneFlow::EmitMaskedEdges(BasicBlock& block, Value* mask, const Leave& leave) {
  auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
  if (branch == nullptr) return;
  if (!branch->isConditional()) {
    leave(block, *branch->getSuccessor(0), mask);
    return;
  }
  Value* condition = shapes_.IsUniform(branch->getCondition())
                         ? values_.Scalar(branch->getCondition())
                         : values_.Vector(branch->getCondition());
  Value* taken = And(mask, condition, true);
  Value* not_taken = And(mask, condition, false);
  leave(block, *branch->getSuccessor(0), taken);
  leave(block, *branch->getSuccessor(1), not_taken);
}

LaneFlow::Masks LaneFlow::MakeMasks(const Blocks& blocks) {
  Masks masks;
  for (const BasicBlock* block : blocks) {
    llvm::AllocaInst* slot = values_.NewSlot(MaskType(), block->getName() + ".mask");
    builder().CreateStore(llvm::Constant::getNullValue(MaskType()), slot);
    masks[block] = slot;
    values_.ForgetPhis(*block);
  }
  return masks;
}

LaneFlow::Leave LaneFlow::EdgesInto(const Masks& masks) {
  return [this, &masks](BasicBlock& from, BasicBlock& to, Value* mask) {
    StorePhis(from, to, mask);
    if (const auto slot = masks.find(&to); slot != masks.end()) AddLanes(slot->second, mask);
  };
}

// --- Regions -------------------------------------------------------------------------------------

LaneFlow::Blocks LaneFlow::Reach(const BasicBlock& block, const BasicBlock& join) {
  Blocks region;
  std::vector<const BasicBlock*> work = {&block};
  while (!work.empty()) {
    const BasicBlock* next = work.back();
    work.pop_back();
    for (const BasicBlock* successor : llvm::successors(next)) {
      if (successor != &join && region.insert(successor).second) work.push_back(successor);
    }
  }
  return region;
}

/// The blocks after the branch of `block` up to where its lanes meet; grows upwards until it is
/// entered at one place only. Null if there is no such region.
const BasicBlock* LaneFlow::CloseRegion(const BasicBlock* block, const Blocks& members,
                                        Blocks& region, const BasicBlock*& join) const {
  const BasicBlock* const start = block;
  while (block != nullptr && members.contains(block)) {
    join = shapes_.JoinOf(*block);
    if (join == nullptr) return nullptr;
    region = Reach(*block, *join);
    const bool inside_members = std::all_of(region.begin(), region.end(),
                                            [&](const auto* one) { return members.contains(one); });
    const bool closed = std::all_of(region.begin(), region.end(), [&](const BasicBlock* inside) {
      return std::all_of(
          llvm::pred_begin(inside), llvm::pred_end(inside), [&](const BasicBlock* before) {
            return before == block || region.contains(before) || !members.contains(before);
          });
    });
    const bool has_start = block == start || region.contains(start);
    if (closed && inside_members && has_start && !region.contains(block)) return block;
    const auto* node = analyses_.dominators.getNode(block)->getIDom();
    block = node == nullptr ? nullptr : node->getBlock();
  }
  return nullptr;
}

const Loop* LaneFlow::DivergentLoopAt(const BasicBlock& block) const {
  const Loop* found = nullptr;
  for (const Loop* loop = analyses_.loops.getLoopFor(&block);
       loop != nullptr && loop->getHeader() == &block; loop = loop->getParentLoop()) {
    if (shapes_.IsDivergent(*loop)) found = loop;
  }
  return found;
}

/// The loop that `block` belongs to just below `context`, or null.
const Loop* LaneFlow::ChildLoop(const BasicBlock& block, const Loop* context) const {
  const Loop* loop = analyses_.loops.getLoopFor(&block);
  while (loop != nullptr && loop != context && loop->getParentLoop() != context) {
    loop = loop->getParentLoop();
  }
  return loop == context ? nullptr : loop;
}

bool LaneFlow::FindRegions(const Blocks& members, Regions& regions, Blocks& absorbed) {
  bool again = true;
  while (again) {
    again = false;
    for (BasicBlock* block : Ordered(members)) {
      if (absorbed.contains(block) || regions.contains(block)) continue;
      if (const Loop* loop = DivergentLoopAt(*block);
          loop != nullptr && members.contains(loop->getLoopLatch())) {
        if (!AbsorbLoop(*loop, members, regions, absorbed)) return false;
        continue;
      }
      if (!shapes_.IsDivergent(*block)) continue;
      Region region;
      const BasicBlock* join = nullptr;
      const BasicBlock* from = CloseRegion(block, members, region.blocks, join);
      if (from == nullptr) return Fail("control flow that enters a branch from elsewhere");
      region.join = const_cast<BasicBlock*>(join);
      absorbed.insert(region.blocks.begin(), region.blocks.end());
      for (const BasicBlock* inside : region.blocks) {
        regions.erase(inside);
        if (BarrierAtEndOf(*inside) != nullptr) {
          return Fail("a barrier that some lanes pass by");
        }
      }
      regions[from] = std::move(region);
      again = from != block;
      if (again) break;
    }
  }
  return true;
}

bool LaneFlow::AbsorbLoop(const Loop& loop, const Blocks& members, Regions& regions,
                          Blocks& absorbed) {
  llvm::SmallVector<BasicBlock*, 4> exits;
  loop.getUniqueExitBlocks(exits);
  if (exits.empty()) return Fail("a loop without an end");
  BasicBlock* join = exits.front();
  for (BasicBlock* exit : exits) {
    join = analyses_.post_dominators.findNearestCommonDominator(join, exit);
    if (join == nullptr) return Fail("a loop without an end");
  }
  Region region;
  region.join = join;
  for (BasicBlock* exit : exits) {
    if (exit == join) continue;
    region.blocks.insert(exit);
    const Blocks more = Reach(*exit, *join);
    region.blocks.insert(more.begin(), more.end());
  }
  for (const BasicBlock* inside : region.blocks) {
    if (!members.contains(inside)) return Fail("a loop with exits far apart");
    for (const BasicBlock* before : llvm::predecessors(inside)) {
      if (!region.blocks.contains(before) && !loop.contains(before) && members.contains(before)) {
        return Fail("control flow that enters the exit of a loop from elsewhere");
      }
    }
  }
  absorbed.insert(region.blocks.begin(), region.blocks.end());
  for (const BasicBlock* block : loop.blocks()) {
    if (block != loop.getHeader()) absorbed.insert(block);
    if (regions.contains(block)) regions.erase(block);
  }
  regions[loop.getHeader()] = std::move(region);
  return true;
}

std::vector<BasicBlock*> LaneFlow::Ordered(const Blocks& members) const {
  std::vector<BasicBlock*> order;
  for (BasicBlock* block : analyses_.order) {
    if (members.contains(block)) order.push_back(block);
  }
  return order;
}

/// True if all lanes that run `from` come to `block` before they leave `blocks` or begin the next
/// iteration of `context`.
bool LaneFlow::IsInevitable(const BasicBlock& block, const BasicBlock& from, const Blocks& blocks,
                            const Loop* context) const {
  Blocks seen;
  std::vector<const BasicBlock*> work = {&from};
  while (!work.empty()) {
    const BasicBlock* next = work.back();
    work.pop_back();
    if (llvm::succ_empty(next)) return false;
    for (const BasicBlock* successor : llvm::successors(next)) {
      if (successor == &block) continue;
      const bool escapes =
          !blocks.contains(successor) || (context != nullptr && successor == context->getHeader());
      if (escapes) return false;
      if (seen.insert(successor).second) work.push_back(successor);
    }
  }
  return true;
}

/// True if it pays to have a region twice, which is then counted.
bool LaneFlow::TakeTwice(const Blocks& blocks) {
  size_t instructions = 0;
  bool is_dear = false;
  for (const BasicBlock* block : blocks) {
    instructions += block->size();
    is_dear |= analyses_.loops.isLoopHeader(block);
    for (const llvm::Instruction& instruction : *block) {
      is_dear |= instruction.mayReadOrWriteMemory();
    }
  }
  if (!is_dear || instructions > copies_left_) return false;
  copies_left_ -= instructions;
  return true;
}

bool LaneFlow::IsCheap(const BasicBlock& block, const Loop* context) const {
  if (ChildLoop(block, context) != nullptr || block.size() > kMostCheapInstructions) return false;
  return std::all_of(block.begin(), block.end(), LaneInstructions::IsCheap);
}

// --- Real control flow ---------------------------------------------------------------------------

bool LaneFlow::Plan(Real& real) {
  auto& [regions, absorbed] = planned_[&real];
  if (!FindRegions(real.members, regions, absorbed)) return false;
  for (const BasicBlock* block : real.members) {
    if (!absorbed.contains(block)) real.made[block] = values_.NewBlock(block->getName());
  }
  return true;
}

void LaneFlow::EmitReal(Real& real) {
  const auto [regions, absorbed] = planned_.at(&real);
  planned_.erase(&real);
  builder().CreateBr(real.made.at(real.entry));
  for (BasicBlock* block : Ordered(real.members)) {
    if (absorbed.contains(block) || failure_ != nullptr) continue;
    values_.StartBlock(real.made.at(block));
    Value* mask =
        real.mask_slot == nullptr ? real.mask : builder().CreateLoad(MaskType(), real.mask_slot);
    const auto region = regions.find(block);
    if (region == regions.end()) {
      EmitBody(*block, mask);
      EmitRealTerminator(*block, mask, real);
      continue;
    }
    BasicBlock* join = region->second.join;
    // All lanes that come to the join come from this region.
    const bool only_from_here = mask == nullptr || real.made.contains(join);
    if (only_from_here && !analyses_.loops.isLoopHeader(join)) values_.ForgetPhis(*join);
    if (const Loop* loop = DivergentLoopAt(*block);
        loop != nullptr && real.members.contains(loop->getLoopLatch())) {
      EmitLoopRegion(*loop, mask, region->second);
    } else {
      EmitBody(*block, mask);
      EmitRegion(*block, mask, region->second);
    }
    // The phis of the join are set.
    if (real.made.contains(join)) {
      builder().CreateBr(real.made.at(join));
    } else {
      real.after();
    }
  }
}

void LaneFlow::EmitBody(BasicBlock& block, Value* mask) {
  for (llvm::Instruction& instruction : block) {
    if (!llvm::isa<llvm::PHINode>(instruction) && !instruction.isTerminator() &&
        AsBarrier(instruction) == nullptr) {
      instructions_.Emit(instruction, mask);
    }
  }
}

void LaneFlow::EmitEdge(BasicBlock& from, BasicBlock& to, Value* mask, Real& real) {
  if (real.made.contains(&to)) {
    StorePhis(from, to, nullptr);
    builder().CreateBr(real.made.at(&to));
  } else {
    real.leave(from, to, mask);
    real.after();
  }
}

void LaneFlow::EmitRealTerminator(BasicBlock& block, Value* mask, Real& real) {
  auto* branch = llvm::dyn_cast<llvm::BranchInst>(block.getTerminator());
  if (branch == nullptr || BarrierAtEndOf(block) != nullptr) {
    real.end(block);
    return;
  }
  if (!branch->isConditional()) {
    EmitEdge(block, *branch->getSuccessor(0), mask, real);
    return;
  }
  if (const BasicBlock* exit = shapes_.EarlyExitOf(block)) {
    if (!real.exit) {
      Fail("an early return in a branch");
      return;
    }
    const bool if_taken = branch->getSuccessor(0) == exit;
    Value* leaving = And(mask, values_.Vector(branch->getCondition()), if_taken);
    real.exit(block, leaving, *branch->getSuccessor(if_taken ? 1 : 0));
    return;
  }
  BasicBlock* taken = values_.NewBlock("taken");
  BasicBlock* not_taken = values_.NewBlock("not_taken");
  builder().CreateCondBr(values_.Scalar(branch->getCondition()), taken, not_taken);
  const LaneValues::Known known = values_.Mark();
  builder().SetInsertPoint(taken);
  EmitEdge(block, *branch->getSuccessor(0), mask, real);
  values_.Return(known);
  builder().SetInsertPoint(not_taken);
  EmitEdge(block, *branch->getSuccessor(1), mask, real);
}

// --- Regions in which lanes part -----------------------------------------------------------------

void LaneFlow::EmitRegion(BasicBlock& block, Value* mask, const Region& region) {
  if (mask == nullptr && depth_ < kMostNestedCopies && shapes_.IsDivergent(block) &&
      TakeTwice(region.blocks)) {
    ++depth_;
    EmitByAgreement(block, region);
    --depth_;
  } else {
    EmitMaskedRegion(block, mask, region);
  }
}

/// Asks first whether all lanes go the same way.
void LaneFlow::EmitByAgreement(BasicBlock& block, const Region& region) {
  const llvm::Instruction& branch = *block.getTerminator();
  const LaneAgreement agreement = AskForAgreement(values_, llvm::cast<llvm::BranchInst>(branch));
  const auto make = [this](const char* name) { return values_.NewBlock(name); };
  BasicBlock *all_taken = make("all_taken"), *not_all = make("not_all"), *mixed = make("mixed"),
             *none_taken = make("none_taken"), *after = make("met");
  builder().CreateCondBr(agreement.all, all_taken, not_all);
  builder().SetInsertPoint(not_all);
  builder().CreateCondBr(agreement.any, mixed, none_taken);
  values_.StartBlock(all_taken);
  EmitTogether(block, *branch.getSuccessor(0), region, after);
  values_.StartBlock(none_taken);
  EmitTogether(block, *branch.getSuccessor(1), region, after);
  values_.StartBlock(mixed);
  EmitMaskedRegion(block, nullptr, region);
  builder().CreateBr(after);
  values_.StartBlock(after);
}

/// All lanes go from `block` to `next`, and on to the end of the region.
void LaneFlow::EmitTogether(BasicBlock& block, BasicBlock& next, const Region& region,
                            BasicBlock* after) {
  StorePhis(block, next, nullptr);
  if (&next == region.join) {
    builder().CreateBr(after);
    return;
  }
  Real real;
  real.members = Reach(next, *region.join);
  real.members.insert(&next);
  real.entry = &next;
  real.leave = [this](BasicBlock& from, BasicBlock& to, Value*) { StorePhis(from, to, nullptr); };
  real.after = [this, after] { builder().CreateBr(after); };
  if (Plan(real)) EmitReal(real);
}

void LaneFlow::EmitMaskedRegion(BasicBlock& block, Value* mask, const Region& region) {
  const Masks masks = MakeMasks(region.blocks);
  const Leave edges = EdgesInto(masks);
  EmitMaskedEdges(block, mask, edges);
  EmitLinear(region.blocks, masks, block, mask, analyses_.loops.getLoopFor(&block), edges);
}

void LaneFlow::EmitLoopRegion(const Loop& loop, Value* mask, const Region& region) {
  const Masks masks = MakeMasks(region.blocks);
  const Leave edges = EdgesInto(masks);
  EmitDivergentLoop(loop, mask, edges);
  EmitLinear(region.blocks, masks, *loop.getHeader(), mask, loop.getParentLoop(), edges);
}

/// Blocks of a region in an order in which every block comes after those that lead to it; a loop is
/// one block, its header.
std::vector<BasicBlock*> LaneFlow::LinearOrder(const Blocks& blocks, const Loop* context) const {
  std::vector<BasicBlock*> order;
  Blocks seen;
  std::function<void(const BasicBlock*)> visit = [&](const BasicBlock* block) {
    const Loop* loop = ChildLoop(*block, context);
    if (loop != nullptr) block = loop->getHeader();
    if (!blocks.contains(block) || !seen.insert(block).second) return;
    if (loop != nullptr) {
      llvm::SmallVector<BasicBlock*, 4> exits;
      loop->getUniqueExitBlocks(exits);
      for (const BasicBlock* exit : exits) visit(exit);
    } else {
      for (const BasicBlock* successor : llvm::successors(block)) {
        if (context == nullptr || successor != context->getHeader()) visit(successor);
      }
    }
    order.push_back(const_cast<BasicBlock*>(block));
  };
  for (BasicBlock* block : Ordered(blocks)) visit(block);
  std::reverse(order.begin(), order.end());
  return order;
}

/// Runs `blocks` in order, each for the lanes of its mask. `entry` is the block before them, whose
/// lanes are `entry_mask`.
void LaneFlow::EmitLinear(const Blocks& blocks, const Masks& masks, const BasicBlock& entry,
                          Value* entry_mask, const Loop* context, const Leave& edges) {
  // What is known about the lanes of blocks that ran.
  std::map<const BasicBlock*, Lanes> known = {{&entry, {entry_mask, true}}};
  for (BasicBlock* block : LinearOrder(blocks, context)) {
    if (failure_ != nullptr) return;
    // All lanes of a block come to one that it dominates and that post-dominates it.
    const Lanes* same = nullptr;
    for (const auto* node = analyses_.dominators.getNode(block)->getIDom(); node != nullptr;
         node = node->getIDom()) {
      const auto found = known.find(node->getBlock());
      if (found == known.end()) continue;
      if (IsInevitable(*block, *found->first, blocks, context)) same = &found->second;
      break;
    }
    Lanes lanes = {nullptr, false};
    if (same != nullptr) {
      lanes = *same;
    } else {
      lanes.mask = builder().CreateLoad(MaskType(), masks.at(block), block->getName() + ".lanes");
    }
    known[block] = lanes;
    const bool ask = !lanes.some && !IsCheap(*block, context);
    BasicBlock* next = nullptr;
    if (ask) {
      BasicBlock* body = values_.NewBlock(block->getName());
      next = values_.NewBlock(block->getName() + ".next");
      builder().CreateCondBr(values_.Any(lanes.mask), body, next);
      values_.StartBlock(body);
    }
    if (const Loop* loop = ChildLoop(*block, context)) {
      EmitLoopUnderMask(*loop, lanes.mask, edges);
    } else {
      EmitBody(*block, lanes.mask);
      EmitMaskedEdges(*block, lanes.mask, edges);
    }
    if (ask) {
      builder().CreateBr(next);
      values_.StartBlock(next);
    }
  }
}

void LaneFlow::EmitLoopUnderMask(const Loop& loop, Value* mask, const Leave& edges) {
  if (shapes_.IsDivergent(loop)) {
    EmitDivergentLoop(loop, mask, edges);
    return;
  }
  BasicBlock* after = values_.NewBlock("after");
  Real real;
  real.members = Blocks(loop.block_begin(), loop.block_end());
  real.entry = loop.getHeader();
  real.mask = mask;
  real.leave = edges;
  real.after = [&] { builder().CreateBr(after); };
  if (!Plan(real)) return;
  EmitReal(real);
  values_.StartBlock(after);
}

/// Runs a loop until all lanes of `mask` have left it; first, while all lanes of the vector stay
/// together, without masks.
void LaneFlow::EmitDivergentLoop(const Loop& loop, Value* mask, const Leave& edges) {
  if (values_.rows() == 1 && PaysLaneByLane(loop, shapes_)) {
    EmitLoopLaneByLane(loop, values_, instructions_, mask);
    edges(*loop.getExitingBlock(), *loop.getExitBlock(), mask);
    return;
  }
  llvm::AllocaInst* live_slot = values_.NewSlot(MaskType(), "live");
  llvm::AllocaInst* again_slot = values_.NewSlot(MaskType(), "again");
  BasicBlock* head = values_.NewBlock("loop");
  BasicBlock* after = values_.NewBlock("left");
  if (mask == nullptr && TakeTwice(Blocks(loop.block_begin(), loop.block_end()))) {
    BasicBlock* together = values_.NewBlock("together");
    BasicBlock* parted = values_.NewBlock("parted");
    builder().CreateBr(together);
    values_.StartBlock(together);
    EmitIteration(loop, nullptr, again_slot, edges);
    Value* again = builder().CreateLoad(MaskType(), again_slot);
    builder().CreateStore(again, live_slot);
    builder().CreateCondBr(values_.All(again), together, parted);
    values_.StartBlock(parted);
    builder().CreateCondBr(values_.Any(again), head, after);
  } else {
    builder().CreateStore(mask == nullptr ? llvm::Constant::getAllOnesValue(MaskType()) : mask,
                          live_slot);
    builder().CreateBr(head);
  }
  values_.StartBlock(head);
  Value* live = builder().CreateLoad(MaskType(), live_slot);
  EmitIteration(loop, live, again_slot, edges);
  Value* again = builder().CreateLoad(MaskType(), again_slot);
  builder().CreateStore(again, live_slot);
  builder().CreateCondBr(values_.Any(again), head, after);
  values_.StartBlock(after);
}

/// One iteration for the lanes of `live`; those that go on are put into `again`.
void LaneFlow::EmitIteration(const Loop& loop, Value* live, llvm::AllocaInst* again,
                             const Leave& edges) {
  Blocks body(loop.block_begin(), loop.block_end());
  body.erase(loop.getHeader());
  const Masks masks = MakeMasks(body);
  builder().CreateStore(llvm::Constant::getNullValue(MaskType()), again);
  const Leave inside = [&](BasicBlock& from, BasicBlock& to, Value* lanes) {
    if (&to == loop.getHeader()) {
      // Lanes that do not come again need nothing.
      StorePhis(from, to, nullptr);
      AddLanes(again, lanes);
    } else if (const auto slot = masks.find(&to); slot != masks.end()) {
      StorePhis(from, to, lanes);
      AddLanes(slot->second, lanes);
    } else {
      edges(from, to, lanes);
    }
  };
  EmitBody(*loop.getHeader(), live);
  EmitMaskedEdges(*loop.getHeader(), live, inside);
  EmitLinear(body, masks, *loop.getHeader(), live, &loop, inside);
}

}  // namespace opensupa::cc
