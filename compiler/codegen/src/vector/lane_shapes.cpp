#include "vector/lane_shapes.h"

#include <algorithm>

#include "llvm/ADT/DepthFirstIterator.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "vector/interleave_locals.h"
#include "vector/warp_operations.h"

namespace opensupa::cc {
namespace {

constexpr size_t kMaxCasts = 3;
constexpr unsigned kMostSteps = 6;  // of looking for what a value is made of

LaneShape Join(const LaneShape& a, const LaneShape& b) {
  if (a.kind == LaneShape::Kind::kUnknown) return b;
  if (b.kind == LaneShape::Kind::kUnknown) return a;
  if (a == b) return a;
  const bool by_row = a.by_row || b.by_row;
  // What is uniform here and the same in each row there is the same in each row.
  if (!a.varying() && !b.varying() && a.stride == b.stride && a.casts == b.casts) {
    return LaneShape::Strided(a.stride, a.casts, by_row);
  }
  return LaneShape::Varying(by_row);
}

LaneShape Unknown() { return {}; }

/// Casts of both; false if they are too many to be worth checking.
bool Merge(const LaneShape::Casts& from, LaneShape::Casts& into) {
  for (const llvm::CastInst* cast : from) {
    if (std::find(into.begin(), into.end(), cast) == into.end()) into.push_back(cast);
  }
  return into.size() <= kMaxCasts;
}

/// a * scale_a + b * scale_b.
LaneShape Combine(const LaneShape& a, int64_t scale_a, const LaneShape& b, int64_t scale_b) {
  using Kind = LaneShape::Kind;
  if (a.kind == Kind::kUnknown || b.kind == Kind::kUnknown) return Unknown();
  const bool by_row = a.by_row || b.by_row;
  if (a.varying() || b.varying()) return LaneShape::Varying(by_row);
  LaneShape::Casts casts = a.casts;
  if (!Merge(b.casts, casts)) return LaneShape::Varying(by_row);
  return LaneShape::Strided(a.stride * scale_a + b.stride * scale_b, casts, by_row);
}

bool ReachesBarrier(const llvm::BasicBlock& from) {
  for (const llvm::BasicBlock* block : llvm::depth_first(&from)) {
    for (const llvm::Instruction& instruction : *block) {
      if (AsBarrier(instruction) != nullptr) return true;
    }
  }
  return false;
}

bool HasSideEffectsOnLanes(const llvm::Instruction& instruction) {
  return instruction.mayHaveSideEffects() || llvm::isa<llvm::AllocaInst>(instruction);
}

}  // namespace

LaneShapes::LaneShapes(llvm::Function& function, std::vector<LaneShape> arguments,
                       const llvm::LoopInfo& loops, const llvm::PostDominatorTree& post_dominators,
                       Options options)
    : layout_(function.getParent()->getDataLayout()),
      loops_(loops),
      post_dominators_(post_dominators),
      options_(std::move(options)) {
  for (llvm::Argument& argument : function.args()) {
    shapes_[&argument] = arguments[argument.getArgNo()];
  }
  Solve(function);
}

LaneShape LaneShapes::Of(const llvm::Value* value) const {
  if (llvm::isa<llvm::Constant>(value) || llvm::isa<llvm::MetadataAsValue>(value) ||
      llvm::isa<llvm::InlineAsm>(value)) {
    return LaneShape::Uniform();
  }
  const auto found = shapes_.find(value);
  return found == shapes_.end() ? Unknown() : found->second;
}

llvm::BasicBlock* LaneShapes::JoinOf(const llvm::BasicBlock& block) const {
  const auto* node = post_dominators_.getNode(const_cast<llvm::BasicBlock*>(&block));
  if (node == nullptr || node->getIDom() == nullptr) return nullptr;
  return node->getIDom()->getBlock();
}

void LaneShapes::Solve(llvm::Function& function) {
  llvm::ReversePostOrderTraversal<llvm::Function*> order(&function);
  bool changed = true;
  while (changed) {
    changed = false;
    for (llvm::BasicBlock* block : order) {
      for (llvm::Instruction& instruction : *block) {
        if (instruction.getType()->isVoidTy()) continue;
        const LaneShape before = Of(&instruction);
        if (before.varying() && (before.by_row || !options_.has_rows)) continue;
        // Joined with what it was, so that the iteration ends.
        const LaneShape after = Join(before, Transfer(instruction));
        if (after == before) continue;
        shapes_[&instruction] = after;
        changed = true;
      }
      const auto* branch = llvm::dyn_cast<llvm::BranchInst>(block->getTerminator());
      if (branch == nullptr || !branch->isConditional() || IsDivergent(*block) ||
          EarlyExitOf(*block) != nullptr) {
        continue;
      }
      const LaneShape condition = Of(branch->getCondition());
      if (condition.varying() || condition.strided()) changed |= MarkDivergent(*block);
    }
  }
}

llvm::BasicBlock* LaneShapes::FindEarlyExit(const llvm::BasicBlock& block) const {
  if (!options_.early_exits || loops_.getLoopFor(&block) != nullptr) return nullptr;
  const auto returns = [](const llvm::BasicBlock* next) {
    while (&next->front() == next->getTerminator() && next->getSingleSuccessor() != nullptr) {
      next = next->getSingleSuccessor();
    }
    return llvm::isa<llvm::ReturnInst>(next->front());
  };
  llvm::BasicBlock* taken = block.getTerminator()->getSuccessor(0);
  llvm::BasicBlock* not_taken = block.getTerminator()->getSuccessor(1);
  if (returns(taken) == returns(not_taken)) return nullptr;
  // Nobody waits for lanes that go on to no barrier.
  if (!ReachesBarrier(returns(taken) ? *not_taken : *taken)) return nullptr;
  return returns(taken) ? taken : not_taken;
}

bool LaneShapes::MarkDivergent(const llvm::BasicBlock& block) {
  if (llvm::BasicBlock* exit = FindEarlyExit(block)) {
    exits_[&block] = exit;
    return true;
  }
  divergent_.insert(&block);
  const llvm::BasicBlock* join = JoinOf(block);
  std::set<const llvm::BasicBlock*>& region = regions_[&block];
  std::vector<const llvm::BasicBlock*> work = {&block};
  while (!work.empty()) {
    const llvm::BasicBlock* next = work.back();
    work.pop_back();
    for (const llvm::BasicBlock* successor : llvm::successors(next)) {
      if (successor != join && successor != &block && region.insert(successor).second) {
        work.push_back(successor);
      }
    }
  }
  const auto mix = [this](const llvm::BasicBlock& joined) {
    if (loops_.isLoopHeader(&joined)) return;
    for (const llvm::PHINode& phi : joined.phis()) mixed_.insert(&phi);
  };
  for (const llvm::BasicBlock* inside : region) mix(*inside);
  if (join != nullptr) mix(*join);
  // A loop is divergent if lanes that part inside it may meet again only outside.
  for (const llvm::Loop* loop = loops_.getLoopFor(&block); loop != nullptr;
       loop = loop->getParentLoop()) {
    if (join == nullptr || !loop->contains(join) || region.contains(loop->getHeader())) {
      MarkDivergent(*loop);
    }
  }
  return true;
}

bool LaneShapes::MarkDivergent(const llvm::Loop& loop) {
  if (!divergent_loops_.insert(&loop).second) return false;
  // Lanes leave with the values of different iterations.
  llvm::SmallVector<llvm::BasicBlock*, 4> exits;
  loop.getExitBlocks(exits);
  for (const llvm::BasicBlock* exit : exits) {
    for (const llvm::PHINode& phi : exit->phis()) mixed_.insert(&phi);
  }
  return true;
}

LaneShape LaneShapes::Transfer(const llvm::Instruction& instruction) const {
  if (const auto* binary = llvm::dyn_cast<llvm::BinaryOperator>(&instruction)) {
    return TransferBinary(*binary);
  }
  if (const auto* cast = llvm::dyn_cast<llvm::CastInst>(&instruction)) return TransferCast(*cast);
  if (const auto* gep = llvm::dyn_cast<llvm::GetElementPtrInst>(&instruction)) {
    return TransferGep(*gep);
  }
  if (const auto* phi = llvm::dyn_cast<llvm::PHINode>(&instruction)) return TransferPhi(*phi);
  if (const auto* select = llvm::dyn_cast<llvm::SelectInst>(&instruction)) {
    const LaneShape condition = Of(select->getCondition());
    if (condition.uniform()) {
      return Join(Of(select->getTrueValue()), Of(select->getFalseValue()));
    }
  }
  if (const auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction)) {
    if (IsWarpOperation(*call) || AsBarrier(*call) != nullptr) return TransferCall(*call);
  }
  if (const auto* local = llvm::dyn_cast<llvm::AllocaInst>(&instruction)) {
    if (!options_.locals_are_strided || !llvm::isa<llvm::ConstantInt>(local->getArraySize()))
      return LaneShape::Varying(options_.has_rows);
    if (const uint64_t bytes = InterleavedElementBytes(*local); bytes != 0) {
      return LaneShape::Strided(static_cast<int64_t>(bytes), {}, options_.has_rows);
    }
    const auto size = local->getAllocationSize(layout_);
    return LaneShape::Strided(static_cast<int64_t>(llvm::alignTo(
                                  size.has_value() ? size->getFixedValue() : 0, local->getAlign())),
                              {}, options_.has_rows);
  }
  if (HasSideEffectsOnLanes(instruction)) return LaneShape::Varying(options_.has_rows);
  if (const auto* compare = llvm::dyn_cast<llvm::ICmpInst>(&instruction)) {
    if (LanesAgreeOn(*compare)) {
      return LaneShape::SameInRow(Of(compare->getOperand(0)).by_row);
    }
  }
  bool unknown = false, by_row = false, differ = false;
  for (const llvm::Value* operand : instruction.operands()) {
    if (llvm::isa<llvm::BasicBlock>(operand)) continue;
    const LaneShape shape = Of(operand);
    by_row |= shape.by_row;
    unknown |= shape.kind == LaneShape::Kind::kUnknown;
    differ |= shape.kind != LaneShape::Kind::kUnknown && !shape.same_in_row();
  }
  if (differ) return LaneShape::Varying(by_row);
  return unknown ? Unknown() : LaneShape::SameInRow(by_row);
}

LaneShape LaneShapes::TransferCall(const llvm::CallInst& call) const {
  if (AsBarrier(call) != nullptr) return LaneShape::Uniform();
  // What differs between the warps of a block is all that counts for its locals.
  if (!options_.locals_are_strided) return LaneShape::Varying();
  const WarpOperation operation(call);
  if (operation.is_active_mask()) return LaneShape::Uniform();
  const LaneShape mask = Of(operation.mask());
  if (mask.kind == LaneShape::Kind::kUnknown) return Unknown();
  if (!mask.uniform() || !operation.gives_all_the_same()) return LaneShape::Varying();
  return LaneShape::Uniform();
}

LaneShape LaneShapes::TransferBinary(const llvm::BinaryOperator& binary) const {
  const LaneShape a = Of(binary.getOperand(0));
  const LaneShape b = Of(binary.getOperand(1));
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(binary.getOperand(1));
  switch (binary.getOpcode()) {
    case llvm::Instruction::Add:
      return Combine(a, 1, b, 1);
    case llvm::Instruction::Sub:
      return Combine(a, 1, b, -1);
    case llvm::Instruction::Or:
      if (llvm::cast<llvm::PossiblyDisjointInst>(binary).isDisjoint()) return Combine(a, 1, b, 1);
      break;
    case llvm::Instruction::Mul:
      if (constant != nullptr && constant->getBitWidth() <= 64) {
        return Combine(a, constant->getSExtValue(), LaneShape::Uniform(), 0);
      }
      break;
    case llvm::Instruction::Shl:
      if (constant != nullptr && constant->getValue().ult(62)) {
        return Combine(a, int64_t{1} << constant->getZExtValue(), LaneShape::Uniform(), 0);
      }
      break;
    default:
      break;
  }
  const bool by_row = a.by_row || b.by_row;
  if (a.kind == LaneShape::Kind::kUnknown || b.kind == LaneShape::Kind::kUnknown) return Unknown();
  if (a.varying() || b.varying()) return LaneShape::Varying(by_row);
  // A row of which no thread takes part must not trap.
  if (by_row && binary.isIntDivRem() && constant == nullptr) return LaneShape::Varying(by_row);
  if (a.same_in_row() && b.same_in_row()) return LaneShape::SameInRow(by_row);
  return TransferBits(binary);
}

/// Bit operations on a number whose lanes differ in low bits only, which are zero in lane 0.
LaneShape LaneShapes::TransferBits(const llvm::BinaryOperator& binary) const {
  const LaneShape shape = Of(binary.getOperand(0));
  const unsigned bits = OffsetBits(binary.getOperand(0));
  const bool by_row = shape.by_row || Of(binary.getOperand(1)).by_row;
  const LaneShape varying = LaneShape::Varying(by_row);
  if (bits == 0 || !IsUniform(binary.getOperand(1))) return varying;
  if (binary.getOpcode() == llvm::Instruction::Xor || binary.getOpcode() == llvm::Instruction::Or) {
    return ZeroBits(binary.getOperand(1)) >= bits ? shape : varying;
  }
  const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(binary.getOperand(1));
  if (constant == nullptr) return varying;
  const llvm::APInt& number = constant->getValue();
  switch (binary.getOpcode()) {
    case llvm::Instruction::And:
      if (number.countr_zero() >= bits) return LaneShape::SameInRow(by_row);
      return number.countr_one() >= bits ? shape : varying;
    case llvm::Instruction::LShr:
    case llvm::Instruction::AShr: {
      if (number.uge(number.getBitWidth())) return varying;
      const uint64_t shift = number.getZExtValue();
      if (shift >= bits) return LaneShape::SameInRow(by_row);
      const int64_t stride = shape.stride >> shift;
      return stride << shift == shape.stride ? LaneShape::Strided(stride, {}, by_row) : varying;
    }
    default:
      return varying;
  }
}

unsigned LaneShapes::ZeroBits(const llvm::Value* value, unsigned depth) const {
  if (const auto* argument = llvm::dyn_cast<llvm::Argument>(value)) {
    return options_.zero_bits.empty() ? 0 : options_.zero_bits[argument->getArgNo()];
  }
  if (!value->getType()->isIntegerTy()) return 0;
  const unsigned known = llvm::computeKnownBits(value, layout_).countMinTrailingZeros();
  const auto* instruction = llvm::dyn_cast<llvm::Instruction>(value);
  if (instruction == nullptr || depth == kMostSteps) return known;
  const auto of = [&](unsigned operand) {
    return ZeroBits(instruction->getOperand(operand), depth + 1);
  };
  const auto* constant = instruction->getNumOperands() < 2
                             ? nullptr
                             : llvm::dyn_cast<llvm::ConstantInt>(instruction->getOperand(1));
  unsigned found = 0;
  switch (instruction->getOpcode()) {
    case llvm::Instruction::Add:
    case llvm::Instruction::Sub:
    case llvm::Instruction::Or:
    case llvm::Instruction::Xor:
      found = std::min(of(0), of(1));
      break;
    case llvm::Instruction::And:
      found = std::max(of(0), of(1));
      break;
    case llvm::Instruction::Mul:
      found = of(0) + of(1);
      break;
    case llvm::Instruction::Shl:
      if (constant != nullptr) found = of(0) + static_cast<unsigned>(constant->getLimitedValue(64));
      break;
    case llvm::Instruction::ZExt:
    case llvm::Instruction::SExt:
    case llvm::Instruction::Trunc:
      found = of(0);
      break;
    default:
      break;
  }
  return std::max(known, std::min(found, value->getType()->getIntegerBitWidth()));
}

unsigned LaneShapes::OffsetBits(const llvm::Value* value) const {
  const LaneShape shape = Of(value);
  if (options_.row_lanes == 0 || !value->getType()->isIntegerTy() || !shape.strided() ||
      !shape.casts.empty() || shape.stride < 0) {
    return 0;
  }
  const auto most = static_cast<uint64_t>(shape.stride) * (options_.row_lanes - 1);
  const unsigned bits = 64 - static_cast<unsigned>(llvm::countl_zero(most));
  return bits <= ZeroBits(value) && bits < value->getType()->getIntegerBitWidth() ? bits : 0;
}

/// Whether a comparison with a bound that is a multiple of the vector gives all lanes the same.
bool LaneShapes::LanesAgreeOn(const llvm::ICmpInst& compare) const {
  const unsigned bits = OffsetBits(compare.getOperand(0));
  const llvm::Value* bound = compare.getOperand(1);
  if (bits == 0 || !IsUniform(bound)) return false;
  using Predicate = llvm::CmpInst::Predicate;
  switch (compare.getPredicate()) {
    case Predicate::ICMP_ULT:
    case Predicate::ICMP_UGE:
    case Predicate::ICMP_SLT:
    case Predicate::ICMP_SGE:
      return ZeroBits(bound) >= bits;
    case Predicate::ICMP_ULE:
    case Predicate::ICMP_UGT:
    case Predicate::ICMP_SLE:
    case Predicate::ICMP_SGT: {
      const auto* constant = llvm::dyn_cast<llvm::ConstantInt>(bound);
      return constant != nullptr && constant->getValue().countr_one() >= bits;
    }
    default:
      return false;
  }
}

LaneShape LaneShapes::TransferCast(const llvm::CastInst& cast) const {
  LaneShape shape = Of(cast.getOperand(0));
  if (!shape.strided() || shape.same_in_row()) return shape;
  const LaneShape varying = LaneShape::Varying(shape.by_row);
  switch (cast.getOpcode()) {
    case llvm::Instruction::ZExt:
    case llvm::Instruction::SExt:
      // The narrow stride is one of many modulo 2^bits; the lanes must not wrap.
      if (!LaneShape::Casts(shape.casts).empty() || cast.getSrcTy()->getIntegerBitWidth() < 16) {
        return varying;
      }
      return LaneShape::Strided(shape.stride, {&cast}, shape.by_row);
    case llvm::Instruction::Trunc:
      return shape.casts.empty() ? shape : varying;
    case llvm::Instruction::PtrToInt:
    case llvm::Instruction::IntToPtr:
      return layout_.getTypeSizeInBits(cast.getType()) == layout_.getTypeSizeInBits(cast.getSrcTy())
                 ? shape
                 : varying;
    default:
      return varying;
  }
}

LaneShape LaneShapes::TransferGep(const llvm::GetElementPtrInst& gep) const {
  LaneShape shape = Of(gep.getPointerOperand());
  for (auto type = llvm::gep_type_begin(gep); type != llvm::gep_type_end(gep); ++type) {
    const LaneShape index = Of(type.getOperand());
    if (index.uniform()) continue;
    const int64_t scale =
        type.isStruct()
            ? 0
            : static_cast<int64_t>(type.getSequentialElementStride(layout_).getFixedValue());
    if (index.strided() && !index.same_in_row() &&
        type.getOperand()->getType()->getIntegerBitWidth() != 64) {
      return LaneShape::Varying(shape.by_row || index.by_row);
    }
    shape = Combine(shape, 1, index, scale);
  }
  return shape;
}

LaneShape LaneShapes::TransferPhi(const llvm::PHINode& phi) const {
  LaneShape result = Unknown();
  for (const llvm::Value* value : phi.incoming_values()) result = Join(result, Of(value));
  if (!mixed_.contains(&phi)) return result;
  // The same constant or argument from everywhere stays what it is.
  const llvm::Value* only = phi.hasConstantValue();
  return only != nullptr && result.uniform() && llvm::isa<llvm::Constant>(only)
             ? result
             : LaneShape::Varying(options_.has_rows);
}

}  // namespace opensupa::cc
